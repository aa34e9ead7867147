import { describe, expect, test } from 'vitest';
import { aboutRun } from '../../src/cli/print-run.ts';
import { questionsOf } from '../../src/cli/resolve-by-hand.ts';
import type { DiffCell, DiffRow } from '../../src/cli/row-diff.ts';
import { changesOf } from '../../src/cli/write-run.ts';
import { noVerdicts, type VerdictCounts } from '../../src/domain/run/run.ts';

const changes = (counts: Partial<VerdictCounts>): string => changesOf({ tables: [{ table: 'public.a', ids: 'REMAP', counts: { ...noVerdicts, ...counts } }] });

test('the question says what would change, and no more', () => {
  expect(changes({ insert: 4, update: 1, delete: 2, same: 9 })).toBe('insert 4, update 1 and delete 2 rows');
  expect(changes({ insert: 4, delete: 2 })).toBe('insert 4 and delete 2 rows');
  expect(changes({ update: 1 })).toBe('update 1 row');
  expect(changes({ update: 11 })).toBe('update 11 rows');
  expect(changes({ same: 9, keep: 1 })).toBe('change no row');
});

test('a rollback is named by the run that it takes back', () => {
  const run = { kind: 'ROLLBACK', fileName: null, databaseName: 'shop', rolledBack: { runId: '01K', kind: 'MERGE', fileName: 'dev.tar.zst' } } as const;
  expect(aboutRun(run)).toBe('takes back run 01K (merge of dev.tar.zst) in shop');
  expect(aboutRun({ ...run, kind: 'MERGE', fileName: 'dev.tar.zst', rolledBack: null })).toBe('dev.tar.zst into shop');
  expect(aboutRun({ ...run, kind: 'EXPORT', rolledBack: null })).toBe('from shop');
});

describe('what is asked of a conflict', () => {
  const cell = (change: Partial<DiffCell>): DiffCell => ({
    column: 'name',
    base: 'Ada',
    baseKnown: true,
    current: 'Ada L.',
    incoming: 'Ada B.',
    outcome: 'CLASH',
    resolution: null,
    ...change,
  });
  const row: DiffRow = { table: 'public.person', row: 'ada', verdict: 'CONFLICT', deletedBy: null, resolution: null, cells: [] };

  test('each cell that both sides changed and nobody has decided', () => {
    const cells = [cell({}), cell({ column: 'city', outcome: 'INCOMING' }), cell({ column: 'note', resolution: 'CURRENT' })];
    expect(questionsOf({ ...row, cells }, 'MERGE')).toEqual([
      {
        resolution: { table: 'public.person', row: 'ada', column: 'name' },
        message: 'name of ada in public.person, once Ada',
        choices: { CURRENT: 'keep what is here: Ada L.', INCOMING: 'take what arrives: Ada B.' },
      },
    ]);
  });

  test('a rollback puts back what the run had found', () => {
    expect(questionsOf({ ...row, cells: [cell({})] }, 'ROLLBACK')[0]?.choices.INCOMING).toBe('put it back: Ada B.');
  });

  test('a row that one side deleted is one question, however many cells the other changed', () => {
    const deleted: DiffRow = { ...row, deletedBy: 'INCOMING', cells: [cell({}), cell({ column: 'city' })] };
    expect(questionsOf(deleted, 'MERGE').map(({ resolution, choices }) => [resolution, choices])).toEqual([
      [
        { table: 'public.person', row: 'ada' },
        { CURRENT: 'keep what is here: the row', INCOMING: 'take what arrives: no row' },
      ],
    ]);
    expect(questionsOf({ ...deleted, resolution: 'CURRENT' }, 'MERGE')).toEqual([]);
  });
});
