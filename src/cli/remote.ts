import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { print, type ExecutionResult } from 'graphql';
import { createClient, NetworkError } from 'graphql-sse';
import { Failure, Fault, Refusal } from '../domain/refusal.ts';
import { accepted, failureOf, type Client, type Uploaded } from './client.ts';
import { absolute, downloadFrom } from './download.ts';
import type { UploadMutation } from './operations/generated/graphql.ts';
import { uploadMutation } from './operations/requests.ts';
import { createPost } from './signed-post.ts';

const serverPath = /^(backup|exchange|inbox)\/./;

/** A server's own operations over HTTP; subscriptions by server-sent events. */
export const openRemote = (server: string, key: string | undefined): Client => {
  const url = endpointOf(server);
  const headers = { 'x-waybill-csrf': '1', ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
  const send = createPost(url, key, headers);
  const post = async (body: string | FormData): Promise<ExecutionResult> => {
    const response = await send(body).catch((error: unknown) => {
      throw new Fault('SERVER_UNREACHABLE', `The server ${url} cannot be reached. Check that it runs and the URL is right.`, { cause: error });
    });
    const text = await response.text();
    try {
      return JSON.parse(text) as ExecutionResult;
    } catch {
      throw new Fault('SERVER_UNREACHABLE', `${url} does not answer as Waybill does (status ${response.status}). Check the URL.`);
    }
  };
  const answerOf = <Result>({ data, errors }: ExecutionResult): Result => {
    if (errors !== undefined && errors.length > 0) throw failureOf(errors);
    return data as Result;
  };
  // Not by itself: only whoever subscribes knows from where to go on.
  const events = createClient({ url, headers, retryAttempts: 0 });
  const execute: Client['execute'] = async (document, variables) => answerOf(await post(JSON.stringify({ query: print(document), variables })));
  return {
    isRemote: true,
    execute,
    subscribe: async function* (document, variables, signal) {
      if (signal.aborted) return;
      const results = events.iterate({ query: print(document), variables });
      const leave = (): void => void results.return?.();
      signal.addEventListener('abort', leave, { once: true });
      try {
        for await (const result of results) yield answerOf(result as ExecutionResult);
      } catch (error) {
        throw lostConnection(error, url);
      } finally {
        signal.removeEventListener('abort', leave);
      }
    },
    upload: async (path) => {
      const file = await (async () => openAsBlob(path))().catch(() => undefined);
      if (file === undefined && serverPath.test(path)) {
        return accepted((await execute(uploadMutation, { input: { serverPath: path }, idempotencyKey: randomUUID() })).upload).upload;
      }
      if (file === undefined)
        throw new Refusal('FILE_MISSING', `There is no file ${path} here. A file of the server is named as backup/NAME, exchange/NAME or inbox/NAME.`);
      const sent = file.size > mostFormBytes ? undefined : await sendFile(file, basename(path), post, answerOf).catch(unlessTooLarge);
      return sent ?? sendPieces(server, key, path);
    },
    download: (file) => downloadFrom(execute, url, file),
    urlOf: (path) => absolute(path, url),
    close: async () => events.dispose(),
  };
};

/** Larger ones go in pieces, which a break of the connection does not cost. */
const mostFormBytes = 8 * 1024 * 1024;

const unlessTooLarge = (error: unknown): undefined => {
  if (error instanceof Refusal && error.code === 'FILE_TOO_LARGE') return undefined;
  throw error;
};

const sendPieces = async (server: string, key: string | undefined, path: string): Promise<Uploaded> => {
  const { uploadFile } = await import('../infra/push/upload-file.ts');
  return uploadFile({ server, key, path, name: basename(path), signal: new AbortController().signal });
};

/** https://github.com/jaydenseric/graphql-multipart-request-spec */
const sendFile = async (
  file: Blob,
  name: string,
  post: (body: FormData) => Promise<ExecutionResult>,
  answerOf: <Result>(result: ExecutionResult) => Result,
): Promise<Uploaded> => {
  const form = new FormData();
  form.set('operations', JSON.stringify({ query: print(uploadMutation), variables: { input: { file: null, name }, idempotencyKey: randomUUID() } }));
  form.set('map', JSON.stringify({ 0: ['variables.input.file'] }));
  form.set('0', file, name);
  const { upload } = answerOf<UploadMutation>(await post(form));
  return accepted(upload).upload;
};

/** An answer that says no will say no again; anything else may have been the network. */
const lostConnection = (error: unknown, url: string): Failure => {
  if (error instanceof Failure) return error;
  const status = error instanceof NetworkError ? (error.response as Response | undefined)?.status : undefined;
  if (status === 401 || status === 403) return new Refusal('UNAUTHENTICATED', `${url} does not accept the API key.`);
  return new Fault('SERVER_UNREACHABLE', `The connection to ${url} was lost, or could not be made.`, { retryable: true, cause: error });
};

const endpointOf = (server: string): string => {
  if (!URL.canParse(server) || !/^https?:$/.test(new URL(server).protocol))
    throw new Refusal('USAGE', `--server is the URL of a Waybill server, such as http://localhost:4000, not ${JSON.stringify(server)}.`);
  const url = new URL(server);
  if (url.pathname === '/') url.pathname = '/graphql';
  return url.href;
};
