import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { createApp } from '../app.ts';
import { Failure } from '../domain/refusal.ts';
import type { Config } from '../infra/config.ts';
import { accepted, failureOf, type Client } from './client.ts';
import { uploadMutation } from './operations/requests.ts';

/** Who is logged in to this machine: the actor of what is done in process. */
export const operatingSystemUser = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
};

const original = (error: { readonly originalError?: unknown }): Failure | undefined =>
  error.originalError instanceof Failure ? error.originalError : undefined;

/** The whole of Waybill in this process, for as long as the command takes. */
export const openInProcess = async (config: Config, options: { readonly worker: boolean }): Promise<Client> => {
  // Somebody waits for the answer: a server may try for minutes, a command for seconds.
  const app = await createApp(config, { ...options, retry: { most: 3, firstDelaySeconds: 1, longestDelaySeconds: 2 } });
  const actor = operatingSystemUser();
  const execute: Client['execute'] = async (document, variables) => {
    const { data, errors } = await app.execute(document, variables, actor);
    if (errors !== undefined && errors.length > 0) throw errors.map(original).find((failure) => failure !== undefined) ?? failureOf(errors);
    return data as never;
  };
  return {
    isRemote: false,
    execute,
    subscribe: async function* (document, variables, signal) {
      for await (const { data, errors } of await app.subscribe(document, variables, actor, signal)) {
        if (errors !== undefined && errors.length > 0) throw errors.map(original).find((failure) => failure !== undefined) ?? failureOf(errors);
        yield data as never;
      }
    },
    upload: async (path) => {
      const { upload } = await execute(uploadMutation, { input: { serverPath: resolve(path) }, idempotencyKey: randomUUID() });
      return accepted(upload).upload;
    },
    download: async ({ sha256 }) => app.blobs.open(sha256),
    urlOf: (path) => path,
    close: () => app.stop(),
  };
};
