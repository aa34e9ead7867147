import { describe, expect, it } from 'vitest';
import type { Column, Reference, Table } from '../../../src/domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../../src/domain/catalogue/key.ts';
import { Refusal } from '../../../src/domain/refusal.ts';
import { checkDefinition, type SnapshotConfig } from '../../../src/domain/snapshot/check-definition.ts';
import { defaultDefinition } from '../../../src/domain/snapshot/definition.ts';

const columnOf = (name: string, attnum: number): Column => ({
  name,
  attnum,
  type: 'integer',
  typeKind: 'base',
  overComposite: false,
  notNull: !name.endsWith('?'),
  baseType: 'integer',
  equality: { schema: 'pg_catalog', name: '=' },
});

const equality = [{ schema: 'pg_catalog', name: '=' }];

const table = (name: string, columns: readonly string[], references: Readonly<Record<string, string>> = {}, schema = 'public'): KeyedTable => {
  const plain: Table = {
    schema,
    name,
    kind: 'table',
    persistence: 'permanent',
    columns: columns.map((each, at) => columnOf(each, at + 1)),
    uniques: [{ name: `${name}_pkey`, constraint: true, primary: true, columns: ['id'], immediate: true, valid: true, nullsNotDistinct: false, equality }],
    checks: [],
    references: Object.entries(references).map(([column, parent]): Reference => ({
      name: `${name}_${column}`,
      columns: [column],
      parent: { schema: 'public', name: parent },
      parentColumns: ['id'],
      match: 'simple',
      onDelete: 'cascade',
      onUpdate: 'no action',
      deferrable: false,
      deferred: false,
      enforced: true,
      validated: true,
      equality,
    })),
    unforeseeable: [],
    triggers: [],
    rules: [],
    rowSecurity: 'none',
    owned: true,
    inherits: [],
    estimatedRows: 0,
  };
  return { ...plain, key: { kind: 'origin', surrogate: ['id'] } };
};

const shop = [
  table('projects', ['id', 'name', 'secret']),
  table('datasets', ['id', 'project'], { project: 'projects' }),
  table('images', ['id', 'dataset?', 'split'], { 'dataset?': 'datasets' }),
  table('users', ['id']),
];
const settings = { 'public.projects': { exclude: ['secret'] } };

const refusalOf = (config: SnapshotConfig): string => {
  try {
    checkDefinition(config, shop, settings);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'SNAPSHOT_DEFINITION_INVALID') return error.message;
    throw error;
  }
  return 'no refusal';
};

describe('a snapshot that nobody configured', () => {
  it('has every table as a file, without excluded columns, and each row at one place of the document', () => {
    const { csv, document, layout } = defaultDefinition(shop, settings);
    expect(csv.map(({ file, columns }) => [file, columns.map(({ name }) => name)])).toEqual([
      ['projects.csv', ['id', 'name']],
      ['datasets.csv', ['id', 'project']],
      ['images.csv', ['id', 'dataset?', 'split']],
      ['users.csv', ['id']],
    ]);
    expect(layout).toBe('document');
    expect(document).toMatchObject([
      {
        name: 'projects',
        children: [{ name: 'datasets', inside: 'datasets_project', children: [{ name: 'images', inside: 'images_dataset?', children: [] }] }],
      },
      { name: 'images', without: 'images_dataset?', children: [] },
      { name: 'users', children: [] },
    ]);
    expect(document?.[0]).not.toHaveProperty('without');
  });

  it('gives tables with odd names files that every system takes', () => {
    const odd = ['a/b', '.hidden', 'CON', 'A', 'a', 'x'.repeat(200), 'über'].map((name) => table(name, ['id']));
    const files = defaultDefinition([...odd, table('t', ['id'], {}, 'other')]).csv.map(({ file }) => file);
    expect(files).toEqual(['a_b.csv', '_hidden.csv', '_CON.csv', 'A.csv', 'a_2.csv', `${'x'.repeat(50)}.csv`, 'über.csv', 'other.t.csv']);
  });

  it('numbers an array whose name a column of the row around it has, or the document itself', () => {
    const tables = [table('export_info', ['id']), table('a', ['id', 'b']), table('b', ['id', 'a'], { a: 'a' })];
    const names = defaultDefinition(tables).document?.map(({ name, children }) => [name, children.map((child) => child.name)]);
    expect(names).toEqual([
      ['a', ['b_2']],
      ['export_info_2', []],
    ]);
  });
});

describe('a configured snapshot', () => {
  it('has its names resolved, and what it leaves out derived', () => {
    const { csv, document } = checkDefinition(
      {
        csv: { 'p.csv': { table: 'projects', columns: { key: 'id', images: { count: 'images', where: { split: 'val' } } } } },
        document: { all: { table: 'public.users' } },
      },
      shop,
      settings,
    );
    expect(csv).toEqual([
      {
        file: 'p.csv',
        table: 'public.projects',
        columns: [
          { name: 'key', column: 'id' },
          { name: 'images', count: 'public.images', where: { split: 'val' } },
        ],
      },
    ]);
    expect(document).toEqual([{ name: 'all', table: 'public.users', columns: [{ name: 'id', column: 'id' }], children: [] }]);
    expect(checkDefinition({ csv: false, document: false }, shop)).toEqual({ csv: [], layout: 'document' });
  });

  it.each<[string, SnapshotConfig, string]>([
    [
      'a table that is not there',
      { csv: { 'orders.csv': {} } },
      'snapshot.csv.orders.csv: there is no table orders. There is public.projects, public.datasets, public.images, public.users.',
    ],
    [
      'a column that is not there',
      { csv: { 'users.csv': { columns: { mail: 'mail' } } } },
      'snapshot.csv.users.csv.columns.mail: public.users has no column mail. It has id.',
    ],
    ['a column that is excluded', { csv: { 'projects.csv': { columns: { x: 'secret' } } } }, 'public.projects.secret is excluded by the settings of the table'],
    [
      'a count of what is not below',
      { csv: { 'users.csv': { columns: { n: { count: 'images' } } } } },
      'rows of public.images do not stand below rows of public.users',
    ],
    ['an object in CSV', { csv: { 'projects.csv': { columns: { n: { count: 'images', by: 'split' } } } } }, 'which a cell of CSV has no room for'],
    ['a count by and where', { document: { projects: { columns: { n: { count: 'images', by: 'split', where: { split: 'a' } } } } } }, 'either by a column or'],
    [
      'a child that does not refer to its parent',
      { document: { users: { children: { images: {} } } } },
      'public.images has no reference to public.users, so its rows cannot stand inside. It refers to public.datasets.',
    ],
    [
      'a child with the name of a column',
      { document: { projects: { columns: { datasets: 'id' }, children: { datasets: {} } } } },
      'a column of the row around it has that name',
    ],
    ["the document's own name", { document: { export_info: { table: 'users' } } }, "that name is the document's own"],
    ['a file that is none', { csv: { '../x.csv': { table: 'users' } } }, 'is no name for a file'],
    ['two files but for capitals', { csv: { 'a.csv': { table: 'users' }, 'A.csv': { table: 'users' } } }, 'another file has that name but for capitals'],
    ['a total of no array', { document: { users: {} }, totals: ['images'] }, 'the document has no array images. It has users.'],
  ])('is refused: %s', (_, config, message) => {
    expect(refusalOf(config)).toContain(message);
  });

  it('asks for the schema of a table that several schemas have', () => {
    const twins = [table('t', ['id'], {}, 'one'), table('t', ['id'], {}, 'two')];
    expect(() => checkDefinition({ csv: { 't.csv': {} } }, twins)).toThrow('t is a table in several schemas. Say which with `table`: one.t, two.t.');
    expect(checkDefinition({ csv: { 't.csv': { table: 'two.t' } } }, twins).csv[0]?.table).toBe('two.t');
  });
});
