import { AsyncLocalStorage } from 'node:async_hooks';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { Server, type Upload } from '@tus/server';
import { Failure, Refusal } from '../../domain/refusal.ts';
import { uploadName } from '../../domain/upload/name.ts';
import { isDiskFull } from '../files/disk-full.ts';
import { createPartRecords, isPartId, type PartRecords } from '../receive/part-records.ts';
import { diskFull, PartStore, type PieceCheck } from '../receive/part-store.ts';
import { receive } from '../receive/receive.ts';
import { takeIn, type UploadAnswer, type UploadPorts } from '../receive/take-in.ts';
import type { Admit } from './admit.ts';
import { answerOf, Declined, errorBody, jsonHeaders, sendError, sendWhole } from './answers.ts';
import { letIn } from './let-in.ts';
import type { Route } from './listen.ts';
import { failureForLog, type Logger } from './logger.ts';
import { checksumAlgorithms, pieceChecksOf } from './piece-check.ts';
import type { RequestCaller } from './request-scope.ts';
import { costOf, uploadPrefix } from './upload-request.ts';

const tusPath = `${uploadPrefix}/tus`;

export type TusOptions = UploadPorts & { readonly admit: Admit; readonly logger: Logger; readonly partsDir: string; readonly expiryMs: number };

/** The request that is being served, for what the protocol's server calls. */
type Serving = { readonly caller: RequestCaller; readonly checks: readonly PieceCheck[] };

/** Other keys have other parts: theirs are not there. */
const ownerOf = ({ keyId, apiKey, actor }: RequestCaller): string => keyId ?? apiKey ?? actor;

const sha256Of = (metadata: Upload['metadata']): string | undefined => {
  const given = metadata?.['sha256']?.trim() ?? undefined;
  if (given !== undefined && !/^[0-9a-f]{64}$/i.test(given))
    throw new Refusal('UPLOAD_HASH_INVALID', 'The metadata sha256 is a SHA-256 in hexadecimal, of the content as it is when expanded.');
  return given;
};

const nameOf = (metadata: Upload['metadata']): string => uploadName(metadata?.['filename'] ?? metadata?.['name']);

/**
 * Once every byte has come: expanded, checked, kept, recorded; then the part goes, and its record keeps the answer, so that
 * whoever asks again because the first answer got lost has the same. What is wrong for good is removed; what failed for want
 * of room or a database waits for another, empty PATCH.
 */
const finish = async (ports: TusOptions, records: PartRecords, { id, metadata }: Upload, caller: RequestCaller): Promise<UploadAnswer> => {
  const record = await records.read(id);
  if (record?.answer !== undefined) return record.answer;
  const source = createReadStream(records.bytesPath(id), { highWaterMark: 256 * 1024 });
  try {
    const expect = { sha256: sha256Of(metadata) };
    const received = await receive(ports.blobs, { name: nameOf(metadata), source, limits: ports.limits, signal: caller.until, expect });
    const answer = await takeIn(ports, received, { caller, via: 'tus', idempotencyKey: `tus-${id}`, inbox: metadata?.['inbox'] !== 'no' });
    if (record !== undefined) await records.finish(record, answer);
    return answer;
  } catch (error) {
    if (error instanceof Refusal) await records.remove(id);
    throw isDiskFull(error) ? diskFull(error) : error;
  } finally {
    source.destroy();
  }
};

/** One at a time for each part: the lock of the protocol is free again when the last byte has come. */
const createFinisher = (ports: TusOptions, records: PartRecords): ((upload: Upload, caller: RequestCaller) => Promise<UploadAnswer>) => {
  const running = new Map<string, Promise<UploadAnswer>>();
  return (upload, caller) => {
    const found = running.get(upload.id) ?? finish(ports, records, upload, caller).finally(() => running.delete(upload.id));
    running.set(upload.id, found);
    return found;
  };
};

const codes: Readonly<Record<number, string>> = {
  404: 'UPLOAD_PART_UNKNOWN',
  409: 'UPLOAD_OFFSET_DIFFERS',
  410: 'UPLOAD_PART_EXPIRED',
  413: 'UPLOAD_TOO_LARGE',
  423: 'UPLOAD_BUSY',
};

type ProtocolError = { readonly status_code: number; readonly body: string };

/** What the protocol's server says in a word or two, so that it can be acted on. */
const advice: Readonly<Record<number, string>> = {
  404: 'There is no such upload of this key: it has expired, was taken back, or another key began it. Begin a new one with POST.',
  409: 'The next byte is at another offset. Ask for it with HEAD, and go on from there.',
  410: 'The upload is older than unfinished ones are kept. Begin a new one with POST.',
  412: 'Every request of tus needs the header Tus-Resumable: 1.0.0. Without tus, send the file with PUT /api/upload/NAME.',
  413: 'It is more than the server takes (WAYBILL_MAX_FILE_BYTES), or more than Upload-Length announced. Split the file, or raise the limit.',
  423: 'Another request is writing to this upload. Ask for its offset with HEAD in a moment, and go on from there.',
};

const inJson = (status: number, text: string): string =>
  `${JSON.stringify(errorBody({ status, code: codes[status] ?? 'BAD_REQUEST', message: advice[status] ?? text.trim() }))}\n`;

/** Some refusals the protocol's server writes by itself, as plain text. */
const toldInJson = ({ status, headers: given }: Response, body: string) => {
  const headers = Object.fromEntries(given);
  if (status < 400 || body === '') return { status, headers, body };
  const told = body.startsWith('{') ? body : inJson(status, body);
  return { status, headers: { ...headers, ...jsonHeaders, 'content-length': String(Buffer.byteLength(told)) }, body: told };
};

const lockTimeout = 'failed to acquire lock before timeout';

const explain = (logger: Logger, error: Error | ProtocolError): ProtocolError => {
  if (error instanceof Failure) {
    logger[error.kind === 'refusal' ? 'info' : 'error']({ failure: failureForLog(error) }, 'a resumable upload failed');
    const answer = answerOf(error);
    return { status_code: error.code === 'UPLOAD_HASH_DIFFERS' ? 460 : answer.status, body: `${JSON.stringify(errorBody(answer))}\n` };
  }
  if (!('status_code' in error)) {
    logger.error({ failure: failureForLog(error) }, 'a resumable upload failed');
    const message = 'The server could not do this; its log has the reason under the request id. Go on from the offset that HEAD answers.';
    return { status_code: 500, body: `${JSON.stringify(errorBody({ status: 500, code: 'INTERNAL_SERVER_ERROR', message }))}\n` };
  }
  const status = error.body === lockTimeout ? 423 : error.status_code;
  return { status_code: status, body: inJson(status, error.body) };
};

const createProtocol = (ports: TusOptions, serving: () => Serving): Server => {
  const records = createPartRecords(ports.partsDir);
  const finisher = createFinisher(ports, records);
  return new Server({
    path: tusPath,
    datastore: new PartStore({ records, expiryMs: ports.expiryMs, owner: () => ownerOf(serving().caller), checks: () => serving().checks }),
    maxSize: ports.limits.maxFileBytes,
    relativeLocation: true,
    respectForwardedHeaders: false,
    allowedOrigins: () => false,
    getFileIdFromRequest: (_request, last) => (last !== undefined && isPartId(last) ? last : undefined),
    onUploadCreate: async (_request, { metadata }) => {
      nameOf(metadata);
      sha256Of(metadata);
      return {};
    },
    onUploadFinish: async (request, upload) => {
      const answer = await finisher(upload, serving().caller);
      return {
        ...(request.method === 'PATCH' ? { status_code: 200 } : {}),
        headers: { 'X-Waybill-Sha256': answer.sha256, 'X-Waybill-Upload': answer.id, 'Content-Type': 'application/json; charset=utf-8' },
        body: `${JSON.stringify(answer)}\n`,
      };
    },
    onResponseError: (_request, error) => explain(ports.logger, error),
  });
};

/** Of our own, since a request that is turned into one by others is cut off, with its answer, when its body is left unread. */
const webRequest = ({ method = 'GET', url = '', headers }: IncomingMessage, pieces: AsyncIterable<Uint8Array>): Request => {
  const given = Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as [string, string]] : []));
  const body = method === 'PATCH' || method === 'POST' ? { body: Readable.toWeb(Readable.from(pieces, { objectMode: false })), duplex: 'half' } : {};
  return new Request(new URL(url, 'http://localhost'), { method, headers: given, ...body } as RequestInit);
};

/** Resumable uploads by tus 1.0 at `/api/upload/tus`. */
export const createTusRoute = (ports: TusOptions): Route => {
  const current = new AsyncLocalStorage<Serving>();
  const serving = (): Serving => {
    const found = current.getStore();
    if (found === undefined) throw new Refusal('UNAUTHENTICATED', 'Nobody has been let in for this request.');
    return found;
  };
  const protocol = createProtocol(ports, serving);
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const isPiece = request.method === 'PATCH' || request.method === 'POST';
    const caller = await letIn(ports.admit, request, { door: 'tus', scopes: ['upload'], cost: isPiece ? costOf(request) : 1 });
    if (request.method === 'OPTIONS') response.setHeader('tus-checksum-algorithm', checksumAlgorithms.join(','));
    const pieces = request.iterator({ destroyOnReturn: false });
    const answer = await current.run({ caller, checks: pieceChecksOf(request, caller) }, () => protocol.handleWeb(webRequest(request, pieces)));
    const body = await answer.text();
    // What was not read has to leave the way free, before the answer goes out beside it.
    if (!request.complete) await pieces.return?.();
    sendWhole(request, response, toldInJson(answer, body));
  };
  return {
    prefix: tusPath,
    handle: async (request, response) => {
      try {
        await serve(request, response);
      } catch (error) {
        if (response.headersSent || request.errored !== null) return void response.destroy();
        if (!(error instanceof Declined)) throw error;
        sendError(request, response, error.answer);
      }
    },
  };
};
