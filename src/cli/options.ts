import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { LoadedConfig } from '../infra/config.ts';
import { UsageError } from './exit.ts';

/** Options that every command understands. */
export type GlobalOptions = {
  readonly json?: boolean;
  readonly server?: string;
  readonly key?: string;
  readonly dataDir?: string;
  readonly store?: string;
  readonly logLevel?: string;
};

export const addGlobalOptions = (command: Command): Command =>
  command
    .option('--json', 'print one JSON object on standard output, everything else on standard error')
    .option('--server <url>', 'talk to a server instead of working in this process (setting API_SERVER_URL)')
    .option('--key <key>', 'API key for --server (better in the environment: API_SECRET_KEY)')
    .option('--data-dir <folder>', 'folder of the embedded PostgreSQL and of stored files')
    .option('--store <url>', 'database of the log instead of the embedded one')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent');

export const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

export const wholeNumber =
  (name: string, least = 0) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) throw new UsageError(`${name} is a whole number from ${least} on, not ${JSON.stringify(text)}.`);
    return value;
  };

type Flags = Readonly<Record<string, string | undefined>>;

/** Settings as flags, environment and files give them. */
export const readSettings = async (options: GlobalOptions, more: Flags = {}): Promise<LoadedConfig> => {
  const { loadConfig } = await import('../infra/config.ts');
  return loadConfig({
    flags: {
      ...(options.dataDir === undefined ? {} : { dataDir: resolve(options.dataDir) }),
      ...(options.store === undefined ? {} : { storeUrl: options.store }),
      ...(options.logLevel === undefined ? {} : { logLevel: options.logLevel }),
      ...more,
    },
  });
};

/** A command that answers by itself keeps its log quiet, unless somebody asked for it. */
export const quietly = ({ config, origins }: LoadedConfig): LoadedConfig['config'] => {
  const isChosen = origins.some(({ setting, from }) => setting === 'logLevel' && from !== 'default' && from !== 'preset');
  return isChosen ? config : { ...config, logLevel: 'error' };
};
