import { excerpts } from './cell-text.ts';
import type { VerifyDataQuery } from './operations/generated/graphql.ts';
import { count, shown, table } from './output.ts';
import { narrowest, type Paint } from './row-diff.ts';

/** Two databases held against each other, as text: a line a table, then the first rows that differ. */
export type Comparison = VerifyDataQuery['verifyData'];
type Compared = Comparison['tables'][number];
type Difference = Compared['differences'][number];

const indent = '      ';
const missing = 'no such table';

const sides = { ONLY_A: 'only in A', ONLY_B: 'only in B', BOTH: '' } as const;

const cellLines = ({ cells }: Difference, paint: Paint): readonly string[] => {
  const width = Math.max(0, ...cells.map(({ column }) => shown(column).length));
  const room = Math.max(narrowest, Math.floor((paint.width - indent.length - width - 9) / 2));
  return cells.map(({ column, a, b }) => {
    const [left = '', right = ''] = excerpts([a, b], room);
    return `${indent}${shown(column).padEnd(width)}  A ${paint.red(left)}  B ${paint.green(right)}`;
  });
};

const differenceLines = (compared: Compared, paint: Paint): readonly string[] => {
  const { differences, onlyA, onlyB, different } = compared;
  if (differences.length === 0) return [];
  const left = onlyA + onlyB + different - differences.length;
  return [
    '',
    paint.bold(shown(compared.table)),
    ...differences.flatMap((difference) => {
      const side = sides[difference.side];
      return [`  ${shown(difference.key)}${side === '' ? '' : `  ${paint.dim(side)}`}`, ...cellLines(difference, paint)];
    }),
    ...(left > 0 ? [paint.dim(`  ... and ${count(left)} more`)] : []),
  ];
};

/** Ids that each side makes up are left out always; whoever looks for them should read so. */
const asideLines = ({ tables }: Comparison, paint: Paint): readonly string[] => {
  const found = tables.flatMap((each) => (each.aside.length === 0 ? [] : [`${each.table} (${each.aside.join(', ')})`]));
  return found.length === 0 ? [] : ['', paint.dim(`Not compared: ${shown(found.join('; '))}`)];
};

export const comparisonLines = (comparison: Comparison, paint: Paint): readonly string[] => [
  ...table(
    ['table', 'rows of A', 'rows of B', 'only in A', 'only in B', 'different', ''],
    comparison.tables.map((each) => [
      each.table,
      each.rowsA ?? missing,
      each.rowsB ?? missing,
      each.onlyA,
      each.onlyB,
      each.different,
      each.equal ? 'equal' : 'DIFFERENT',
    ]),
  ),
  ...comparison.tables.flatMap((each) => differenceLines(each, paint)),
  ...asideLines(comparison, paint),
];

export const comparisonSummary = ({ equal, tables }: Comparison): string => {
  const rows = tables.reduce((sum, { rowsA }) => sum + (rowsA ?? 0), 0);
  const different = tables.filter((each) => !each.equal).length;
  return equal
    ? `${count(tables.length)} ${tables.length === 1 ? 'table says' : 'tables say'} the same, ${count(rows)} rows.`
    : `${count(different)} of ${count(tables.length)} tables differ.`;
};
