import { expect, test } from 'vitest';
import { guardDeletes } from '../../../src/domain/merge/delete-guard.ts';
import { Refusal } from '../../../src/domain/refusal.ts';
import type { DeleteGuard } from '../../../src/domain/run/run.ts';

const refusalOf = (deletes: number, rows: number, maxDeletes: DeleteGuard['maxDeletes']): Refusal | undefined => {
  try {
    guardDeletes([{ table: 'public.book', deletes, rows }], { maxDeletes });
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
};

test.each<[deletes: number, rows: number, maxDeletes: DeleteGuard['maxDeletes'], guarded: boolean]>([
  [0, 0, 10, false],
  [0, 100, 0, false],
  [10, 11, 10, false],
  [11, 110, 10, false],
  [11, 109, 10, true],
  [50, 100, 50, false],
  [51, 100, 50, true],
  [1, 1, 10, true],
  [1, 1, 100, true],
  [99, 100, 100, false],
  [100, 100, 'any', false],
])('%i deletes of %i rows with at most %s: guarded %s', (deletes, rows, maxDeletes, guarded) => {
  expect(refusalOf(deletes, rows, maxDeletes) !== undefined).toBe(guarded);
});

test('names the tables, the counts and what to say', () => {
  const refusal = refusalOf(300, 1000, 10);
  expect(refusal?.code).toBe('DELETES_GUARDED');
  expect(refusal?.message).toContain('300 of 1000 rows of public.book');
  expect(refusal?.message).toContain('--max-deletes 30');
  expect(refusal?.details).toEqual({ tables: [{ table: 'public.book', deletes: 300, rows: 1000 }], maxDeletes: 10 });
});

test('a table that would be emptied wants the word any', () => {
  expect(refusalOf(5, 5, 100)?.message).toMatch(/all 5 rows of public\.book.*--max-deletes any/);
});
