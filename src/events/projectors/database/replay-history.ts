import { Refusal } from '../../../domain/refusal.ts';
import type { RunEvent, StoredEvent } from '../../../domain/run/events.ts';
import type { MergeInput, ReplayInput, ReplayResult, WriteInput, WriteKind, WriteResult } from '../../../domain/run/run.ts';
import { writeKinds } from '../../../domain/run/run.ts';
import type { Manifest } from '../../../infra/archive/manifest.ts';
import type { Store } from '../../store.ts';

/** What the log knows of the runs that wrote one database, in the order in which they wrote it. */
export type RecordedRun = {
  readonly run: string;
  readonly kind: WriteKind;
  /** Of its completion. */
  readonly position: number;
  readonly at: string;
  readonly input: WriteInput & Partial<Pick<MergeInput, 'upload' | 'tables' | 'file'>>;
  readonly result: WriteResult;
  /** The id that the database had then: rows whose origin it is came home. */
  readonly databaseId: string | undefined;
};

export type History = {
  readonly runs: readonly RecordedRun[];
  readonly databaseIds: ReadonlySet<string>;
  /** Ids under which it was written. */ readonly writers: ReadonlySet<string>;
};

type Requested = { readonly kind: WriteKind | 'replay'; readonly input: RecordedRun['input'] };
type Pending = Requested & { readonly planned?: number };

const kindOfRequest: Partial<Record<StoredEvent['event']['type'], Requested['kind']>> = {
  ImportRequested: 'import',
  MergeRequested: 'merge',
  ReplaceRequested: 'replace',
  RollbackRequested: 'rollback',
  ReplayRequested: 'replay',
};
const types = [...Object.keys(kindOfRequest), 'RunPlanned', 'PlanApproved', 'RunCompleted', 'DatabaseIdentified', 'DatabaseRestored'];
const page = 500;

type Reading = {
  readonly ownReplays: ReadonlySet<string>;
  readonly pending: Map<string, Pending>;
  /** Runs by id, whatever their database: a replayed database has those of another. */
  readonly known: Map<string, RecordedRun>;
  readonly found: { readonly run: RecordedRun; readonly order: number }[];
  readonly lost: Set<string>;
  readonly databaseIds: Set<string>;
  readonly writers: Set<string>;
  latestId: string | undefined;
};

/**
 * Runs on one database take turns, but their completions may reach the log in another order: a worker that died after COMMIT
 * is spoken for later. A plan that did not wait for approval was told under the lock, so its position is the order.
 *
 * `ownReplays`: replays that the database to be filled has behind it. What goes on from them is not begun anew by them.
 */
export const readHistory = async (events: Store['events'], database: string, ownReplays: ReadonlySet<string>): Promise<History> => {
  const reading: Reading = {
    ownReplays,
    pending: new Map(),
    known: new Map(),
    found: [],
    lost: new Set(),
    databaseIds: new Set(),
    writers: new Set(),
    latestId: undefined,
  };
  for (let after = 0; ;) {
    const some = await events({ after, limit: page, types });
    for (const event of some) take(reading, event, database);
    const last = some.at(-1);
    if (last === undefined) break;
    after = last.position;
  }
  const runs = reading.found.toSorted((left, right) => left.order - right.order).map(({ run }) => run);
  return { runs: runs.filter(({ run }) => !reading.lost.has(run)), databaseIds: reading.databaseIds, writers: reading.writers };
};

const runOf = (stream: string): string => stream.replace(/^run-/, '');

const take = (reading: Reading, stored: StoredEvent, database: string): void => {
  const { event } = stored;
  const kind = kindOfRequest[event.type];
  if (kind !== undefined) {
    reading.pending.set(runOf(stored.stream), { kind, input: (event as Extract<RunEvent, { type: 'ImportRequested' }>).data });
    return;
  }
  switch (event.type) {
    case 'DatabaseIdentified':
      if (event.data.name !== database) return;
      reading.latestId = event.data.databaseId;
      reading.databaseIds.add(event.data.databaseId);
      return;
    case 'DatabaseRestored':
      if (event.data.name === database) for (const run of event.data.lostRuns) reading.lost.add(run);
      return;
    case 'RunPlanned':
      return notePlan(reading, stored.stream, stored.position);
    case 'PlanApproved':
      return notePlan(reading, stored.stream, undefined);
    case 'RunCompleted':
      return complete(reading, stored, database);
    default:
  }
};

/** A plan that waited was made long before the rows were written: its approval takes the place back. */
const notePlan = (reading: Reading, stream: string, planned: number | undefined): void => {
  const pending = reading.pending.get(runOf(stream));
  if (pending === undefined) return;
  const { kind, input } = pending;
  reading.pending.set(runOf(stream), { kind, input, ...(planned === undefined || input.approval === 'required' ? {} : { planned }) });
};

const isWrite = (result: { readonly kind: string }): result is WriteResult => writeKinds.some((kind) => kind === result.kind);

const complete = (reading: Reading, stored: StoredEvent, database: string): void => {
  const run = runOf(stored.stream);
  const pending = reading.pending.get(run);
  reading.pending.delete(run);
  if (pending === undefined || stored.event.type !== 'RunCompleted') return;
  const result = stored.event.data;
  const order = pending.planned ?? stored.position;
  if (result.kind === 'replay') {
    if (pending.input.database === database && !reading.ownReplays.has(run)) takeReplayed(reading, result, order);
    return;
  }
  if (!isWrite(result)) return;
  const recorded: RecordedRun = {
    run,
    kind: result.kind,
    position: stored.position,
    at: stored.at,
    input: pending.input,
    result,
    databaseId: pending.input.database === database ? reading.latestId : undefined,
  };
  reading.known.set(run, recorded);
  if (pending.input.database !== database) return;
  reading.found.push({ run: recorded, order });
  if (recorded.databaseId !== undefined) reading.writers.add(recorded.databaseId);
};

/** A database that was itself made by a replay has the runs that were replayed, and no other ones of before. */
const takeReplayed = (reading: Reading, result: ReplayResult, order: number): void => {
  const found = result.runs.flatMap(({ run }, place) => {
    const known = reading.known.get(run);
    return known === undefined ? [] : [{ run: known, order: order + (place + 1) / (result.runs.length + 2) }];
  });
  reading.found.splice(0, reading.found.length, ...found);
};

/** Runs up to a position or time, or the chosen ones, in the order in which they wrote. */
export const chooseRuns = ({ runs }: History, { until, runs: chosen, of }: ReplayInput): readonly RecordedRun[] => {
  const unknown = (chosen ?? []).filter((wanted) => runs.every(({ run }) => run !== wanted));
  if (unknown.length > 0)
    throw new Refusal('RUN_NOT_REPLAYABLE', `${unknown.join(', ')}: the log has no such completed run that wrote ${of}. List its runs to find them.`, {
      runs: unknown,
    });
  return runs.filter(
    ({ run, position, at }) =>
      (chosen === undefined || chosen.includes(run)) &&
      (until === undefined || ('position' in until ? position <= until.position : Date.parse(at) <= Date.parse(until.at))),
  );
};

/** What a full export holds already: the runs that it lists, or, where it lists only some, those that were completed before. */
export const notIn = (runs: readonly RecordedRun[], { lineage, metadata }: Manifest): readonly RecordedRun[] => {
  const listed = new Set([...lineage.tookIn.map(({ run }) => run), ...(lineage.otherRuns ?? [])]);
  return runs.filter(({ run, at }) => !listed.has(run) && (lineage.otherRuns !== undefined || Date.parse(at) >= Date.parse(metadata.timestamp)));
};

/** Files that a run cannot be done again without. */
export const filesOf = ({ input, result }: RecordedRun): readonly string[] => [
  ...(input.upload === undefined ? [] : [input.upload]),
  ...(result.ledgerFile === undefined ? [] : [result.ledgerFile.sha256]),
];
