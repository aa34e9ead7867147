import { join } from 'node:path';
import { z } from 'zod';
import type { SnapshotColumnConfig, SnapshotConfig, SnapshotNodeConfig } from '../../domain/snapshot/check-definition.ts';
import type { SettingValues } from './settings.ts';

const text = z.string().min(1);

const count = z.strictObject({ count: text, where: z.record(text, z.string()).optional(), by: text.optional() });
const columns = z.record(text, z.union([text, count]));
const file = z.strictObject({ table: text.optional(), columns: columns.optional() });

type NodeEntry = {
  readonly table?: string | undefined;
  readonly columns?: z.output<typeof columns> | undefined;
  readonly children?: Readonly<Record<string, NodeEntry>> | undefined;
};
const node: z.ZodType<NodeEntry> = z.strictObject({
  table: text.optional(),
  columns: columns.optional(),
  children: z
    .record(
      text,
      z.lazy(() => node),
    )
    .optional(),
});

/** `snapshot` of a database in `waybill.config.ts`; whether the names are there is checked against the database. */
export const snapshotEntry = z.strictObject({
  csv: z.union([z.literal(false), z.record(text, file)]).optional(),
  document: z.union([z.literal(false), z.record(text, node)]).optional(),
  layout: z.enum(['document', 'roots']).optional(),
  totals: z.array(text).readonly().optional(),
});

/** For the page of settings; complete by type. */
export const snapshotSettingWords: Readonly<Record<keyof SnapshotConfig, string>> = {
  csv: 'CSV files by name, each `{ table, columns }`; `false`: none. Default: one per table with all its columns.',
  document:
    'Arrays at the top of `database_export.json` by name, each `{ table, columns, children }`, children by name again; `false`: no document. Default: as the references say.',
  layout: '`document`: one file; `roots`: one file for each row at the top, `<array>/<key>.json`. Default: document.',
  totals: 'Names of the arrays whose rows `export_info` counts. Default: all.',
};

const withoutAbsent = <Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as never;

const columnsOf = (given: z.output<typeof columns>): Readonly<Record<string, SnapshotColumnConfig>> =>
  Object.fromEntries(Object.entries(given).map(([name, column]) => [name, typeof column === 'string' ? column : withoutAbsent(column)]));

const fileOf = (
  given: Pick<NodeEntry, 'table' | 'columns'>,
): { readonly table?: string; readonly columns?: Readonly<Record<string, SnapshotColumnConfig>> } => ({
  ...(given.table === undefined ? {} : { table: given.table }),
  ...(given.columns === undefined ? {} : { columns: columnsOf(given.columns) }),
});

const nodesOf = (given: Readonly<Record<string, NodeEntry>>): Readonly<Record<string, SnapshotNodeConfig>> =>
  Object.fromEntries(
    Object.entries(given).map(([name, entry]) => [name, { ...fileOf(entry), ...(entry.children === undefined ? {} : { children: nodesOf(entry.children) }) }]),
  );

export const completeSnapshot = ({ csv, document, layout, totals }: z.output<typeof snapshotEntry>): SnapshotConfig => ({
  ...(csv === undefined ? {} : { csv: csv === false ? csv : Object.fromEntries(Object.entries(csv).map(([name, entry]) => [name, fileOf(entry)])) }),
  ...(document === undefined ? {} : { document: document === false ? document : nodesOf(document) }),
  ...(layout === undefined ? {} : { layout }),
  ...(totals === undefined ? {} : { totals }),
});

/** An explicit setting that says something else than the preset of its environment. */
export type SnapshotOverride = { readonly setting: string; readonly value: string; readonly preset: string };

export type SnapshotSettings = {
  /** Snapshots without being asked: on request they are made in any case. */
  readonly automatic: boolean;
  /** Looks for changes. */
  readonly monitoring: boolean;
  readonly environment: string;
  readonly dir: string;
  readonly intervalSeconds: number;
  readonly hooks: boolean;
  readonly json: boolean;
  readonly csv: boolean;
  readonly overrides: readonly SnapshotOverride[];
};

export const assembleSnapshots = (values: SettingValues, overrides: readonly SnapshotOverride[], at: (folder: string) => string): SnapshotSettings => ({
  automatic: values.snapshotAuto,
  monitoring: values.snapshotMonitoring,
  environment: values.snapshotEnvironment ?? values.environment,
  dir: at(values.snapshotDir),
  intervalSeconds: values.snapshotIntervalSeconds,
  hooks: values.snapshotHooks,
  json: values.snapshotJson,
  csv: values.snapshotCsv,
  overrides,
});

/** The only database of the settings has the folder to itself; of several, and of others, each has one below it. */
export const snapshotFolder = (dir: string, database: string, configured: readonly string[]): string =>
  configured.length === 1 && configured[0] === database ? dir : join(dir, database.replaceAll(/[^A-Za-z0-9_.@-]|^\./g, '_'));
