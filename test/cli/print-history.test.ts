import { expect, test } from 'vitest';
import { touchLines, type Touch } from '../../src/cli/print-history.ts';
import type { Paint } from '../../src/cli/row-diff.ts';

const mark = (letter: string) => (text: string) => `<${letter}>${text}</${letter}>`;
const plain = (text: string): string => text;
const bare: Paint = { red: mark('r'), green: mark('g'), yellow: plain, bold: plain, dim: plain, width: 80 };
const touch = (change: Partial<Touch>): Touch => ({
  at: '2026-11-21T09:00:00.123Z',
  runId: '01K',
  kind: 'MERGE',
  actor: 'ada',
  verdict: 'UPDATE',
  rowKey: '70',
  note: null,
  cells: [{ column: 'name', before: 'Bob', after: null }],
  ...change,
});

test('when, what, by whom, and before and after of each cell', () => {
  expect(touchLines(touch({}), bare)).toEqual(['2026-11-21 09:00:00  changed, merge by ada  run 01K', '      name  <r>Bob</r> → <g>NULL</g>']);
});

test('a row that comes has only an after, one that goes only a before', () => {
  expect(touchLines(touch({ verdict: 'INSERT', cells: [{ column: 'name', before: null, after: 'Bob' }] }), bare).at(-1)).toBe('      name  <g>Bob</g>');
  expect(touchLines(touch({ verdict: 'DELETE', cells: [{ column: 'name', before: 'Bob', after: null }] }), bare).at(-1)).toBe('      name  <r>Bob</r>');
});

test('what is not certain is said, and so is a run that this log does not know', () => {
  expect(touchLines(touch({ kind: null, actor: null, note: 'the archive is gone', cells: [] }), bare)).toEqual([
    '2026-11-21 09:00:00  changed, a run of another log  run 01K',
    '      the archive is gone',
  ]);
});
