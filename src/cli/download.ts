import { randomUUID } from 'node:crypto';
import { Fault } from '../domain/refusal.ts';
import { accepted, type Client, type Exported } from './client.ts';
import { downloadLinkMutation } from './operations/link.ts';

/** From a server: by a link made for this one time. */
export const downloadFrom = async (execute: Client['execute'], server: string, { runId, sha256 }: Exported): Promise<AsyncIterable<Uint8Array>> => {
  const { downloadLink } = await execute(downloadLinkMutation, { input: { run: runId, sha256, hours: 1 }, idempotencyKey: randomUUID() });
  const url = absolute(accepted(downloadLink).url, server);
  const response = await fetch(url).catch((error: unknown) => {
    throw new Fault('SERVER_UNREACHABLE', `The server ${server} cannot be reached. Check that it runs and the URL is right.`, { cause: error });
  });
  if (!response.ok || response.body === null)
    throw new Fault('DOWNLOAD_FAILED', `The server did not give the file (status ${response.status}). Its log says why.`);
  return response.body;
};

/** Links are paths of the server; it may lie below a prefix. */
export const absolute = (path: string, server: string): string => new URL(path.replace(/^\//, ''), server.replace(/(\/graphql)?\/?$/, '/')).href;
