import { z } from 'zod';
import { Refusal } from '../domain/refusal.ts';
import { comparisons, type Condition, type ExportSelection, type RowFilter } from '../domain/run/run.ts';
import { builder } from './builder.ts';
import { given } from './given.ts';

const said: Readonly<Record<(typeof comparisons)[number], string>> = {
  eq: 'Equal to the value, as the column’s own type compares.',
  ne: 'Not equal to it, and not NULL.',
  lt: 'Less than it.',
  le: 'Less than it, or equal.',
  gt: 'Greater than it.',
  ge: 'Greater than it, or equal.',
  like: 'Its text fits the pattern: `%` for any text, `_` for any character.',
  in: 'Equal to one of the values.',
  null: 'NULL; takes no value.',
  'not-null': 'Anything but NULL; takes no value.',
};

const ComparisonEnum = builder.enumType('Comparison', {
  description: 'What a condition says of a column.',
  values: Object.fromEntries(comparisons.map((is) => [is.toUpperCase().replace('-', '_'), { value: is, description: said[is] }])) as {
    readonly [name: string]: { readonly value: Condition['is'] };
  },
});

const value = z
  .string()
  .max(1_000_000, 'No value of a condition is as long as this.')
  .refine((text) => !text.includes('\0'), 'PostgreSQL stores no U+0000.');

const ConditionInputType = builder.inputType('ConditionInput', {
  description: 'A condition on one column.',
  fields: (t) => ({
    column: t.string({
      required: true,
      description: 'Its name, exactly.',
      validate: z.string().min(1, 'Name a column.').max(130, 'No column has a name as long as this.'),
    }),
    is: t.field({ type: ComparisonEnum, required: true, description: 'How it is compared.' }),
    values: t.stringList({
      description: 'As PostgreSQL writes values of this type; one, but for `IN`.',
      validate: z.array(value).max(10_000, 'At most 10,000 values.'),
    }),
  }),
});

export const RowFilterInputType = builder.inputType('RowFilterInput', {
  description: 'Rows of one table: those that fit all conditions, and are among the keys where keys are given.',
  fields: (t) => ({
    table: t.string({
      required: true,
      description: 'As `schema.table`, or by its name alone where only one has it.',
      validate: z.string().min(1, 'Name a table.').max(130, 'No table has a name as long as this.'),
    }),
    keys: t.field({
      type: [t.listRef('String')],
      description: 'Rows by the values of their key columns, in the order in which `query database` shows the key.',
      validate: z.array(z.array(value).max(32, 'No key has as many columns.')).max(10_000, 'At most 10,000 keys.'),
    }),
    where: t.field({ type: [ConditionInputType], description: 'All of these hold.', validate: z.array(z.unknown()).max(50, 'At most 50 conditions.') }),
  }),
});

type Asked = typeof RowFilterInputType.$inferInput;

/** Absent where whole tables are asked for, without their parents. */
export const selectionOf = (rows: readonly Asked[] | null | undefined, parents: boolean): ExportSelection | undefined => {
  if ((rows === null || rows === undefined || rows.length === 0) && !parents) return undefined;
  const filters = (rows ?? []).map((asked) => [asked.table, filterOf(asked)] as const);
  const twice = filters.find(([name], position) => filters.findIndex(([other]) => other === name) !== position);
  if (twice !== undefined)
    throw new Refusal('SELECTION_TABLE_TWICE', `The rows of ${twice[0]} are chosen twice. Put all its conditions into one.`, { table: twice[0] });
  return { ...(filters.length === 0 ? {} : { rows: Object.fromEntries(filters) }), parents };
};

const filterOf = ({ keys, where }: Asked): RowFilter => ({
  ...given('keys', keys),
  ...(where === null || where === undefined ? {} : { where: where.map(({ column, is, values }) => ({ column, is, values: values ?? [] })) }),
});
