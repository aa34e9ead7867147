import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Failure } from '../../domain/refusal.ts';
import { uploadName } from '../../domain/upload/name.ts';
import { bodyDiffers, tooLarge } from '../receive/refusals.ts';
import { receive, type Receiving } from '../receive/receive.ts';
import { lookUp, takeIn, type UploadAnswer, type UploadPorts } from '../receive/take-in.ts';
import type { Admit } from './admit.ts';
import { answerOf, Declined, sendError, sendJson, type Answer } from './answers.ts';
import { letIn } from './let-in.ts';
import type { Route } from './listen.ts';
import { failureForLog, type Logger } from './logger.ts';
import { readFilePart } from './multipart.ts';
import type { RequestCaller } from './request-scope.ts';
import { costOf, encodingOf, givenName, header, hexOf, idempotencyKeyOf, isMultipart, lengthOf, mebibytes, restOf, uploadPrefix } from './upload-request.ts';

type Ports = UploadPorts & { readonly admit: Admit; readonly logger: Logger };

/** The body, without the habit of streams to close the connection when their reader leaves: the answer must still get through. */
const bodyOf = (request: IncomingMessage): AsyncIterable<Uint8Array> => request.iterator({ destroyOnReturn: false });

async function* hashed(source: AsyncIterable<Uint8Array>, hash: ReturnType<typeof createHash>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

type FromRequest = Omit<Receiving, 'limits' | 'signal'> & { leave?(): void };

const rawReceiving = (request: IncomingMessage, caller: RequestCaller): FromRequest => ({
  name: uploadName(givenName(request)),
  source: bodyOf(request),
  expect: { sha256: hexOf(request), wireSha256: caller.bodyHash, compression: encodingOf(request), bytes: lengthOf(request) },
});

const partReceiving = async (request: IncomingMessage, caller: RequestCaller): Promise<FromRequest> => {
  const hash = createHash('sha256');
  const part = await readFilePart(request.headers, hashed(bodyOf(request), hash));
  return {
    name: uploadName(restOf(request).query.get('name') ?? part.name),
    source: part.source,
    leave: part.leave,
    expect: { sha256: hexOf(request) },
    confirm: async () => {
      await part.whole;
      if (caller.bodyHash !== undefined && hash.digest('hex') !== caller.bodyHash) throw bodyDiffers();
    },
  };
};

/** What came before, for whoever asked that it should not come twice. The body is let go. */
const cameBefore = async (ports: Ports, request: IncomingMessage, caller: RequestCaller, inbox: boolean): Promise<UploadAnswer | undefined> => {
  const sha256 = hexOf(request)?.toLowerCase();
  if (sha256 === undefined || header(request, 'x-waybill-once')?.toLowerCase() !== 'yes') return undefined;
  const found = await lookUp(ports, sha256, caller);
  return found === undefined || (inbox && found.inbox === null) ? undefined : found;
};

const take = async (ports: Ports, request: IncomingMessage, caller: RequestCaller): Promise<UploadAnswer> => {
  const length = lengthOf(request) ?? 0;
  if (length > ports.limits.maxFileBytes + (isMultipart(request) ? mebibytes : 0)) throw tooLarge(givenName(request) ?? '', ports.limits.maxFileBytes);
  const inbox = header(request, 'x-waybill-inbox')?.toLowerCase() !== 'no';
  const known = await cameBefore(ports, request, caller, inbox);
  if (known !== undefined) return known;
  const idempotencyKey = idempotencyKeyOf(request);
  const { leave, ...receiving } = isMultipart(request) ? await partReceiving(request, caller) : rawReceiving(request, caller);
  const received = await receive(ports.blobs, { ...receiving, limits: ports.limits, signal: caller.until }).finally(leave);
  return takeIn(ports, received, { caller, via: 'post', idempotencyKey, inbox });
};

/** What went wrong, as the caller is told it. Whoever has hung up is told nothing. */
export const tell = (logger: Logger, error: unknown): Answer => {
  if (error instanceof Declined) return error.answer;
  if (error instanceof Failure) {
    logger[error.kind === 'refusal' ? 'info' : 'error']({ failure: failureForLog(error) }, 'an upload failed');
    return answerOf(error);
  }
  throw error;
};

const answer = async (ports: Ports, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { rest } = restOf(request);
  const isQuestion = request.method === 'GET' || request.method === 'HEAD';
  const caller = await letIn(ports.admit, request, {
    door: 'upload',
    scopes: isQuestion ? ['upload', 'read'] : ['upload'],
    cost: isQuestion ? 1 : costOf(request),
  });
  if (isQuestion) {
    const found = /^[0-9a-f]{64}$/i.test(rest) ? await lookUp(ports, rest.toLowerCase(), caller) : undefined;
    if (found === undefined)
      throw new Declined({ status: 404, code: 'NOT_FOUND', message: 'No file of this SHA-256 has come. Ask as GET /api/upload/SHA256.' });
    return sendJson(response, 200, found);
  }
  if (request.method !== 'PUT' && (request.method !== 'POST' || rest !== ''))
    throw new Declined({
      status: 405,
      code: 'METHOD_REFUSED',
      message: 'POST /api/upload/, PUT /api/upload/NAME or GET /api/upload/SHA256.',
      headers: { allow: 'GET, POST, PUT' },
    });
  const stored = await take(ports, request, caller);
  sendJson(response, stored.known ? 200 : 201, stored, { location: `${uploadPrefix}/${stored.sha256}` });
};

/** `POST /api/upload/`, `PUT /api/upload/NAME`, `GET /api/upload/SHA256`. */
export const createUploadRoute = (ports: Ports): Route => ({
  prefix: uploadPrefix,
  handle: async (request, response) => {
    try {
      await answer(ports, request, response);
    } catch (error) {
      if (response.headersSent) return;
      if (request.errored !== null) return void response.destroy();
      sendError(request, response, tell(ports.logger, error));
    }
  },
});
