import { tableId } from '../../../domain/catalogue/catalogue.ts';
import type { Issue } from '../../../domain/issue.ts';
import type { Progress } from '../../../domain/run/run.ts';
import { loadId, type Load, type Staged } from '../../../engine/load.ts';
import { dropStage, isBadValue, prepareStaging, stageTable, stageTableAsText } from '../../../engine/stage/stage.ts';
import type { ArchivePart, OpenArchive } from '../../../infra/archive/read-archive.ts';
import type { Session } from '../../../infra/postgres/session.ts';

/**
 * The whole archive into staging tables, in one pass; tables with a bad cell get a second one as text. The archive's own
 * counts and hashes are checked at its end, so nothing is planned from a part that is not what was exported.
 */
export type StageArchive = {
  readonly session: Session;
  readonly serverVersion: number;
  readonly loads: readonly Load[];
  readonly open: () => Promise<OpenArchive>;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** What the reader itself had to say, at the end. */
  readonly said: (said: Said) => void;
};

export type Said = { readonly notes: readonly string[]; readonly issues: readonly Issue[] };

export const stageArchive = async (input: StageArchive): Promise<readonly Staged[]> => {
  await prepareStaging(input.session);
  const byTable = new Map(input.loads.map((load) => [loadId(load), load]));
  const staged = new Map<number, Staged>();
  const failed = new Set<number>();
  await eachPart(input, async (part) => {
    const load = byTable.get(tableId(part.table));
    if (load === undefined) return drain(part);
    try {
      staged.set(load.index, await stageTable(input.session, load, untilFault(part)));
    } catch (error) {
      if (!isBadValue(error) && !hasFaults(part)) throw error;
      failed.add(load.index);
    }
  });
  if (failed.size > 0) {
    await eachPart(input, async (part) => {
      const load = byTable.get(tableId(part.table));
      if (load === undefined || !failed.has(load.index)) return drain(part);
      await dropStage(input.session, load);
      staged.set(load.index, await stageTableAsText(input.session, load, part, input.serverVersion));
    });
  }
  return input.loads.map((load) => staged.get(load.index) ?? { rows: 0, bad: 0, asText: false });
};

const hasFaults = (part: ArchivePart): boolean => (part.faults?.().length ?? 0) > 0;

/** The first row that the reader finds fault with ends the first pass: the second one stages everything anew. */
async function* untilFault(part: ArchivePart): AsyncGenerator<Buffer> {
  for await (const chunk of part.data) {
    if (hasFaults(part)) break;
    yield chunk;
  }
  if (hasFaults(part)) throw new RowsAtFault();
}

class RowsAtFault extends Error {}

const drain = async (part: ArchivePart): Promise<void> => {
  for await (const chunk of part.data) void chunk;
};

const eachPart = async ({ open, signal, progress, loads, said }: StageArchive, work: (part: ArchivePart) => Promise<void>): Promise<void> => {
  const archive = await open();
  let tablesDone = 0;
  let current = '';
  let rowsBefore = 0;
  let rowsNow = (): number => 0;
  const tick = setInterval(
    () =>
      progress({
        phase: 'staging',
        ...(current === '' ? {} : { table: current }),
        tablesDone,
        tablesTotal: loads.length,
        rows: rowsBefore + rowsNow(),
        bytes: archive.bytesRead(),
        bytesTotal: archive.bytesTotal,
      }),
    100,
  );
  try {
    for await (const part of archive.parts()) {
      signal.throwIfAborted();
      current = tableId(part.table);
      rowsNow = () => part.rows();
      await work(part);
      tablesDone += 1;
      rowsBefore += part.rows();
      rowsNow = () => 0;
    }
    said({ notes: archive.notes(), issues: archive.issues() });
  } finally {
    clearInterval(tick);
    await archive.close();
  }
};
