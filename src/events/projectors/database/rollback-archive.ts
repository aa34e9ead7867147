import { Refusal } from '../../../domain/refusal.ts';
import type { OriginMatch } from '../../../engine/companion.sql.ts';
import { decideIds } from '../../../engine/ids.ts';
import type { Load } from '../../../engine/load.ts';
import { verdictOfMatched } from '../../../engine/plan/verdict.sql.ts';
import { isEmptyTable, resolve } from '../../../engine/resolve/resolve.ts';
import type { KnownRun } from '../../../engine/undo/read-run.ts';
import { openArchive, type OpenArchive } from '../../../infra/archive/read-archive.ts';
import { fitArchive, type Target } from './open-target.ts';
import type { MatchedArchive } from './rollback-plan.ts';
import type { RollbackAttempt } from './run-rollback.ts';
import { stageArchive } from './stage-archive.ts';

/**
 * The archive of the run that is taken back, read again only where rows that it had put in were touched since: whether they
 * are nevertheless as the run left them nobody else can say. Staged before the transaction, like every archive.
 */
export type RollbackArchive = {
  readonly match: (unclear: readonly string[]) => Promise<MatchedArchive>;
  /** True when the error asked for the archive and it is staged now: try again. */
  readonly stage: (error: unknown) => Promise<boolean>;
};

/** Thrown in the transaction, which cannot stage: the next try has the archive. */
class ArchiveWanted extends Error {
  readonly tables: readonly string[];
  constructor(tables: readonly string[]) {
    super(`The archive of the run is wanted for ${tables.join(', ')}`);
    this.tables = tables;
  }
}

type Source = { readonly attempt: RollbackAttempt; readonly target: Target; readonly origin: OriginMatch; readonly known: KnownRun };
type Staged = { readonly loads: readonly Load[]; readonly tables: readonly string[]; readonly notes: readonly string[] };

export const rollbackArchive = (source: Source): RollbackArchive => {
  let staged: Staged | undefined;
  return {
    match: async (unclear) => {
      if (source.known.result.archive === undefined) return { loads: [], matched: [], notes: [] };
      // Once is enough: what became unclear since the archive was staged was touched just now.
      if (staged === undefined) throw new ArchiveWanted(unclear);
      return { loads: staged.loads, matched: await matchStaged(source, staged.loads), notes: staged.notes };
    },
    stage: async (error) => {
      if (!(error instanceof ArchiveWanted) || staged !== undefined) return false;
      staged = await stageAgain(source, error.tables);
      return true;
    },
  };
};

/** Nothing of an empty table is matched: no such table is made. */
const matchStaged = async ({ attempt, origin }: Source, loads: readonly Load[]): Promise<readonly Load[]> => {
  const { session } = attempt;
  const empty: boolean[] = [];
  for (const load of loads) empty.push(await isEmptyTable(session, load));
  await resolve(session, loads, { ids: decideIds(loads, empty), origin, verdict: (isEqual) => verdictOfMatched('replace', isEqual) });
  return loads.filter((_, position) => empty[position] === false);
};

const stageAgain = async ({ attempt, target, known }: Source, tables: readonly string[]): Promise<Staged> => {
  const { job, ports, database, session } = attempt;
  const { archive } = known.result;
  if (archive === undefined) return { loads: [], tables, notes: [] };
  attempt.phase('staging');
  const open = (): Promise<OpenArchive> =>
    openArchive(ports.blobs.path(archive.sha256), { identities: ports.identities, limits: ports.limits, targetCatalogue: target.keyed, file: archive.file });
  if (!(await ports.blobs.has(archive.sha256)))
    throw new Refusal(
      'ROLLBACK_NOT_POSSIBLE',
      `Rows of ${tables.join(', ')} were touched since run ${known.runId}, and its archive, which could tell what it had put in, is not in the blob store any more. Nothing was written.`,
      { run: known.runId, archive: archive.sha256, tables },
    );
  const first = await open();
  const { manifest } = first;
  await first.close();
  const inArchive = tables.filter((table) => manifest.tables.some(({ schema, name }) => `${schema}.${name}` === table));
  try {
    const { loads } = await fitArchive(target, manifest, database, { tables: inArchive });
    await stageArchive({
      session,
      serverVersion: target.catalogue.serverVersion,
      loads,
      open,
      signal: job.signal,
      progress: job.progress,
      said: () => undefined,
    });
    return { loads, tables, notes: [] };
  } catch (error) {
    // The tables were altered since: what the run had put in cannot be held against them, so touched rows count as changed.
    if (!(error instanceof Refusal)) throw error;
    return {
      loads: [],
      tables,
      notes: [`The archive of run ${known.runId} does not fit the tables any more (${error.message}): rows that were touched since count as changed`],
    };
  }
};
