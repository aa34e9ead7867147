import { Fault, Refusal, type Failure } from '../../domain/refusal.ts';
import { retryAfterMs } from './backoff.ts';
import type { Answer } from './http-exchange.ts';

/** The server's word that it holds these bytes. */
export type Receipt = {
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly name: string;
  readonly known: boolean;
  /** Its name in the server's inbox, once it lies there. */ readonly inbox: string | undefined;
};

type Said = { readonly code: string; readonly message: string };

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** What Waybill says when it says no; undefined when somebody else answered. */
export const saidBy = ({ text }: Answer): Said | undefined => {
  const body = jsonOf(text);
  const [first] = isRecord(body) && Array.isArray(body['errors']) ? (body['errors'] as readonly unknown[]) : [];
  if (!isRecord(first) || typeof first['message'] !== 'string') return undefined;
  const code = isRecord(first['extensions']) ? first['extensions']['code'] : undefined;
  return { message: first['message'], code: typeof code === 'string' ? code : 'SERVER_ERROR' };
};

export const header = (answer: Answer, name: string): string | undefined => {
  const value = answer.headers[name];
  return typeof value === 'string' ? value : undefined;
};

export const receiptOf = (answer: Answer): Receipt | undefined => {
  const body = jsonOf(answer.text);
  const found = isRecord(body) ? body : {};
  const sha256 = found['sha256'] ?? header(answer, 'x-waybill-sha256');
  const id = found['id'] ?? header(answer, 'x-waybill-upload');
  if (typeof sha256 !== 'string' || typeof id !== 'string') return undefined;
  const { bytes, name, known, inbox } = found;
  return {
    id,
    sha256,
    bytes: typeof bytes === 'number' ? bytes : 0,
    name: typeof name === 'string' ? name : '',
    known: known === true,
    inbox: typeof inbox === 'string' ? inbox : undefined,
  };
};

/** The same file would be refused again. */
const finalStatuses: ReadonlySet<number> = new Set([400, 411, 413, 414, 415, 422, 431]);

/** What was sent is not what arrived. */
const onTheWay: ReadonlySet<string> = new Set(['UPLOAD_HASH_DIFFERS', 'SIGNATURE_BODY_DIFFERS', 'UPLOAD_STALLED']);

/** A part that is gone, ahead of us, or still locked by the connection that broke: to be looked at again. */
const ofPart: ReadonlySet<number> = new Set([409, 410, 412, 423, 460]);

const keyRefused = (said: Said | undefined, url: URL): Refusal =>
  new Refusal(
    'KEY_REFUSED',
    `${url.origin} does not accept the API key: ${said?.message ?? 'it gives no reason'}. Check API_SECRET_KEY and the scopes of the key.`,
    said === undefined ? {} : { code: said.code },
  );

type No = { readonly answer: Answer; readonly url: URL; readonly said: Said | undefined; readonly details: Readonly<Record<string, unknown>> };

const fileRefused = ({ answer: { status }, url, said, details }: No): Refusal => {
  const why = status === 413 ? ': too large for it, or for a proxy before it' : '';
  return new Refusal(said?.code ?? 'UPLOAD_REFUSED', said?.message ?? `${url.origin} refuses it with status ${status}${why}.`, details);
};

const worthAnotherTry = ({ answer: { status }, url, said, details }: No): Fault => {
  const options = { retryable: true, details };
  if (status === 429) return new Fault('RATE_LIMITED', said?.message ?? `${url.origin} asks for patience.`, options);
  if (said !== undefined) return new Fault(said.code, said.message, options);
  if (ofPart.has(status)) return new Fault('UPLOAD_INTERRUPTED', `The upload was interrupted (status ${status}).`, options);
  return new Fault('SERVER_UNREACHABLE', `${url.origin}${url.pathname} does not answer as Waybill does (status ${status}). Check API_SERVER_URL.`, options);
};

/** What an answer that is none of those hoped for means: for the key, for this file, or for now. */
export const failureOf = (answer: Answer, url: URL): Failure => {
  const said = saidBy(answer);
  const { status } = answer;
  const wait = retryAfterMs(header(answer, 'retry-after'), Date.now());
  const no = { answer, url, said, details: { status, ...(wait === undefined ? {} : { retryAfterMs: wait }) } };
  if (said !== undefined && onTheWay.has(said.code)) return worthAnotherTry(no);
  if (status === 401 || status === 403) return keyRefused(said, url);
  return finalStatuses.has(status) ? fileRefused(no) : worthAnotherTry(no);
};
