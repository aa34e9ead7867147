import type { Client } from './client.ts';
import { quietly, readSettings, type GlobalOptions } from './options.ts';

export type ConnectOptions = {
  /** Whether this command starts a run, which somebody must work off when there is no server. */
  readonly worker: boolean;
  readonly identity?: string | undefined;
  /** As flags: stronger than all other settings. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** With `--server` that server, else everything in this process. */
export const connect = async (options: GlobalOptions, { worker, identity, settings = {} }: ConnectOptions): Promise<Client> => {
  const config = quietly(await readSettings(options, { ...settings, ...(identity === undefined ? {} : { identityFile: identity }) }));
  const server = options.server ?? config.apiServerUrl;
  if (server !== undefined) {
    const { openRemote } = await import('./remote.ts');
    return openRemote(server, options.key ?? config.apiSecretKey);
  }
  const { openInProcess } = await import('./in-process.ts');
  return openInProcess(config, { worker });
};

export const withClient = async <Result>(options: GlobalOptions, connecting: ConnectOptions, work: (client: Client) => Promise<Result>): Promise<Result> => {
  const client = await connect(options, connecting);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
};
