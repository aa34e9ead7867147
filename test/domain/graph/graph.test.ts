import { describe, expect, test } from 'vitest';
import { tableId, type Table } from '../../../src/domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../../src/domain/catalogue/choose-key.ts';
import { drawGraph } from '../../../src/domain/graph/graph-svg.ts';
import { layOut, type Area, type Layout, type PlacedTable } from '../../../src/domain/graph/layout.ts';
import { phaseTables, type PhasedTables } from '../../../src/domain/graph/phases.ts';
import { createRandom } from '../../../examples/crearis/random.ts';
import { primary, reference, table, unique } from '../catalogue/build.ts';
import { xmlFaults } from './xml-faults.ts';

const phased = (...tables: readonly Table[]): PhasedTables => phaseTables(chooseKeys({ tables }));
const phasesOf = ({ blocks }: PhasedTables): Record<string, number> =>
  Object.fromEntries(blocks.flatMap(({ tables, phase }) => tables.map(({ name }) => [name, phase])));

const id = { id: 'int identity' };
const shop = [
  table('country', { ...id, code: 'text not null' }, [primary('id'), unique('code')]),
  table(
    'customer',
    { ...id, country_id: 'int', referrer_id: 'int' },
    [primary('id')],
    [reference('country_id -> country.id'), reference('referrer_id -> customer.id')],
  ),
  table(
    'purchase',
    { ...id, customer_id: 'int not null', payer_id: 'int' },
    [primary('id')],
    [reference('customer_id -> customer.id'), reference('payer_id -> customer.id')],
  ),
  table(
    'line',
    { purchase_id: 'int not null', country_id: 'int not null' },
    [],
    [reference('purchase_id -> purchase.id'), reference('country_id -> country.id')],
  ),
  table('note', { text: 'text' }),
];
const circle = [
  table('users', { ...id, best_id: 'int' }, [primary('id')], [reference('best_id -> authors.id')]),
  table('authors', { ...id, user_id: 'int not null' }, [primary('id')], [reference('user_id -> users.id')]),
  table('posts', { ...id, author_id: 'int not null' }, [primary('id')], [reference('author_id -> authors.id')]),
];

describe('phases', () => {
  test('a table comes one phase after the last of those that it refers to', () => {
    expect(phasesOf(phased(...shop))).toEqual({ country: 1, note: 1, customer: 2, purchase: 3, line: 4 });
  });

  test('tables in a circle share a phase, and a table that refers to itself makes none', () => {
    const found = phased(...shop, ...circle);
    expect(phasesOf(found)).toMatchObject({ users: 1, authors: 1, posts: 2 });
    expect(found.blocks.filter(({ isCircle }) => isCircle).map(({ tables }) => tables.map(({ name }) => name))).toEqual([['authors', 'users']]);
    expect([...found.selfReferences.keys()]).toEqual(['public.customer']);
  });

  test('references from one table to another are one link, optional when every one may be NULL', () => {
    const { links } = phased(...shop);
    const link = links.find(({ child }) => child === 'public.purchase');
    expect(link).toMatchObject({ parent: 'public.customer', isOptional: false });
    expect(link?.words).toEqual([
      'public.purchase (customer_id) refers to public.customer (id): customer_id_fkey',
      'public.purchase (payer_id) refers to public.customer (id): payer_id_fkey',
    ]);
    expect(links.find(({ child }) => child === 'public.customer')).toMatchObject({ parent: 'public.country', isOptional: true });
  });

  test('what is not enforced orders nothing and is counted; a parent outside of the list counts for nothing', () => {
    const loose = table(
      'loose',
      { ...id, a: 'int', b: 'int' },
      [primary('id')],
      [reference('a -> country.id', { enforced: false }), reference('b -> elsewhere.id')],
    );
    const found = phased(...shop, loose);
    expect(phasesOf(found)).toMatchObject({ loose: 1 });
    expect(found.unenforced).toBe(1);
  });

  test('a picture of more tables than anybody can see is refused', () => {
    const many = Array.from({ length: 1001 }, (_, at) => table(`t${at}`, id, [primary('id')]));
    expect(() => phased(...many)).toThrow(expect.objectContaining({ code: 'GRAPH_TOO_LARGE' }));
  });
});

const overlap = (one: Area, other: Area): boolean =>
  one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;

/** What must hold of every picture; in words, what does not. */
const faultsOf = (found: PhasedTables): readonly string[] => {
  const layout = layOut(found, ({ name }) => name.length * 8 + 40);
  const places = new Map(layout.tables.map((placed) => [tableId(placed.table), placed]));
  const names = found.blocks.flatMap(({ tables }) => tables.map(tableId));
  return [
    ...names.filter((name) => !places.has(name)).map((name) => `${name} is missing`),
    ...(layout.tables.length === names.length ? [] : ['a table is there twice']),
    ...layout.tables.flatMap((one, at) =>
      layout.tables.slice(at + 1).flatMap((other) => (overlap(one, other) ? [`${one.table.name} lies over ${other.table.name}`] : [])),
    ),
    ...layout.tables
      .filter((one) => one.x < 0 || one.y < 0 || one.x + one.width > layout.width || one.y + one.height > layout.height)
      .map(({ table: { name } }) => `${name} is outside`),
    ...linkFaults(found, layout, places),
  ];
};

const linkFaults = (found: PhasedTables, layout: Layout, places: ReadonlyMap<string, PlacedTable>): readonly string[] => [
  ...(layout.links.length === found.links.length ? [] : ['a link is missing']),
  ...layout.links.flatMap(({ link, points }) => {
    const [child, parent, first, last] = [places.get(link.child), places.get(link.parent), points[0], points.at(-1)];
    if (child === undefined || parent === undefined || first === undefined || last === undefined) return [`${link.child} is not linked`];
    const isOnChild = first.y >= child.y && first.y <= child.y + child.height && first.x === (link.isInCircle ? child.x + child.width : child.x);
    const isOnParent = last.x === parent.x + parent.width && last.y === parent.y + parent.height / 2;
    const goesLeft = link.isInCircle || points.every(({ x }, at) => at === 0 || x < (points[at - 1]?.x ?? 0));
    const through = points.slice(1, -1).flatMap(({ y }, at) => {
      const [from, to] = [points[at + 1]?.x ?? 0, points[at + 2]?.x ?? 0];
      if (at % 2 === 1) return [];
      return layout.tables
        .filter((box) => box.x < from && box.x + box.width > to && y > box.y && y < box.y + box.height)
        .map(({ table: { name } }) => `${link.child} goes through ${name}`);
    });
    return [
      ...(isOnChild ? [] : [`${link.child} does not start its line`]),
      ...(isOnParent ? [] : [`${link.parent} does not end the line of ${link.child}`]),
      ...(goesLeft ? [] : [`the line of ${link.child} turns back`]),
      ...through,
    ];
  }),
];

const randomTables = (seed: number, count: number): readonly Table[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, at) => {
    const parents = Array.from({ length: at === 0 || random.chance(0.2) ? 0 : random.whole(1, 4) }, () =>
      random.whole(0, random.chance(0.05) ? count - 1 : at - 1),
    );
    const columns = Object.fromEntries(parents.map((parent, number) => [`p${number}`, random.chance(0.5) ? 'int' : `int not null`] as const));
    return table(
      `t${at}`,
      { ...id, ...columns },
      [primary('id')],
      parents.map((parent, number) => reference(`p${number} -> t${parent}.id`, { name: `r${number}` })),
    );
  });
};

describe('a picture', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => [seed, seed * 9] as const))('shows all, each at its place: seed %i, %i tables', (seed, count) => {
    expect(faultsOf(phased(...randomTables(seed, count)))).toEqual([]);
  });

  test('shows tables without any reference, none at all, and a long chain', () => {
    expect(faultsOf(phased(...Array.from({ length: 30 }, (_, at) => table(`t${at}`, id, [primary('id')]))))).toEqual([]);
    expect(faultsOf(phased())).toEqual([]);
    const chain = Array.from({ length: 200 }, (_, at) =>
      table(`t${at}`, { ...id, up: 'int' }, [primary('id')], at === 0 ? [] : [reference(`up -> t${at - 1}.id`), reference('up -> t0.id')]),
    );
    expect(faultsOf(phased(...chain))).toEqual([]);
  });

  test('is the same for the same tables, in whatever order they come', () => {
    const tables = randomTables(5, 30);
    expect(drawGraph('x', phased(...tables.toReversed()))).toBe(drawGraph('x', phased(...tables)));
  });

  test('puts what refers to nothing to the left of what refers to it', () => {
    const layout = layOut(phased(...shop), () => 120);
    const x = Object.fromEntries(layout.tables.map(({ table: { name }, x: left }) => [name, left]));
    expect(['country', 'customer', 'purchase', 'line'].map((name) => x[name])).toEqual(
      ['country', 'customer', 'purchase', 'line'].map((name) => x[name]).toSorted((a = 0, b = 0) => a - b),
    );
    expect(layout.phases).toHaveLength(4);
  });

  test('is well-formed, and marks kinds of keys, circles and tables that refer to themselves', () => {
    const svg = drawGraph('shop', phased(...shop, ...circle));
    expect(xmlFaults(svg)).toEqual([]);
    expect(svg.match(/<g class="table natural /g)).toHaveLength(1);
    expect(svg.match(/<g class="table origin /g)).toHaveLength(5);
    expect(svg.match(/<g class="table image /g)).toHaveLength(2);
    expect(svg.match(/circle: go in together/g)).toHaveLength(1);
    expect(svg.match(/class="link n\d+ n\d+ in/g)).toHaveLength(2);
    expect(svg).toContain('<title>public.customer (referrer_id) refers to public.customer (id): referrer_id_fkey</title>');
    expect(svg).toContain('8 tables · 9 references · 4 phases · 1 circle');
    expect(svg).toContain('@media (prefers-color-scheme:dark)');
  });

  test('holds names as text, whatever they say', () => {
    const hostile = '</text><script>alert(1)</script>&"\u0007\u202e]]>';
    const svg = drawGraph(hostile, phased(table(hostile, { ...id, [hostile]: 'text not null' }, [unique('id', { columns: [hostile] })])));
    expect(xmlFaults(svg)).toEqual([]);
    expect(svg).not.toMatch(/<script|\u0007|\u202e/);
    expect(svg).toContain('&lt;/text&gt;&lt;script&gt;');
    expect(svg).toContain('\\u{7}\\u{202e}');
    expect(svg).not.toMatch(/\sid=|href|url\(/);
  });
});
