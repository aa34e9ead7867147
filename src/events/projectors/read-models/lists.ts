import type { FilterQuery } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import type { View } from '../../../domain/key/key.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { PlanSummary, Resolution, RunKind, RunResult, RunState as State } from '../../../domain/run/run.ts';
import type { Requested } from '../../../domain/run/state.ts';
import { KnownDatabase, type KnownDatabaseEntity } from './known-database.ts';
import { RunState, type RunStateEntity } from './run-state.ts';
import { Upload, type UploadEntity } from './upload.ts';

export type RunFailure = { readonly code?: string; readonly message?: string; readonly details?: Readonly<Record<string, unknown>>; readonly phase?: string };

export type RunRow = {
  readonly runId: string;
  readonly kind: RunKind;
  readonly state: State;
  readonly database: string;
  readonly upload?: string;
  /** `schema.table` of every table the run is known to touch. */
  readonly tables: readonly string[];
  readonly input: Requested['input'];
  readonly actor: string;
  readonly apiKey?: string;
  readonly client: string;
  readonly attempt: number;
  readonly drifts: number;
  readonly cancelRequested: boolean;
  readonly plan?: PlanSummary;
  readonly approvedPlanHash?: string;
  readonly result?: RunResult;
  readonly failure?: RunFailure;
  readonly resolutions: readonly Resolution[];
  /** The run that a rollback takes back. */
  readonly takesBack?: string;
  /** The rollback that took this run back and was not taken back itself. */
  readonly takenBackBy?: string;
  /** What it wrote went with a restored database. */
  readonly lost: boolean;
  readonly requestedAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly version: number;
  /** Position of the run's newest event. */
  readonly position: number;
  readonly cursor: string;
};

export type UploadRow = {
  readonly uploadId: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly name: string;
  readonly actor: string;
  readonly times: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly cursor: string;
};

export type DatabaseRow = {
  readonly name: string;
  readonly server: string;
  readonly databaseId?: string;
  readonly systemIdentifier?: string;
  readonly oid?: number;
  readonly registeredAt: string;
  readonly cursor: string;
};

/** Newest first. `after` is a cursor of the page before. */
export type PageRequest = { readonly first?: number; readonly after?: string };
export type Page<Row> = { readonly rows: readonly Row[]; readonly hasNextPage: boolean; readonly endCursor: string | undefined };

export type RunFilter = {
  readonly actor?: string;
  readonly kind?: RunKind;
  readonly states?: readonly State[];
  readonly database?: string;
  readonly upload?: string;
  readonly table?: string;
  /** ISO times of the request, from inclusive, until exclusive. */
  readonly from?: string;
  readonly until?: string;
  /** Only what is seen from there. */
  readonly view?: View;
};

const largestPage = 500;

const present = <Key extends string, Value>(key: Key, value: Value | null | undefined): { readonly [K in Key]?: Value } =>
  value === null || value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });

const toRun = (row: RunStateEntity): RunRow => ({
  runId: row.runId,
  kind: row.kind,
  state: row.state,
  database: row.databaseName,
  ...present('upload', row.upload),
  tables: row.tables,
  input: row.input as Requested['input'],
  actor: row.actor,
  ...present('apiKey', row.apiKey),
  client: row.client,
  attempt: row.attempt,
  drifts: row.drifts,
  cancelRequested: row.cancelRequested,
  ...present('plan', row.plan as PlanSummary | null),
  ...present('approvedPlanHash', row.approvedPlanHash),
  ...present('result', row.result as RunResult | null),
  ...present('failure', row.failure),
  resolutions: row.resolutions,
  ...present('takesBack', row.takesBack),
  ...present('takenBackBy', row.takenBackBy),
  lost: row.lost,
  requestedAt: row.requestedAt.toISOString(),
  ...present('startedAt', row.startedAt?.toISOString()),
  ...present('endedAt', row.endedAt?.toISOString()),
  version: row.version,
  position: row.position,
  cursor: String(row.requestedPosition),
});

const toUpload = (row: UploadEntity): UploadRow => ({
  uploadId: row.uploadId,
  sha256: row.sha256,
  bytes: row.bytes,
  name: row.name,
  actor: row.actor,
  times: row.times,
  firstAt: row.firstAt.toISOString(),
  lastAt: row.lastAt.toISOString(),
  cursor: String(row.firstPosition),
});

const toDatabase = (row: KnownDatabaseEntity): DatabaseRow => ({
  name: row.name,
  server: row.server,
  ...present('databaseId', row.databaseId),
  ...present('systemIdentifier', row.systemIdentifier),
  ...present('oid', row.oid),
  registeredAt: row.registeredAt.toISOString(),
  cursor: String(row.firstPosition),
});

const limitOf = ({ first = 50 }: PageRequest): number => {
  if (!Number.isInteger(first) || first < 1) throw new Refusal('PAGE_INVALID', '`first` is a whole number from 1 on.');
  return Math.min(first, largestPage);
};

const positionOf = (cursor: string): number => {
  if (!/^[0-9]{1,15}$/.test(cursor)) throw new Refusal('CURSOR_INVALID', 'Take the cursor from an earlier page.');
  return Number(cursor);
};

const page = <Row extends { readonly cursor: string }>(rows: readonly Row[], limit: number): Page<Row> => {
  const shown = rows.slice(0, limit);
  return { rows: shown, hasNextPage: rows.length > limit, endCursor: shown.at(-1)?.cursor };
};

/** As `seesRun` says. */
const seenRuns = ({ databases, tables, actor }: View): FilterQuery<RunStateEntity>[] => [
  ...(databases === 'all' ? [] : [{ databaseName: { $in: [...databases] } }]),
  ...(tables === 'all' ? [] : [{ $or: [{ actor }, { $and: [{ tables: { $contained: [...tables] } }, { tables: { $ne: [] } }] }] }]),
];

export const findRun = async (orm: MikroORM, runId: string): Promise<RunRow | undefined> => {
  const row = await orm.em.fork().findOne(RunState, { runId });
  return row === null ? undefined : toRun(row);
};

export const listRuns = async (orm: MikroORM, filter: RunFilter = {}, request: PageRequest = {}): Promise<Page<RunRow>> => {
  const limit = limitOf(request);
  const where: FilterQuery<RunStateEntity>[] = [
    { ...present('actor', filter.actor), ...present('kind', filter.kind), ...present('databaseName', filter.database), ...present('upload', filter.upload) },
    ...(filter.states === undefined ? [] : [{ state: { $in: [...filter.states] } }]),
    ...(filter.table === undefined ? [] : [{ tables: { $contains: [filter.table] } }]),
    ...(filter.from === undefined ? [] : [{ requestedAt: { $gte: new Date(filter.from) } }]),
    ...(filter.until === undefined ? [] : [{ requestedAt: { $lt: new Date(filter.until) } }]),
    ...(filter.view === undefined ? [] : seenRuns(filter.view)),
    ...(request.after === undefined ? [] : [{ requestedPosition: { $lt: positionOf(request.after) } }]),
  ];
  const rows = await orm.em.fork().find(RunState, { $and: where }, { orderBy: { requestedPosition: 'desc' }, limit: limit + 1 });
  return page(rows.map(toRun), limit);
};

export const findUploadRow = async (orm: MikroORM, which: { readonly uploadId: string } | { readonly sha256: string }): Promise<UploadRow | undefined> => {
  const row = await orm.em.fork().findOne(Upload, which);
  return row === null ? undefined : toUpload(row);
};

export const listUploads = async (orm: MikroORM, filter: { readonly actor?: string } = {}, request: PageRequest = {}): Promise<Page<UploadRow>> => {
  const limit = limitOf(request);
  const after = request.after === undefined ? {} : { firstPosition: { $lt: positionOf(request.after) } };
  const rows = await orm.em.fork().find(Upload, { ...present('actor', filter.actor), ...after }, { orderBy: { firstPosition: 'desc' }, limit: limit + 1 });
  return page(rows.map(toUpload), limit);
};

export const findDatabaseRow = async (orm: MikroORM, name: string): Promise<DatabaseRow | undefined> => {
  const row = await orm.em.fork().findOne(KnownDatabase, { name });
  return row === null ? undefined : toDatabase(row);
};

export const listDatabases = async (
  orm: MikroORM,
  request: PageRequest = {},
  filter: { readonly names?: readonly string[] } = {},
): Promise<Page<DatabaseRow>> => {
  const limit = limitOf(request);
  const after = request.after === undefined ? {} : { firstPosition: { $lt: positionOf(request.after) } };
  const named = filter.names === undefined ? {} : { name: { $in: [...filter.names] } };
  const rows = await orm.em.fork().find(KnownDatabase, { ...named, ...after }, { orderBy: { firstPosition: 'desc' }, limit: limit + 1 });
  return page(rows.map(toDatabase), limit);
};
