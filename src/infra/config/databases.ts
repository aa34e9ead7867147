import { z } from 'zod';
import type { TableSettings } from '../../domain/catalogue/key.ts';
import type { SnapshotConfig } from '../../domain/snapshot/check-definition.ts';
import { databaseUrl } from './settings.ts';
import { completeSnapshot, snapshotEntry } from './snapshots.ts';

/** One registered database of `waybill.config.ts`. */
export type DatabaseSettings = {
  readonly url: string;
  /** By `schema.table`. */
  readonly tables: Readonly<Record<string, TableSettings>>;
  /** Schema that holds Waybill's own relations in the target; default `waybill`. */
  readonly waybillSchema?: string;
  /** What its snapshots consist of; absent: derived from its references. */
  readonly snapshot?: SnapshotConfig;
};

const columns = z.array(z.string().min(1)).min(1).readonly();

const tableSettings = z.strictObject({
  key: columns.optional(),
  ids: z.enum(['preserve', 'remap']).optional(),
  exclude: columns.optional(),
  passive: columns.optional(),
});

/** For the page of settings; complete by type. */
export const tableSettingWords: Readonly<Record<keyof TableSettings, string>> = {
  key: 'Columns by which a row is the same row in two databases. Default: chosen from the unique keys; `query databases` shows which.',
  ids: '`preserve` or `remap`: what becomes of the surrogate ids of new rows. Default: kept in an empty table, new ones otherwise.',
  exclude: 'Columns that are neither exported nor written.',
  passive: 'Columns that follow other changes, such as a timestamp that a trigger keeps: by themselves they make no row differ and no cell a conflict.',
};

export const databaseEntry = z.strictObject({
  url: databaseUrl.optional(),
  tables: z.record(z.string().regex(/^[^.]+\..+$/, 'is no schema.table'), tableSettings).optional(),
  waybillSchema: z.string().min(1).optional(),
  snapshot: snapshotEntry.optional(),
});

export const databaseName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'is no database name: letters, digits, _ and -, at most 63');

export type DatabaseEntry = z.output<typeof databaseEntry>;

const variablePrefix = 'WAYBILL_DATABASE_';

/** `WAYBILL_DATABASE_SHOP_PROD=postgres://...` registers `shop_prod`. */
export const databaseOfVariable = (variable: string): string | undefined =>
  variable.startsWith(variablePrefix) && variable.length > variablePrefix.length ? variable.slice(variablePrefix.length).toLowerCase() : undefined;

const withoutAbsent = (entry: z.output<typeof tableSettings>): TableSettings => ({
  ...(entry.key === undefined ? {} : { key: entry.key }),
  ...(entry.ids === undefined ? {} : { ids: entry.ids }),
  ...(entry.exclude === undefined ? {} : { exclude: entry.exclude }),
  ...(entry.passive === undefined ? {} : { passive: entry.passive }),
});

/** Entries of the configuration file with the URLs of the environment; those without any URL are named by the caller. */
export const completeDatabase = (entry: DatabaseEntry | undefined, url: string): DatabaseSettings => ({
  url,
  tables: Object.fromEntries(Object.entries(entry?.tables ?? {}).map(([table, given]) => [table, withoutAbsent(given)])),
  ...(entry?.waybillSchema === undefined ? {} : { waybillSchema: entry.waybillSchema }),
  ...(entry?.snapshot === undefined ? {} : { snapshot: completeSnapshot(entry.snapshot) }),
});
