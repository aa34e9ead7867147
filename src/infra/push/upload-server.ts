import { createHash, randomUUID } from 'node:crypto';
import { Fault, Refusal } from '../../domain/refusal.ts';
import { signatureHeader, signRequest } from '../http/signature.ts';
import { failureOf, header, receiptOf, saidBy, type Receipt } from './answers.ts';
import type { Answer, Exchange } from './http-exchange.ts';

export type UploadServer = {
  /** Undefined: it does not hold them, or not in its inbox, where they are to go. */
  find(sha256: string): Promise<Receipt | undefined>;
  post(file: {
    readonly name: string;
    readonly sha256: string;
    readonly body: Uint8Array;
    /** Not a second time, if the server holds them, in its inbox if they are to go there. */
    readonly once?: boolean;
  }): Promise<Receipt>;
  /** An upload in pieces (tus 1.0); the path of the part is its name from then on. */
  createPart(file: { readonly name: string; readonly sha256: string; readonly wireBytes: number }): Promise<string>;
  /** How much of it lies there; undefined when there is no such part any more. */
  partOffset(part: string): Promise<number | undefined>;
  /** With the last piece the receipt comes. */
  appendPart(
    part: string,
    piece: { readonly offset: number; readonly bytes: Uint8Array; readonly isLast: boolean; readonly wireBytes: number },
  ): Promise<Receipt | undefined>;
};

export type UploadServerOptions = {
  readonly base: URL;
  readonly key: string | undefined;
  /** From the first request on; otherwise once the server asks for it. */
  readonly sign: boolean;
  /** Only stored, for a caller that imports it itself. */
  readonly intoInbox: boolean;
  readonly idleMs: number;
  readonly exchange: Exchange;
};

/**
 * Where the server is: `https://host/prefix/` keeps its prefix, and the address of GraphQL or of the upload itself is taken
 * back to it. URLs are never made with the rules of file paths, which have backslashes on Windows.
 */
export const serverBase = (server: string): URL => {
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    throw new Refusal('USAGE', `The server is a URL such as https://waybill.example.org, not ${JSON.stringify(server)}. Set API_SERVER_URL.`);
  const base = new URL(server);
  base.pathname = `${base.pathname.replace(/\/+$/, '').replace(/\/(graphql|api\/upload)$/, '')}/`;
  base.search = '';
  base.hash = '';
  return base;
};

/** How long a server may be at work on so many bytes without a word: it hashes, expands and syncs them. */
const workMs = (bytes: number): number => Math.round(bytes / 10_000);

type Ask = (
  method: string,
  url: URL,
  more?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: Uint8Array; /** That the answer takes work on. */ readonly workBytes?: number },
) => Promise<Answer>;

const createAsk = ({ base, key, sign, idleMs, exchange }: UploadServerOptions): Ask => {
  let isSigning = sign;
  const signature = (method: string, url: URL, body: Uint8Array | undefined): Readonly<Record<string, string>> => {
    if (!isSigning || key === undefined) return {};
    const path = `/${url.pathname.slice(base.pathname.length)}${url.search}`;
    const bodySha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    return { [signatureHeader]: signRequest(key, { method, path, bodySha256, now: Date.now(), nonce: randomUUID() }) };
  };
  return async (method, url, { headers = {}, body, workBytes = 0 } = {}) => {
    const once = (): Promise<Answer> =>
      exchange({
        method,
        url,
        headers: { 'x-waybill-csrf': '1', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...headers, ...signature(method, url, body) },
        ...(body === undefined ? {} : { body }),
        answerMs: idleMs + workMs(workBytes),
      });
    const answer = await once();
    if (isSigning || key === undefined || saidBy(answer)?.code !== 'SIGNATURE_MISSING') return answer;
    isSigning = true;
    return once();
  };
};

const tusVersion = { 'tus-resumable': '1.0.0' };

const metadata = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');

/** Of the address only the name: it is the server's idea of its own host, and the key goes to nobody else. */
const partName = (location: string | undefined): string | undefined => /([A-Za-z0-9_~%-][A-Za-z0-9._~%-]*)\/?$/.exec(location ?? '')?.[1];

/** Sent again because the answer was lost, it is the same upload in the log too. */
const sameAgain = (name: string, sha256: string, body: Uint8Array): string => {
  const hash = createHash('sha256').update(`${name}\0${sha256}\0`).update(body);
  return `push-${hash.digest('hex')}`;
};

export const createUploadServer = (options: UploadServerOptions): UploadServer => {
  const { base, intoInbox } = options;
  const ask = createAsk(options);
  const upload = new URL('api/upload/', base);
  const partUrl = (part: string): URL => new URL(`tus/${part}`, upload);
  return {
    find: async (sha256) => {
      const url = new URL(sha256, upload);
      const answer = await ask('GET', url);
      if (answer.status === 404) return undefined;
      const receipt = answer.status === 200 ? receiptOf(answer) : undefined;
      if (receipt === undefined) throw failureOf(answer, url);
      return receipt.sha256 === sha256 && (receipt.inbox !== undefined || !intoInbox) ? receipt : undefined;
    },
    post: async ({ name, sha256, body, once = false }) => {
      const url = new URL(upload);
      url.searchParams.set('name', name);
      const headers = {
        'content-type': 'application/octet-stream',
        'x-waybill-sha256': sha256,
        'idempotency-key': sameAgain(name, sha256, body),
        ...(intoInbox ? {} : { 'x-waybill-inbox': 'no' }),
        ...(once ? { 'x-waybill-once': 'yes' } : {}),
      };
      const answer = await ask('POST', url, { headers, body, workBytes: body.byteLength });
      const receipt = answer.status === 200 || answer.status === 201 ? receiptOf(answer) : undefined;
      if (receipt === undefined) throw failureOf(answer, url);
      return receipt;
    },
    createPart: async ({ name, sha256, wireBytes }) => {
      const url = new URL('tus', upload);
      const fields = { filename: name, sha256, ...(intoInbox ? {} : { inbox: 'no' }) };
      const headers = { ...tusVersion, 'upload-length': String(wireBytes), 'upload-metadata': metadata(fields) };
      const answer = await ask('POST', url, { headers, body: new Uint8Array() });
      const part = answer.status === 201 ? partName(header(answer, 'location')) : undefined;
      if (part === undefined) throw failureOf(answer, url);
      return part;
    },
    partOffset: async (part) => {
      const url = partUrl(part);
      const answer = await ask('HEAD', url, { headers: tusVersion });
      if (answer.status === 404 || answer.status === 410) return undefined;
      const offset = Number(header(answer, 'upload-offset') ?? Number.NaN);
      if (answer.status > 299 || !Number.isSafeInteger(offset)) throw failureOf(answer, url);
      return offset;
    },
    appendPart: async (part, { offset, bytes, isLast, wireBytes }) => {
      const url = partUrl(part);
      const headers = { ...tusVersion, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' };
      const answer = await ask('PATCH', url, { headers, body: bytes, workBytes: isLast ? wireBytes : bytes.byteLength });
      if (answer.status === 404) throw new Fault('UPLOAD_INTERRUPTED', 'The server has the part no more.', { retryable: true });
      if (answer.status !== 200 && answer.status !== 204) throw failureOf(answer, url);
      return receiptOf(answer);
    },
  };
};
