import { z } from 'zod';
import type { DataDifference, TableComparison } from '../engine/compare/compare.ts';
import type { DataComparison } from '../events/verify-data.ts';
import { builder } from './builder.ts';
import { mayReachInward } from './context.ts';
import { given } from './given.ts';
import { tableNames } from './run-words.ts';

const SideEnum = builder.enumType('DataSide', {
  description: 'Which of two databases has a row.',
  values: {
    ONLY_A: { value: 'a', description: 'The first one only.' },
    ONLY_B: { value: 'b', description: 'The second one only.' },
    BOTH: { value: 'both', description: 'Both, and they differ.' },
  } as const,
});

const DifferingCell = builder.objectRef<DataDifference['cells'][number]>('DataCell').implement({
  description: 'One cell of a row that both databases have.',
  fields: (t) => ({
    column: t.exposeString('column', { description: 'Its column; several, where a reference has several.' }),
    a: t.exposeString('a', {
      nullable: true,
      description: 'What the first one holds, as text; of a reference the name of the row that it means. Null is NULL.',
    }),
    b: t.exposeString('b', { nullable: true, description: 'What the second one holds.' }),
  }),
});

const DifferenceType = builder.objectRef<DataDifference>('DataDifference').implement({
  description: 'One row in which two databases differ.',
  fields: (t) => ({
    key: t.exposeString('key', {
      description: 'Its key as text, several columns as an array’s text, references by the parent’s key; of a table without a key the whole row.',
    }),
    side: t.field({ type: SideEnum, resolve: ({ side }) => side, description: 'Who has it.' }),
    cells: t.field({ type: [DifferingCell], resolve: ({ cells }) => [...cells], description: 'The cells that differ, where both have it.' }),
  }),
});

const TableComparisonType = builder.objectRef<TableComparison>('TableComparison').implement({
  description: 'One table of two databases.',
  fields: (t) => ({
    table: t.exposeString('table', { description: '`schema.table`.' }),
    equal: t.exposeBoolean('equal', { description: 'Both have it, with the same rows.' }),
    rowsA: t.field({ type: 'Long', nullable: true, resolve: ({ rowsA }) => rowsA, description: 'How many rows the first one has; null without the table.' }),
    rowsB: t.field({ type: 'Long', nullable: true, resolve: ({ rowsB }) => rowsB, description: 'How many rows the second one has.' }),
    hashA: t.exposeString('hashA', { nullable: true, description: 'Hash over the rows of the first one, whatever their order and ids.' }),
    hashB: t.exposeString('hashB', { nullable: true, description: 'The same of the second one.' }),
    onlyA: t.field({ type: 'Long', resolve: ({ onlyA }) => onlyA, description: 'How many rows only the first one has.' }),
    onlyB: t.field({ type: 'Long', resolve: ({ onlyB }) => onlyB, description: 'How many rows only the second one has.' }),
    different: t.field({ type: 'Long', resolve: ({ different }) => different, description: 'How many rows both have, with other cells.' }),
    aside: t.stringList({
      resolve: ({ aside }) => [...aside],
      description: 'Columns that were not compared: ids that each makes up, columns that only one has, and those that were asked to be left out.',
    }),
    differences: t.field({
      type: [DifferenceType],
      resolve: ({ differences }) => [...differences],
      description: 'The first rows that differ, in the order of their keys.',
    }),
  }),
});

const ComparisonType = builder.objectRef<DataComparison>('DataComparison').implement({
  description: 'Two databases held against each other.',
  fields: (t) => ({
    equal: t.exposeBoolean('equal', { description: 'Every table that was compared is equal.' }),
    tables: t.field({ type: [TableComparisonType], resolve: ({ tables }) => [...tables], description: 'Table by table, by name.' }),
    notes: t.stringList({ resolve: ({ notes }) => [...notes], description: 'What could not be compared, and why.' }),
  }),
});

const databaseText = z.string().min(1, 'Name a database.').max(2000, 'Too long.');

builder.queryField('verifyData', (t) =>
  t.field({
    type: ComparisonType,
    authScopes: { read: true },
    complexity: 2000,
    description:
      'Whether two databases hold the same rows, found by their keys: ids may differ, and references are compared by what they mean. Each is read in one snapshot; nothing is written.',
    args: {
      a: t.arg.string({ required: true, description: 'A registered name, or a postgres:// URL.', validate: databaseText }),
      b: t.arg.string({ required: true, description: 'The other one.', validate: databaseText }),
      tables: t.arg.stringList({
        description: 'Only these tables, each as `schema.table`, or by its name alone where only one has it. Default: all.',
        validate: tableNames,
      }),
      asideColumns: t.arg.stringList({
        description: 'Columns that are not compared: `column`, `table.column` or `schema.table.column`.',
        validate: z.array(z.string().min(1, 'Name a column.').max(200, 'No column has a name as long as this.')).max(1000, 'Too many columns.'),
      }),
      differences: t.arg.int({ defaultValue: 20, description: 'How many differing rows are named, per table; at most 500.' }),
    },
    resolve: (_root, { a, b, tables, asideColumns, differences }, context) =>
      context.questions.verifyData(
        { a, b, ...given('tables', tables), aside: asideColumns ?? [], differences: Math.min(Math.max(differences ?? 20, 0), 500), signal: context.signal },
        { mayReachInward: mayReachInward(context) },
      ),
  }),
);
