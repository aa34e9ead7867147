import { expect, test } from 'vitest';
import { auditHead, auditLines, type AuditedRun } from '../../src/cli/audit-csv.ts';

const counts = { insert: 1, update: 2, same: 3, keep: 4, delete: 5, conflict: 6, blocked: 7 };
const run = (change: Partial<AuditedRun>): AuditedRun => ({
  runId: '01K',
  kind: 'MERGE',
  state: 'COMPLETED',
  databaseName: 'shop',
  fileName: 'dev.tar.zst',
  upload: { sha256: 'ab' },
  actor: 'ada',
  client: 'cli',
  requestedAt: '2026-11-21T09:00:00.000Z',
  endedAt: '2026-11-21T09:00:01.000Z',
  rolledBack: null,
  rolledBackBy: { runId: '01L' },
  tables: [],
  failure: null,
  ...change,
});

test('one line for each run and table, the head aligned with it', () => {
  const [head = '', ...lines] = (
    auditHead() +
    auditLines([
      run({
        tables: [
          { table: 'public.a', counts },
          { table: 'public.b', counts },
        ],
      }),
    ])
  ).split('\r\n');
  expect(head.split(',').slice(-8)).toEqual(['table', 'insert', 'update', 'same', 'keep', 'delete', 'conflict', 'blocked']);
  expect(lines).toEqual([
    '01K,merge,completed,shop,dev.tar.zst,ab,ada,cli,2026-11-21T09:00:00.000Z,2026-11-21T09:00:01.000Z,,01L,,public.a,1,2,3,4,5,6,7',
    '01K,merge,completed,shop,dev.tar.zst,ab,ada,cli,2026-11-21T09:00:00.000Z,2026-11-21T09:00:01.000Z,,01L,,public.b,1,2,3,4,5,6,7',
    '',
  ]);
});

test('a run without tables has a line too, as wide as the head', () => {
  const line = auditLines([run({ kind: 'EXPORT', fileName: null, upload: null, endedAt: null, rolledBackBy: null })]);
  expect(line.split(',')).toHaveLength(auditHead().split(',').length);
});

test('a name is quoted where it must be, and none is a formula', () => {
  const line = auditLines([run({ fileName: '=HYPERLINK("http://x")', actor: 'a, "b"' })]);
  expect(line).toContain(`"'=HYPERLINK(""http://x"")"`);
  expect(line).toContain('"a, ""b"""');
});
