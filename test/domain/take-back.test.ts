import { expect, test } from 'vitest';
import type { RunEvent } from '../../src/domain/run/events.ts';
import { runFrom } from '../../src/domain/run/evolve.ts';
import type { ImportInput, PlanSummary, RollbackInput, WriteResult } from '../../src/domain/run/run.ts';
import { checkTakeBack, type Afterwards } from '../../src/domain/run/take-back.ts';

const imported: ImportInput = {
  upload: 'a'.repeat(64),
  fileName: 'a.tar.zst',
  database: 'shop',
  onError: 'reject-all',
  exclusive: false,
  rebuild: 'auto',
  approval: 'none',
};
const input: RollbackInput = { run: 'R1', database: 'shop', exclusive: false, approval: 'none', onConflict: 'current', maxDeletes: 'any' };
const plan: PlanSummary = { planHash: 'h', catalogueFingerprint: 'f', tables: [], issues: [], notes: [] };
const result: WriteResult = { kind: 'import', plan, tables: [], rejected: 0, seconds: 1, notes: [] };
const completed: readonly RunEvent[] = [
  { type: 'RunStarted', data: { attempt: 1, worker: 'w' } },
  { type: 'RunCompleted', data: result },
];
const untouched: Afterwards = { takenBackBy: undefined, lost: false };

const verdictOn = (history: readonly RunEvent[], asked: RollbackInput = input, afterwards: Afterwards = untouched): string => {
  try {
    checkTakeBack(runFrom(history), asked, afterwards);
    return 'possible';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
};

const written: readonly RunEvent[] = [
  { type: 'ImportRequested', data: imported },
  { type: 'MergeRequested', data: { ...imported, base: 'auto', onConflict: 'fail', deletes: false, maxDeletes: 10 } },
  { type: 'ReplaceRequested', data: { ...imported, maxDeletes: 10 } },
  { type: 'RollbackRequested', data: { ...input, run: 'R0' } },
];

test.each(written.map((asked) => [asked.type, asked] as const))('what began with %s and was completed can be taken back', (_type, asked) => {
  expect(verdictOn([asked, ...completed])).toBe('possible');
});

test('an export or a replay cannot be taken back', () => {
  expect(verdictOn([{ type: 'ExportRequested', data: { database: 'shop', compression: 'zstd', recipients: [] } }, ...completed])).toMatch(
    'ROLLBACK_NOT_POSSIBLE: Run R1 is an export,',
  );
  expect(verdictOn([{ type: 'ReplayRequested', data: { database: 'shop', of: 'shop' } }, ...completed])).toMatch('Run R1 is a replay,');
});

test('a run that is not completed has nothing to take back', () => {
  expect(verdictOn(written.slice(0, 1))).toMatch('ROLLBACK_NOT_POSSIBLE: Run R1 is requested:');
});

test('a run of another database is not taken back in this one', () => {
  expect(verdictOn([...written.slice(0, 1), ...completed], { ...input, database: 'copy' })).toMatch('was made on shop, not on copy');
});

test('a run is taken back once, and the refusal says how to have it again', () => {
  expect(verdictOn([...written.slice(0, 1), ...completed], input, { ...untouched, takenBackBy: 'R2' })).toMatch(
    'taken back already by run R2. To have it again',
  );
});

test('what a restored database has lost cannot be taken back', () => {
  expect(verdictOn([...written.slice(0, 1), ...completed], input, { ...untouched, lost: true })).toMatch('Run R1 is lost');
});

test('a run that does not exist is unknown', () => {
  expect(verdictOn([])).toMatch('RUN_UNKNOWN');
});
