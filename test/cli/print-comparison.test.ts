import { expect, test } from 'vitest';
import { comparisonLines, comparisonSummary, type Comparison } from '../../src/cli/print-comparison.ts';
import type { Paint } from '../../src/cli/row-diff.ts';

const plain = (text: string): string => text;
const bare: Paint = { red: plain, green: plain, yellow: plain, bold: plain, dim: plain, width: 80 };
const same = { table: 'public.a', equal: true, rowsA: 2, rowsB: 2, hashA: '1', hashB: '1', onlyA: 0, onlyB: 0, different: 0, aside: [], differences: [] };
const comparison: Comparison = {
  equal: false,
  notes: [],
  tables: [
    { ...same, aside: ['id'] },
    {
      ...same,
      table: 'public.person',
      equal: false,
      hashB: '2',
      onlyA: 1,
      different: 2,
      differences: [
        { key: 'ada', side: 'BOTH', cells: [{ column: 'name', a: 'Ada', b: null }] },
        { key: 'eve', side: 'ONLY_A', cells: [] },
      ],
    },
    { ...same, table: 'public.gone', equal: false, rowsB: null, hashB: null },
  ],
};

test('a line a table, the first rows that differ with their cells, and what was not compared', () => {
  expect(comparisonLines(comparison, bare)).toEqual([
    'table          rows of A  rows of B      only in A  only in B  different',
    'public.a               2  2                      0          0          0  equal',
    'public.person          2  2                      1          0          2  DIFFERENT',
    'public.gone            2  no such table          0          0          0  DIFFERENT',
    '',
    'public.person',
    '  ada',
    '      name  A Ada  B NULL',
    '  eve  only in A',
    '  ... and 1 more',
    '',
    'Not compared: public.a (id)',
  ]);
});

test('the last line says whether they are equal', () => {
  expect(comparisonSummary(comparison)).toBe('2 of 3 tables differ.');
  expect(comparisonSummary({ ...comparison, equal: true, tables: [same] })).toBe('1 table says the same, 2 rows.');
});
