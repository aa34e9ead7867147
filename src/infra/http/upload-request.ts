import type { IncomingMessage } from 'node:http';
import type { Compression } from '../archive/expand.ts';
import { Declined } from './answers.ts';

/** What a request says of the file that it brings. */
export const header = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : value?.[0];
};

export const mebibytes = 1024 * 1024;
/** What letting a body in costs of the rate limit. */
export const costOf = (request: IncomingMessage): number => 1 + Math.floor(Number(header(request, 'content-length') ?? 0) / (10 * mebibytes));

export const uploadPrefix = '/api/upload';

/** `/api/upload/NAME` to NAME. */
export const restOf = (request: IncomingMessage): { readonly rest: string; readonly query: URLSearchParams } => {
  // As it was sent: a URL would resolve `..`, and a name that asks for another folder would look like one that does not.
  const [path = '', query = ''] = (request.url ?? '/').split(/\?(.*)/s, 2);
  return { rest: path.slice(uploadPrefix.length).replace(/^\//, ''), query: new URLSearchParams(query) };
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const nameInDisposition = (value: string): string | undefined => {
  const extended = /filename\*\s*=\s*utf-8''([^;]+)/i.exec(value)?.[1];
  return extended === undefined ? /filename\s*=\s*("(?:[^"\\]|\\.)*"|[^;]+)/i.exec(value)?.[1]?.replace(/^"|"$/g, '') : decoded(extended);
};

/** The name that the request itself gives its body, in the order of how explicit it is. */
export const givenName = (request: IncomingMessage): string | undefined => {
  const { rest, query } = restOf(request);
  const ofHeader = header(request, 'x-waybill-name');
  return (
    query.get('name') ??
    (ofHeader === undefined ? undefined : decoded(ofHeader)) ??
    nameInDisposition(header(request, 'content-disposition') ?? '') ??
    (rest === '' ? undefined : decoded(rest))
  );
};

const encodings: Readonly<Record<string, Compression>> = { gzip: 'gzip', 'x-gzip': 'gzip', zstd: 'zstd' };

export const encodingOf = (request: IncomingMessage): Compression | undefined => {
  const given = header(request, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
  const found = encodings[given];
  if (found === undefined && given !== 'identity')
    throw new Declined({ status: 415, code: 'CONTENT_TYPE_REFUSED', message: 'Content-Encoding may be gzip or zstd.' });
  return found;
};

export const hexOf = (request: IncomingMessage): string | undefined => {
  const given = header(request, 'x-waybill-sha256')?.trim();
  if (given !== undefined && !/^[0-9a-f]{64}$/i.test(given))
    throw new Declined({
      status: 400,
      code: 'UPLOAD_HASH_INVALID',
      message: 'X-Waybill-Sha256 is a SHA-256 in hexadecimal, of the content as it is when expanded.',
    });
  return given;
};

export const lengthOf = (request: IncomingMessage): number | undefined => {
  const given = header(request, 'content-length');
  return given === undefined ? undefined : Number(given);
};

export const idempotencyKeyOf = (request: IncomingMessage): string | undefined => {
  const given = header(request, 'idempotency-key');
  if (given !== undefined && given.length > 200)
    throw new Declined({ status: 400, code: 'IDEMPOTENCY_KEY_INVALID', message: 'An Idempotency-Key has at most 200 characters: a UUID.' });
  return given;
};

export const isMultipart = (request: IncomingMessage): boolean => /^multipart\//i.test(header(request, 'content-type') ?? '');
