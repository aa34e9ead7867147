import { expect, test } from 'vitest';
import type { RunProgress } from '../../src/cli/follow-run.ts';
import { bytes, createOutput, duration, shown, table } from '../../src/cli/output.ts';
import { createProgressView, createSpeedometer, describeProgress } from '../../src/cli/progress-view.ts';

const progress = (change: Partial<RunProgress>): RunProgress => ({
  state: 'RUNNING',
  attempt: 1,
  sequence: 1,
  phase: 'STAGING',
  table: null,
  tablesDone: 0,
  tablesTotal: 0,
  rows: 0,
  rowsTotal: null,
  bytes: 0,
  bytesTotal: null,
  waitingFor: null,
  transactionSeconds: null,
  at: '2026-11-21T09:00:00.000Z',
  ...change,
});

test('phase, table, rows, rows per second, bytes and estimate', () => {
  const speed = createSpeedometer();
  speed(progress({ rows: 0, bytes: 0, bytesTotal: 100_000_000 }));
  const later = progress({
    table: 'public.a',
    tablesDone: 1,
    tablesTotal: 3,
    rows: 200_000,
    bytes: 25_000_000,
    bytesTotal: 100_000_000,
    at: '2026-11-21T09:00:02.000Z',
  });
  expect(describeProgress(later, speed(later))).toBe('staging · public.a · table 2 of 3 · 200,000 rows · 100,000 rows/s · 25.0 MB of 100.0 MB · 6.0 s left');
});

test('a rate begins anew with each phase, and is none before half a second', () => {
  const speed = createSpeedometer();
  speed(progress({ rows: 1_000_000 }));
  const next = progress({ phase: 'APPLYING', rows: 10, at: '2026-11-21T09:00:09.000Z' });
  expect(speed(next)).toEqual({ rowsPerSecond: undefined, secondsLeft: undefined });
});

test('a wait says for whom, and nothing that a name smuggles in', () => {
  const speed = { rowsPerSecond: undefined, secondsLeft: undefined };
  expect(describeProgress(progress({ phase: 'WAITING_FOR_LOCK', waitingFor: 'psql\u001b[2J (process 7)' }), speed)).toBe(
    'waiting for lock held by psql\\u{1b}[2J (process 7)',
  );
});

test('a retry says which attempt it is', () => {
  expect(describeProgress(progress({ attempt: 2 }), { rowsPerSecond: undefined, secondsLeft: undefined }, true)).toMatch(/^attempt 2 · staging/);
});

test('numbers stand to the right, text to the left, and nothing hides', () => {
  expect(
    table(
      ['table', 'rows'],
      [
        ['public.a', 5],
        ['b\n\u202e', 12_345],
      ],
    ),
  ).toEqual(['table          rows', 'public.a          5', 'b\\n\\u{202e}  12,345']);
  expect([bytes(0), bytes(999), bytes(1500), bytes(2_500_000_000)]).toEqual(['0 B', '999 B', '1.5 kB', '2.5 GB']);
  expect([duration(0.26), duration(59.6), duration(3725)]).toEqual(['0.3 s', '60 s', '62 min 05 s']);
  expect(shown('a\tb')).toBe('a\\u{9}b');
});

test('a transaction that is open for long is worth a word', () => {
  const said = (seconds: number): string =>
    describeProgress(progress({ phase: 'APPLYING', transactionSeconds: seconds }), { rowsPerSecond: undefined, secondsLeft: undefined });
  expect(said(59)).toBe('applying');
  expect(said(180)).toMatch(/^applying · transaction open for .*, vacuum waits$/);
});

test('an approved plan is applied by the next attempt, which is no retry; the one after it is', () => {
  const lines: string[] = [];
  const view = createProgressView({ ...createOutput(false), isTerminal: false, note: (text) => void lines.push(text) }, 1);
  for (const attempt of [1, 2, 3]) view.show(progress({ attempt, phase: attempt === 1 ? 'PLANNING' : 'APPLYING' }));
  view.end();
  expect(lines).toEqual(['planning', 'applying', 'attempt 3 · applying']);
});
