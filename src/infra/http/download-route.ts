import type { IncomingMessage, ServerResponse } from 'node:http';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { BlobStore } from '../blobs/blob-store.ts';
import { sendError, type Answer } from './answers.ts';
import type { Route } from './listen.ts';

export type DownloadPorts = {
  readonly blobs: Pick<BlobStore, 'has' | 'path'>;
  /** What a token leads to; nothing where it is none of ours, or has expired. */
  readonly readLink: (token: string, now: Date) => { readonly sha256: string; readonly name: string } | undefined;
};

const prefix = '/download';

/** Whether it never was or is over, nobody is told. */
const unknown: Answer = { status: 404, code: 'LINK_UNKNOWN', message: 'There is no such download, or its link has expired. Ask for a new one.' };
const notAllowed: Answer = { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'A download is asked for by GET.', headers: { allow: 'GET, HEAD' } };

/** `GET /download/TOKEN`: whoever has the link may fetch the file it was made for, and nothing else. */
export const createDownloadRoute = ({ blobs, readLink }: DownloadPorts): Route => ({
  prefix,
  handle: async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return sendError(request, response, notAllowed);
    const [path = ''] = (request.url ?? '').split('?', 1);
    const link = readLink(path.slice(prefix.length + 1), new Date());
    if (link === undefined || !(await blobs.has(link.sha256))) return sendError(request, response, unknown);
    return send(request, response, blobs.path(link.sha256), link);
  },
});

const send = async (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  link: { readonly sha256: string; readonly name: string },
): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const etag = `"${link.sha256}"`;
    const headers = { ...headersOf(link.name), etag, 'accept-ranges': 'bytes' };
    const isCurrent = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
    const range = isCurrent ? rangeOf(request.headers.range, size) : undefined;
    if (range === 'outside') return void response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
    const [start, end] = range ?? [0, size - 1];
    response.writeHead(range === undefined ? 200 : 206, {
      ...headers,
      'content-length': end - start + 1,
      ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
    });
    if (request.method === 'HEAD' || size === 0) return void response.end();
    await pipeline(createReadStream(path, { fd: handle, autoClose: false, start, end, highWaterMark: 256 * 1024 }), response).catch((error: unknown) => {
      // Whoever hung up is told nothing.
      if (!response.destroyed) throw error;
    });
  } finally {
    await handle.close();
  }
};

/** One range; several, or what is no range, is the whole file, as the standard allows (RFC 9110, 14.2). */
const rangeOf = (header: string | undefined, size: number): readonly [start: number, end: number] | 'outside' | undefined => {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return start > end || (from === '' && Number(to) === 0) ? 'outside' : [start, end];
};

const types: Readonly<Record<string, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/x-ndjson; charset=utf-8',
};

/** Never shown by a browser, whatever is in it. */
const headersOf = (name: string): Readonly<Record<string, string>> => {
  const ascii = name.replaceAll(/[^\w.-]/g, '_');
  const escaped = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return {
    'content-type': types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${escaped}`,
    'content-security-policy': "sandbox; default-src 'none'",
  };
};
