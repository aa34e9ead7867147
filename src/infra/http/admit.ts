import { allScopes, everything, holdsOne, type Door, type Reach, type Scope } from '../../domain/key/key.ts';
import type { NoteRefused, Refused } from './access-log.ts';
import type { Authenticate, Credentials } from './authenticate.ts';
import { firstKeyName, shownKey } from './authenticate.ts';
import type { Rates } from './rate-limit.ts';
import type { RequestCaller } from './request-scope.ts';
import { signingKeyOf, type CheckSignature } from './signature.ts';

/** One request at one door, before its body is read. */
export type Asking = Credentials & {
  readonly address: string;
  readonly door: Door;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly signature?: string | null;
  /** Cost units that letting it in takes. */
  readonly cost: number;
  /** One of these must be held; GraphQL asks field by field instead. */
  readonly scopes?: readonly Scope[];
};
export type Denied = { readonly denied: string; readonly code: string; readonly status: 401 | 403 | 429; /** Seconds. */ readonly retryAfter?: number };
export type Admit = (asking: Asking) => Promise<RequestCaller | Denied>;

/** A key that the store knows and that is valid. */
export type KnownKey = {
  readonly keyId: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly reach: Reach;
  readonly mustSign: boolean;
  readonly signing: Uint8Array;
  readonly until: AbortSignal;
};
export type UnknownKey = { readonly reason: 'unknown' | 'wrong' | 'expired' | 'revoked'; readonly keyId?: string; readonly name?: string };

export type AdmitPorts = {
  readonly authenticate: Authenticate;
  /** `API_SECRET_KEY`, when there is one. */
  readonly secretKey: string | undefined;
  readonly keyring: { find(shown: string): Promise<KnownKey | UnknownKey>; used(keyId: string, address: string): void };
  readonly rates: Rates;
  readonly checkSignature: CheckSignature;
  readonly requireSignatures: boolean;
  readonly noteRefused: NoteRefused;
};

const queryNames = new Set(['key', 'api_key', 'apikey', 'api-key', 'token', 'access_token', 'authorization', 'secret']);

/** Keys do not belong into a URL: logs and histories keep it (CHECKS S86). */
export const keyInUrl = (query: URLSearchParams): boolean => [...query.keys()].some((name) => queryNames.has(name.toLowerCase()));
export const keyInUrlMessage = 'Keys do not belong into a URL: others log it. Send the key as a header, and take a new one.';

const deniedKey: Readonly<Record<UnknownKey['reason'], { readonly code: string; readonly denied: string }>> = {
  unknown: { code: 'UNAUTHENTICATED', denied: 'The API key is not valid.' },
  wrong: { code: 'UNAUTHENTICATED', denied: 'The API key is not valid.' },
  expired: { code: 'KEY_EXPIRED', denied: 'The API key has expired, or was rotated and its overlap is over. Ask for a new one.' },
  revoked: { code: 'KEY_REVOKED', denied: 'The API key is revoked. Ask for a new one.' },
};

const signatureMessages: Readonly<Record<string, string>> = {
  SIGNATURE_MISSING: 'This key must sign what changes something: send X-Waybill-Signature (docs/ACCESS.md says how).',
  SIGNATURE_WRONG: 'The signature does not fit the request and the key.',
  SIGNATURE_OLD: 'The signature is older, or newer, than five minutes. Sign again, and look at the clocks.',
  SIGNATURE_REPEATED: 'A request with this signature was here before. Sign every request anew.',
};

export const signatureDenied = (code: string): Denied => ({ denied: signatureMessages[code] ?? code, code, status: 401 });

export const rateDenied = (retryAfter: number): Denied => ({
  denied: `That is more than is allowed in a minute. Try again in ${retryAfter} ${retryAfter === 1 ? 'second' : 'seconds'}.`,
  code: 'RATE_LIMITED',
  status: 429,
  retryAfter,
});

export const forbidden = (what: string, wanted: readonly Scope[]): Denied => ({
  denied: `This key may not use ${what}. Ask for a key with the scope ${wanted.join(' or ')}.`,
  code: 'FORBIDDEN',
  status: 403,
});

/** As refused attempts name it. */
export const keyOf = ({ apiKey, keyId }: RequestCaller): Pick<Refused, 'key' | 'keyId'> => ({
  ...(apiKey === undefined ? {} : { key: apiKey }),
  ...(keyId === undefined ? {} : { keyId }),
});

type Let = RequestCaller & { readonly signing?: Uint8Array };
type Identified = Let | { readonly refused: Denied; readonly note: Pick<Refused, 'reason' | 'key' | 'keyId'> };

const ofKnown = (key: KnownKey, requireSignatures: boolean): Let => ({
  actor: key.name,
  apiKey: key.name,
  keyId: key.keyId,
  scopes: key.scopes,
  reach: key.reach,
  until: key.until,
  mustSign: key.mustSign || requireSignatures,
  signing: key.signing,
});

/** Who it is: a key of the store, the first key, or, without any, this machine. */
const identify = async (ports: AdmitPorts, asking: Asking): Promise<Identified> => {
  const shown = shownKey(asking);
  if (shown !== undefined && shown !== ports.secretKey && /^wb_(live|dev|test)_/.test(shown)) {
    const found = await ports.keyring.find(shown);
    if (!('reason' in found)) return ofKnown(found, ports.requireSignatures);
    const { reason, keyId, name } = found;
    return {
      refused: { ...deniedKey[reason], status: 401 },
      note: { reason, ...(keyId === undefined ? {} : { keyId }), ...(name === undefined ? {} : { key: name }) },
    };
  }
  const shut = ports.secretKey === undefined ? undefined : await ports.rates.isShut(asking.address);
  if (shut !== undefined) return { refused: rateDenied(shut), note: { reason: 'rate' } };
  const found = ports.authenticate(asking);
  if ('denied' in found) return { refused: { ...found, code: 'UNAUTHENTICATED' }, note: { reason: shown === undefined ? 'unknown' : 'wrong' } };
  const caller = { ...found, scopes: allScopes, reach: everything, mustSign: ports.requireSignatures && found.apiKey === firstKeyName };
  return ports.secretKey === undefined ? caller : { ...caller, signing: firstSigning(ports.secretKey) };
};

let signingOfFirst: { readonly key: string; readonly signing: Uint8Array } | undefined;
const firstSigning = (key: string): Uint8Array => {
  if (signingOfFirst?.key !== key) signingOfFirst = { key, signing: signingKeyOf(key) };
  return signingOfFirst.signing;
};

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What the signature promises of the body; or why it is not accepted. GraphQL looks later whether one was needed. */
const checkSigned = (ports: AdmitPorts, caller: Let, asking: Asking): { readonly bodyHash?: string } | Denied => {
  const { signature: header, method, path, door } = asking;
  if (header === undefined || header === null || header === '') {
    const isNeeded = caller.mustSign === true && (door === 'upload' || door === 'tus') && !reading.has(method);
    return isNeeded ? signatureDenied('SIGNATURE_MISSING') : {};
  }
  // Nothing to check it with: whoever comes without a key has signed with none.
  if (caller.signing === undefined) return {};
  const checked = ports.checkSignature({ header, signing: caller.signing, method, path });
  return typeof checked === 'string' ? signatureDenied(checked) : checked;
};

/** Who is let in, for every door: known, not too often, signed where that is asked for, and with the scope. */
export const createAdmit =
  (ports: AdmitPorts): Admit =>
  async (asking) => {
    const { address, door, cost } = asking;
    const refuse = (denied: Denied, note: Omit<Refused, 'door' | 'address'>): Denied => {
      ports.noteRefused({ ...note, door, address });
      return denied;
    };
    const tooMuch = await ports.rates.ofAddress(address, cost);
    if (tooMuch !== undefined) return refuse(rateDenied(tooMuch), { reason: 'rate' });
    const found = await identify(ports, asking);
    if ('refused' in found) {
      const shut = await ports.rates.isShut(address);
      if (found.note.reason !== 'rate') await ports.rates.failed(address);
      return refuse(shut === undefined ? found.refused : rateDenied(shut), found.note);
    }
    const { signing: _signing, ...caller } = found;
    const who = keyOf(caller);
    const tooOften = caller.apiKey === undefined ? undefined : await ports.rates.ofKey(caller.keyId ?? caller.apiKey, cost);
    if (tooOften !== undefined) return refuse(rateDenied(tooOften), { reason: 'rate', ...who });
    const signed = checkSigned(ports, found, asking);
    if ('denied' in signed) return refuse(signed, { reason: signed.code === 'SIGNATURE_REPEATED' ? 'replayed' : 'signature', ...who });
    if (asking.scopes !== undefined && !holdsOne(caller.scopes, asking.scopes))
      return refuse(forbidden(asking.path.split('?', 1)[0] ?? '', asking.scopes), { reason: 'scope', ...who });
    if (caller.keyId !== undefined) ports.keyring.used(caller.keyId, address);
    return { ...caller, ...signed };
  };
