import { Refusal } from '../../../domain/refusal.ts';
import type { ReplayInput, WriteResult } from '../../../domain/run/run.ts';
import { openArchive } from '../../../infra/archive/read-archive.ts';
import type { Manifest } from '../../../infra/archive/manifest.ts';
import { chooseRuns, filesOf, notIn, type History, type RecordedRun } from './replay-history.ts';
import { fromSuffix, type TargetMarker } from './replay-marker.ts';
import type { Found, RunToReplay } from './replay-run.ts';
import type { Replaying } from './replaying.ts';

/** Which runs a replay has to do, which it or an earlier one did already, and what forbids it. */
export type Schedule = {
  /** Runs of the log, in their order, done or not. */
  readonly runs: readonly RecordedRun[];
  readonly next: readonly RunToReplay[];
  /** What was found when those that are done were replayed. */
  readonly before: ReadonlyMap<string, Found>;
  readonly notes: readonly string[];
};

/** Not by its name: a database that was lost is made anew, and filled, under the name that it had. */
export const refuseItself = ({ database, of }: ReplayInput, { writers }: History, ownId: string | undefined): void => {
  if (ownId === undefined || !writers.has(ownId)) return;
  throw new Refusal('REPLAY_INTO_ITSELF', `${database} is the database whose runs these are. Replay into an empty, migrated database of its own.`, {
    database,
    of,
  });
};

export const scheduleReplay = async (replaying: Replaying, around: Around): Promise<Schedule> => {
  const { input, history, markers } = around;
  const applied = new Map(markers.map((marker) => [marker.run, marker]));
  const base = await findBase(replaying, around);
  const chosen = chooseRuns(history, input);
  const runs = base === undefined ? chosen : notIn(chosen, base.manifest);
  refuseOthers(replaying, input, { markers, history });
  const next = runs.filter(({ run }) => !applied.has(run));
  refuseDisorder(history, next, applied);
  if (runs.length === 0 && base === undefined)
    throw new Refusal('NOTHING_TO_REPLAY', `The log has no completed run on ${input.of} that fits. List its runs to see what there is.`, { of: input.of });
  await refuseMissing(replaying, next);
  return {
    runs,
    next: [...(base?.isDone === false ? [base.load] : []), ...next.map(toReplay)],
    before: new Map(markers.flatMap(({ run, replayed }) => (replayed === null ? [] : [[run, replayed] as const]))),
    notes:
      base === undefined
        ? []
        : [`The full export ${base.sha256.slice(0, 12)}... of ${base.manifest.metadata.timestamp} stands in for ${chosen.length - runs.length} earlier runs`],
  };
};

const toReplay = ({ run, input, result, databaseId }: RecordedRun): RunToReplay => ({
  run,
  archive:
    result.kind === 'rollback' || input.upload === undefined
      ? undefined
      : { upload: input.upload, ...(input.file === undefined ? {} : { file: input.file }), ...(input.tables === undefined ? {} : { tables: input.tables }) },
  ledgerFile: result.ledgerFile,
  result: result.tables,
  databaseId,
  takenBack: result.rolledBack,
  planHash: result.plan.planHash,
  summary: result,
});

type Base = { readonly sha256: string; readonly manifest: Manifest; readonly isDone: boolean; readonly load: RunToReplay };
type Around = { readonly input: ReplayInput; readonly history: History; readonly markers: readonly TargetMarker[] };

/** The full export that stands in for the runs before it: the given one, or the one with which this database began. */
const findBase = async (replaying: Replaying, { input, history, markers }: Around): Promise<Base | undefined> => {
  const begun = markers.find(({ run }) => run.endsWith(fromSuffix));
  const sha256 = input.from ?? begun?.upload ?? undefined;
  if (sha256 === undefined) return undefined;
  if (begun !== undefined && begun.upload !== sha256)
    throw new Refusal('REPLAY_BEGAN_OTHERWISE', 'This database began with another full export. Replay into an empty one, or leave out --from.', {
      began: begun.upload,
    });
  if (begun === undefined && markers.length > 0)
    throw new Refusal(
      'TARGET_HAS_RUNS',
      'Runs were applied to this database already, so no full export can come before them. Replay into an empty, migrated database.',
      {
        runs: markers.map(({ run }) => run).slice(0, 20),
      },
    );
  const manifest = await manifestOf(replaying, sha256);
  refuseUnfit(manifest, history, input);
  const summary: Pick<WriteResult, 'kind' | 'archive'> = {
    kind: 'import',
    archive: { sha256, databaseId: manifest.source.databaseId, ...(manifest.lineage.run === undefined ? {} : { run: manifest.lineage.run }) },
  };
  const load: RunToReplay = {
    run: `${replaying.own.runId}${fromSuffix}`,
    archive: { upload: sha256 },
    ledgerFile: undefined,
    result: undefined,
    databaseId: undefined,
    takenBack: undefined,
    planHash: sha256,
    summary,
  };
  return { sha256, manifest, isDone: begun !== undefined, load };
};

const manifestOf = async ({ blobs, identities, limits, target }: Replaying, sha256: string): Promise<Manifest> => {
  if (!(await blobs.has(sha256)))
    throw new Refusal('FILES_MISSING', `The full export ${sha256.slice(0, 12)}... is not in the blob store. Upload it again.`, { missing: [sha256] });
  const archive = await openArchive(blobs.path(sha256), { identities, limits, targetCatalogue: target.keyed });
  await archive.close();
  return archive.manifest;
};

const refuseUnfit = ({ complete, source }: Manifest, { databaseIds }: History, { of }: ReplayInput): void => {
  if (!complete)
    throw new Refusal('EXPORT_NOT_COMPLETE', 'The archive holds only some tables, so it cannot stand in for the runs before it. Export all of them.');
  if (!databaseIds.has(source.databaseId))
    throw new Refusal('EXPORT_OF_OTHER_DATABASE', `The archive was exported from ${source.name} (${source.databaseId}), which is not ${of}.`, {
      source: source.databaseId,
    });
};

/** A database that others have written is not the empty one that a replay fills. */
const refuseOthers = ({ own }: Replaying, { database, of }: ReplayInput, { markers, history }: Pick<Around, 'markers' | 'history'>): void => {
  const known = new Set(history.runs.map(({ run }) => run));
  const others = markers.filter(({ run, kind }) => !known.has(run) && run !== own.runId && kind !== 'replay' && !run.endsWith(fromSuffix));
  if (others.length === 0) return;
  throw new Refusal(
    'TARGET_HAS_RUNS',
    `${database} was written by ${others.length} runs that are none of ${of}: ${others
      .slice(0, 5)
      .map(({ run }) => run)
      .join(', ')}. Replay into an empty, migrated database.`,
    { runs: others.map(({ run }) => run).slice(0, 20) },
  );
};

/** A run that comes after a later one would find rows that it did not find then. */
const refuseDisorder = (history: History, next: readonly RecordedRun[], applied: ReadonlyMap<string, TargetMarker>): void => {
  const last = history.runs.findLastIndex(({ run }) => applied.has(run));
  const late = next.filter((run) => history.runs.indexOf(run) < last);
  const [first] = late;
  if (first === undefined) return;
  throw new Refusal(
    'REPLAY_OUT_OF_ORDER',
    `Run ${first.run} comes before ${history.runs[last]?.run}, which this database has already. Replay into an empty, migrated database.`,
    { runs: late.map(({ run }) => run) },
  );
};

/** All of them before anything is written; the newest gap says from where on a full export would do. */
const refuseMissing = async ({ blobs }: Replaying, next: readonly RecordedRun[]): Promise<void> => {
  const missing: { readonly run: RecordedRun; readonly file: string }[] = [];
  for (const run of next) for (const file of filesOf(run)) if (!(await blobs.has(file))) missing.push({ run, file });
  const last = missing.at(-1);
  if (last === undefined) return;
  const { run, position } = last.run;
  throw new Refusal(
    'FILES_MISSING',
    `Files of ${new Set(missing.map((gap) => gap.run.run)).size} runs are not in the blob store any more, the last of them of run ${run} (position ${position}). Replay is possible from position ${position + 1} on, onto a full export that was made after it (--from), or with the files restored from a backup.`,
    { possibleAfter: position, missing: missing.slice(0, 20).map((gap) => ({ run: gap.run.run, position: gap.run.position, sha256: gap.file })) },
  );
};
