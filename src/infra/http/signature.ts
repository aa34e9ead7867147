import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/**
 * Signed requests: `X-Waybill-Signature: t=<unix seconds>,n=<nonce>,b=<SHA-256 of the body>,v1=<HMAC>`. The HMAC-SHA-256 is
 * over time, nonce, method, path and body hash, each on its line, under a key derived from the API key: whoever only sees
 * the request can neither alter it nor send it again.
 */
export type Signing = {
  /** As it goes over the wire: `POST`. */
  readonly method: string;
  /** As the server sees it, with its query: `/api/upload/?name=x.csv`. What a proxy puts before it is not part of it. */
  readonly path: string;
  /** Of the body as it is sent, in hex. */
  readonly bodySha256: string;
  /** Milliseconds. */
  readonly now: number;
  /** 16 to 128 of `A-Z a-z 0-9 . _ -`, never the same twice. */
  readonly nonce: string;
};

export const signatureHeader = 'x-waybill-signature';

/** What signs: derived, so that the store can keep it without keeping the key. */
export const signingKeyOf = (key: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', 'waybill request signing', 32));

type Signed = { readonly seconds: number; readonly nonce: string; readonly body: string; readonly mac: Buffer };

const macOf = (signing: Uint8Array, { seconds, nonce, body }: Omit<Signed, 'mac'>, { method, path }: Pick<Signing, 'method' | 'path'>): Buffer =>
  createHmac('sha256', signing).update(`${seconds}\n${nonce}\n${method.toUpperCase()}\n${path}\n${body}`).digest();

/** The value of the header for one request. `key` is the API key as it was shown. */
export const signRequest = (key: string, { method, path, bodySha256, now, nonce }: Signing): string => {
  const signed = { seconds: Math.floor(now / 1000), nonce, body: bodySha256 };
  return `t=${signed.seconds},n=${nonce},b=${bodySha256},v1=${macOf(signingKeyOf(key), signed, { method, path }).toString('hex')}`;
};

const readSignature = (header: string): Signed | undefined => {
  const found = /^t=(\d{1,12}),n=([A-Za-z0-9._-]{16,128}),b=([0-9a-f]{64}),v1=([0-9a-f]{64})$/.exec(header);
  const [, seconds, nonce, body, mac] = found ?? [];
  if (seconds === undefined || nonce === undefined || body === undefined || mac === undefined) return undefined;
  return { seconds: Number(seconds), nonce, body, mac: Buffer.from(mac, 'hex') };
};

export type SignatureFault = 'SIGNATURE_WRONG' | 'SIGNATURE_OLD' | 'SIGNATURE_REPEATED';
export type CheckSignature = (request: {
  readonly header: string;
  readonly signing: Uint8Array;
  readonly method: string;
  readonly path: string;
}) => { readonly bodyHash: string } | SignatureFault;

const signatureSeconds = 300;
const mostNonces = 100_000;

/**
 * Remembers nonces for as long as their time is accepted, in this process. When they are too many the oldest go, and what
 * was signed before them is then too old: forgetting never lets anything in twice.
 */
export const createSignatureCheck = (clock: () => number, most = mostNonces): CheckSignature => {
  const seen = new Map<string, number>();
  let floor = 0;
  const forgetOld = (now: number): void => {
    for (const [nonce, seconds] of seen) {
      const isOver = seconds + signatureSeconds < now;
      if (!isOver && seen.size < most) return;
      if (!isOver) floor = Math.max(floor, seconds + 1);
      seen.delete(nonce);
    }
  };
  return ({ header, signing, method, path }) => {
    const signed = readSignature(header);
    if (signed === undefined || !timingSafeEqual(macOf(signing, signed, { method, path }), signed.mac)) return 'SIGNATURE_WRONG';
    const now = Math.floor(clock() / 1000);
    if (Math.abs(now - signed.seconds) > signatureSeconds || signed.seconds < floor) return 'SIGNATURE_OLD';
    // By the key that signed it: another key's nonces are none of ours.
    const nonce = `${Buffer.from(signing).toString('base64').slice(0, 16)} ${signed.nonce}`;
    if (seen.has(nonce)) return 'SIGNATURE_REPEATED';
    forgetOld(now);
    seen.set(nonce, signed.seconds);
    return { bodyHash: signed.body };
  };
};
