import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { RowChange, WriteResult } from '../../src/domain/run/run.ts';
import type { Arena } from './arena.ts';
import type { EngineRig, Imported } from './engine.ts';
import { verdictsOf } from './two-databases.ts';

/** The result of a run that must have been completed. */
export const completed = ({ outcome }: Imported): WriteResult => {
  if (outcome.state !== 'completed' || outcome.result.kind === 'export' || outcome.result.kind === 'replay')
    throw new Error(`The run ended as ${outcome.state}: ${JSON.stringify(outcome, undefined, 1)}`);
  return outcome.result;
};

export const refusalOf = ({ outcome }: Imported): string => (outcome.state === 'refused' ? `${outcome.code}: ${outcome.message}` : outcome.state);

/** The row file of the last plan, as short lines. */
export const rowLines = async (rig: EngineRig, { plans }: Imported): Promise<readonly string[]> => {
  const file = plans.at(-1)?.rowFile;
  if (file === undefined) return [];
  const text = await readFile(rig.blobs.path(file.sha256), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { table, row, verdict, cells } = JSON.parse(line) as RowChange;
      return `${table} ${row} ${verdict} ${cells.map(({ column, current, incoming, outcome }) => `${column}: ${current ?? 'NULL'} -> ${incoming ?? 'NULL'} ${outcome}`).join('; ')}`.trimEnd();
    });
};

type Kind = 'import' | 'merge' | 'replace';
type Options = Parameters<Arena['write']>[3];

/** One table and rows for both sides: one arrives, one changes, one is only in the target. */
export const item = `create table item (id int primary key, name text not null unique, size text, note text)`;
export const itemRows = {
  source: `insert into item values (1, 'a', '10', 'n'), (2, 'b', '20', 'n')`,
  target: `insert into item values (2, 'b', '19', 'old'), (3, 'c', '30', null)`,
};

export type Undoing = {
  /** Takes the source in; gives the run. */
  run(kind: Kind, options?: Options): Promise<string>;
  /** Verdicts of taking it back. */
  undo(runId: string, options?: Parameters<Arena['rollback']>[2]): Promise<readonly string[]>;
  /** Every row of every table of the user, as text. */
  everything(): Promise<readonly unknown[]>;
  /** A run, its rollback, the rollback of that, and once more: the database is each time as it was. */
  comesBack(kind: Kind, options?: Options): Promise<void>;
};

export const undoing = (arena: Arena): Undoing => {
  const run: Undoing['run'] = async (kind, options = {}) => {
    const done = await arena.write(kind, arena.target, await arena.export(arena.source), { base: 'none', maxDeletes: 'any', ...options });
    completed(done);
    return done.runId;
  };
  const everything: Undoing['everything'] = () =>
    arena.inTarget(`select c.relname, x.line from pg_class c join pg_namespace n on n.oid = relnamespace,
    lateral (select unnest(xpath('/table/row', query_to_xml(format('select t::text as t from %I.%I t order by 1', nspname, relname), true, false, '')))::text as line) x
    where nspname not like 'pg_%' and nspname not in ('information_schema', 'waybill') and relkind in ('r', 'p') and not relispartition order by 1, 2`);
  const takenBack = async (runId: string): Promise<string> => {
    const back = await arena.rollback(arena.target, runId);
    expect(completed(back).rejected).toBe(0);
    return back.runId;
  };
  return {
    run,
    everything,
    undo: async (runId, options = {}) => verdictsOf(completed(await arena.rollback(arena.target, runId, options)).tables),
    comesBack: async (kind, options = {}) => {
      const before = await everything();
      const runId = await run(kind, options);
      const after = await everything();
      expect(after).not.toEqual(before);
      const back = await takenBack(runId);
      expect(await everything()).toEqual(before);
      const again = await takenBack(back);
      expect(await everything()).toEqual(after);
      await takenBack(again);
      expect(await everything()).toEqual(before);
    },
  };
};
