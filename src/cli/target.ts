import type { Session } from '../infra/postgres/session.ts';
import { UsageError } from './exit.ts';
import { readSettings, type GlobalOptions } from './options.ts';

/** A database that a command works on by itself, without a run, and the schema that its settings name for Waybill's tables. */
type Target = { readonly session: Session; readonly schema: string | undefined };

/** A URL without its password. */
export const nameOf = (database: string): string => database.replace(/:\/\/[^@]*@/, '://');

export const withTarget = async <Result>(database: string, options: GlobalOptions, work: (target: Target) => Promise<Result>): Promise<Result> => {
  const [{ openSession }, { isDatabaseUrl, parseDatabaseUrl }] = await Promise.all([
    import('../infra/postgres/session.ts'),
    import('../infra/http/database-url.ts'),
  ]);
  const { config } = await readSettings(options);
  const known = config.databases[database];
  if (known === undefined && !isDatabaseUrl(database))
    throw new UsageError(`There is no database ${JSON.stringify(database)} in the settings; or give a postgres:// URL.`);
  const session = await openSession(known?.url ?? parseDatabaseUrl(database).href, { purpose: 'command' });
  try {
    return await work({ session, schema: known?.waybillSchema });
  } finally {
    await session.close();
  }
};
