import type { Catalogue } from '../domain/catalogue/catalogue.ts';
import type { KeyedTable, TableSettings } from '../domain/catalogue/key.ts';
import { Refusal } from '../domain/refusal.ts';
import type { SnapshotConfig } from '../domain/snapshot/check-definition.ts';
import type { Metadata } from '../domain/run/events.ts';
import { isDatabaseUrl, maskDatabaseUrl, nameOfUrl, parseDatabaseUrl } from '../infra/http/database-url.ts';
import { checkOutward, pinAddress } from '../infra/http/network-address.ts';
import type { Store } from './store.ts';

/**
 * Which database is meant by what a caller wrote: a registered name or a URL. A URL gets the name of who connects where;
 * it is kept sealed beside the log, so that a run finds it again after a crash, and shown nowhere.
 */
export type Databases = {
  /** The name under which the log knows it; registers it on first use. */
  resolve(text: string, caller: { readonly mayReachInward: boolean; readonly meta: Metadata }): Promise<string>;
  /** The same for a question, which leaves nothing behind: a URL is reached without being registered. */
  reach(text: string, caller: { readonly mayReachInward: boolean }): Promise<KnownDatabase>;
  /** For a worker: where a registered name leads, and the settings of its tables. */
  find(name: string): Promise<KnownDatabase>;
  /** What the database's own catalogs say of it now; stopped in PostgreSQL when the signal aborts. */
  readCatalogue(name: string, signal: AbortSignal): Promise<KeyedCatalogue>;
  /** Registers what the settings name. */
  registerConfigured(meta: Metadata): Promise<void>;
};
export type KnownDatabase = {
  readonly name: string;
  readonly url: string;
  readonly tables: Readonly<Record<string, TableSettings>>;
  readonly waybillSchema?: string;
  /** What its snapshots consist of, where that is configured. */
  readonly snapshot?: SnapshotConfig;
};
/** What the catalogue of a database is when its keys have been chosen. */
export type KeyedCatalogue = Omit<Catalogue, 'tables'> & { readonly tables: readonly KeyedTable[] };
export type ConfiguredDatabases = Readonly<Record<string, Omit<KnownDatabase, 'name'>>>;

const unknown = (name: string, configured: ConfiguredDatabases): Refusal => {
  const names = Object.keys(configured);
  const known = names.length === 0 ? 'None is registered in the settings' : `Registered in the settings are ${names.join(', ')}`;
  return new Refusal('DATABASE_UNKNOWN', `There is no database ${JSON.stringify(name.slice(0, 100))}. ${known}; or give a postgres:// URL.`, {
    database: name.slice(0, 100),
  });
};

export const createDatabases = (store: Store, configured: ConfiguredDatabases, allowedHosts: readonly string[]): Databases => {
  const find = async (name: string): Promise<KnownDatabase> => {
    if (Object.hasOwn(configured, name)) return { name, ...(configured[name] ?? { url: '', tables: {} }) };
    const url = await store.databaseUrl(name);
    if (url === undefined) throw unknown(name, configured);
    return { name, url, tables: {} };
  };
  const register = async (name: string, url: string, meta: Metadata): Promise<string> => {
    await store.registerDatabase(name, maskDatabaseUrl(url), meta);
    return name;
  };
  const addressOf = async (text: string, mayReachInward: boolean): Promise<string> => {
    const url = parseDatabaseUrl(text);
    return mayReachInward ? text : pinAddress(url, await checkOutward(url.hostname, allowedHosts));
  };
  return {
    find,
    reach: async (text, { mayReachInward }) => {
      if (!isDatabaseUrl(text)) return find(text);
      const same = Object.entries(configured).find(([, known]) => known.url === text);
      if (same !== undefined) return { name: same[0], ...same[1] };
      return { name: nameOfUrl(parseDatabaseUrl(text)), url: await addressOf(text, mayReachInward), tables: {} };
    },
    resolve: async (text, { mayReachInward, meta }) => {
      if (!isDatabaseUrl(text)) {
        const { name, url } = await find(text);
        return Object.hasOwn(configured, text) ? register(name, url, meta) : name;
      }
      const url = parseDatabaseUrl(text);
      const same = Object.entries(configured).find(([, known]) => known.url === text);
      if (same !== undefined) return register(same[0], text, meta);
      const reached = await addressOf(text, mayReachInward);
      const name = nameOfUrl(url);
      await store.saveDatabaseUrl(name, reached);
      return register(name, text, meta);
    },
    readCatalogue: async (name, signal) => {
      const [known, { readCatalogue }, { chooseKeys }] = await Promise.all([
        find(name),
        import('../infra/postgres/read-catalogue.ts'),
        import('../domain/catalogue/choose-key.ts'),
      ]);
      const catalogue = await readCatalogue(known.url, signal);
      return { ...catalogue, tables: chooseKeys(catalogue, known.tables) };
    },
    registerConfigured: async (meta) => {
      for (const [name, { url }] of Object.entries(configured)) await register(name, url, meta);
    },
  };
};
