import { tableId } from '../../../domain/catalogue/catalogue.ts';
import { referenceGraph } from '../../../domain/catalogue/reference-graph.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { FileFormat, TablePlan, Verdict } from '../../../domain/run/run.ts';
import { insertRows, mapRows, type Apply } from '../../../engine/apply/apply.ts';
import { dropForLoad, rebuild, type Dropped } from '../../../engine/apply/fast-load.ts';
import type { OriginMatch } from '../../../engine/companion.sql.ts';
import { decideIds, firesOnInsert, type Ids } from '../../../engine/ids.ts';
import { recordedLater, recordProvenance } from '../../../engine/ledger/ledger.sql.ts';
import { loadId, type Load, type Staged } from '../../../engine/load.ts';
import type { Arriving } from '../../../engine/replay/change.sql.ts';
import { makeRoom, noteForeign, unfoldNamed } from '../../../engine/replay/foreign.ts';
import { pairRows, type Paired } from '../../../engine/replay/pair.ts';
import { refuseUnresolved } from '../../../engine/replay/references.ts';
import type { RecordedRows, RunRecord } from '../../../engine/replay/record.ts';
import { settle } from '../../../engine/replay/settle.ts';
import { isEmptyTable, resolve } from '../../../engine/resolve/resolve.ts';
import { openArchive } from '../../../infra/archive/read-archive.ts';
import type { Manifest } from '../../../infra/archive/manifest.ts';
import { crashPoint } from '../../../infra/crash-point.ts';
import { sql } from '../../../infra/postgres/sql.ts';
import { fitArchive } from './open-target.ts';
import { leaveUnsettled, type Replaying } from './replaying.ts';
import { stageArchive } from './stage-archive.ts';

/**
 * The part of a run that its archive gives again: rows that were new then go in with the ids and made-up values that they got
 * then. What they refer to is found by key, as then; which rows they are is the record's word.
 */
export type ReplayedArchive = { readonly manifest: Manifest; readonly loads: readonly Load[]; readonly staged: readonly Staged[] };

export type ArchiveOfRun = {
  readonly upload: string;
  readonly file?: FileFormat;
  readonly tables?: readonly string[];
  readonly result: readonly TablePlan[] | undefined;
};

/** Ids were kept or translated then, whatever the tables look like now; a full export brings its own. */
const asRecorded = ({ unsettled }: Replaying, load: Load, result: ArchiveOfRun['result']): Load => {
  const mode = result === undefined ? 'preserve' : result.find(({ table }) => table === loadId(load))?.ids;
  const passive = [...(load.settings.passive ?? []), ...(unsettled.get(loadId(load)) ?? [])];
  const settings = { ...load.settings, ...(passive.length === 0 ? {} : { passive }) };
  return { ...load, settings: mode === 'preserve' || mode === 'remap' ? { ...settings, ids: mode } : settings };
};

export const stageForReplay = async (replaying: Replaying, run: ArchiveOfRun): Promise<ReplayedArchive> => {
  const { session, target, database, blobs, identities, limits } = replaying;
  if (!(await blobs.verify(run.upload)))
    throw new Refusal(
      'ARCHIVE_ALTERED',
      `The archive ${run.upload.slice(0, 12)}... is gone or not what the log says it was. Restore the blob folder from a backup.`,
      {
        sha256: run.upload,
      },
    );
  const open = () => openArchive(blobs.path(run.upload), { identities, limits, targetCatalogue: target.keyed, file: run.file });
  const first = await open();
  const { manifest } = first;
  await first.close();
  const fitted = await fitArchive(target, manifest, database, { tables: run.tables });
  const loads = fitted.loads.map((load) => asRecorded(replaying, load, run.result));
  const staged = await stageArchive({
    session,
    serverVersion: target.catalogue.serverVersion,
    loads,
    open,
    signal: replaying.signal,
    progress: replaying.progress,
    said: () => undefined,
  });
  return { manifest, loads, staged };
};

export type ArchiveInserts = ReplayedArchive & {
  readonly runId: string;
  readonly record: RunRecord;
  readonly databaseId: string | undefined;
  /** Tables to be loaded without their indexes. */
  readonly fast: readonly Load[];
};

type Prepared = { readonly loads: readonly Load[]; readonly ids: readonly Ids[]; readonly paired: ReadonlyMap<number, Paired>; readonly origin: OriginMatch };
/** `rows`: how many go in of each load. */
type Ready = { readonly apply: Apply; readonly paired: Prepared['paired'] };

const none: ReadonlyMap<Verdict, RecordedRows> = new Map();

/** Reads only: what is there of the archive's rows, and what is not as it was then. */
export const prepareInserts = async (replaying: Replaying, inserts: ArchiveInserts): Promise<Prepared> => {
  const { session, relations } = replaying;
  const { loads, staged, manifest, record } = inserts;
  const empty: boolean[] = [];
  for (const load of loads) empty.push(await isEmptyTable(session, load));
  const ids = decideIds(loads, empty);
  const origin: OriginMatch = { ownDatabaseId: inserts.databaseId, sourceDatabaseId: manifest.source.databaseId, provenance: relations.provenance };
  await resolve(session, loads, {
    ids,
    origin,
    verdict: (isEqual) => sql`case when ${isEqual} then 'same' else 'other' end`,
  });
  const paired = new Map<number, Paired>();
  for (const load of loads) {
    const own = ids[load.index];
    if (own === undefined) continue;
    const verdicts = record.get(loadId(load)) ?? none;
    const hasMatches = !own.empty;
    const named = await unfoldNamed(session, load, verdicts);
    const found = await pairRows({ session, load, ids: own, staged: staged[load.index] ?? noRows, inserted: verdicts.get('insert'), leftOut: named });
    if (load.role === 'write')
      await noteForeign({ session, load, hasMatches, whole: found.whole, verdicts, named, isSettled: !replaying.unsettled.has(loadId(load)) });
    paired.set(load.index, found);
  }
  return { loads, ids, paired, origin };
};

const noRows: Staged = { rows: 0, bad: 0, asText: false };

const applyOf = ({ session }: Replaying, { loads, ids, paired, origin }: Prepared): Apply => ({
  session,
  loads: loads.map((load) => withColumns(load, paired.get(load.index)?.columns)),
  ids: ids.map((own, index): Ids => {
    const found = paired.get(index);
    return found === undefined || found.whole ? own : { ...own, reserves: true, recorded: found.columns };
  }),
  origin,
  // The table of new rows says which go in; those that the target has are known by the match.
  presence: (load) => ({ match: ids[load.index]?.empty === false, reject: false }),
  inserts: (load) => paired.get(load.index)?.rows ?? 0,
});

/** Made-up values are written too, also where the archive has no such column. */
const withColumns = (load: Load, recorded: ReadonlySet<string> | undefined): Load =>
  recorded === undefined || recorded.size === 0
    ? load
    : {
        ...load,
        columns: load.target.columns.filter(
          ({ name, generated }) => generated === undefined && (recorded.has(name) || load.columns.some((column) => column.name === name)),
        ),
      };

/** After the run's own deletes. From here on every reference of a new row has its value. */
export const mapArchive = async (replaying: Replaying, prepared: Prepared): Promise<Ready> => {
  const paired = new Map(prepared.paired);
  for (const load of prepared.loads) {
    const found = paired.get(load.index);
    if (found === undefined || found.rows === 0 || prepared.ids[load.index]?.empty !== false) continue;
    paired.set(load.index, { ...found, rows: found.rows - (await makeRoom(replaying.session, load, replaying.target.keyed)) });
  }
  const apply = applyOf(replaying, { ...prepared, paired });
  await mapRows(apply);
  await refuseUnresolved(apply);
  return { apply, paired };
};

export const arrivingOf = ({ apply }: Ready): readonly Arriving[] =>
  apply.loads.filter((load) => apply.inserts(load) > 0).map((load) => ({ load, ids: apply.ids, presence: apply.presence(load) }));

export const insertFromArchive = async (replaying: Replaying, inserts: ArchiveInserts, { apply, paired }: Ready): Promise<readonly string[]> => {
  const { session, relations, signal } = replaying;
  const dropped = new Map<number, Dropped>();
  for (const load of inserts.fast.filter(({ index }) => apply.ids[index]?.empty === true)) dropped.set(load.index, await dropForLoad(session, load));
  const byTable = new Map(apply.loads.map((load) => [loadId(load), load]));
  for (const component of referenceGraph(apply.loads.map((load) => load.target)).components()) {
    signal.throwIfAborted();
    const members = component.tables.flatMap((table) => byTable.get(tableId(table)) ?? []);
    await insertRows(apply, members, () => recordedLater);
    for (const member of members) {
      const own = dropped.get(member.index);
      if (own !== undefined) await rebuild(session, own);
    }
    crashPoint('replay.component-inserted');
  }
  const notes: string[] = [];
  for (const load of apply.loads) {
    if (apply.inserts(load) === 0) continue;
    const columns = [...(paired.get(load.index)?.columns ?? [])];
    if (firesOnInsert(load) && columns.length > 0)
      notes.push(...leaveUnsettled(replaying, loadId(load), await settle(session, { load, source: 'new', columns })));
    if (load.origin !== undefined)
      await session.run(recordProvenance(load, apply.ids, apply.presence(load), { relation: relations.provenance, runId: inserts.runId }));
  }
  return notes;
};
