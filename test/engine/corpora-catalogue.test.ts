import { beforeAll, describe, expect, test } from 'vitest';
import { tableId, type Catalogue } from '../../src/domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../src/domain/catalogue/choose-key.ts';
import { compareCatalogues } from '../../src/domain/catalogue/compare.ts';
import type { Key } from '../../src/domain/catalogue/key.ts';
import { referenceGraph } from '../../src/domain/catalogue/reference-graph.ts';
import { introspect } from '../../src/infra/postgres/introspect.ts';
import { createTestDatabase } from '../support/cluster.ts';
import { corporaDatabases, corporaMissing, loadCorpora } from '../support/corpora.ts';

const missing = corporaMissing();
if (missing !== undefined) test(missing, (context) => context.skip());

/** `natural id name`, `origin id`, `image`: what a reader would say of each table; those left out are not asserted. */
const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  crearis: {
    users: 'sysmail',
    projects: 'domaincode',
    instructors: 'xmlid',
    events: 'xmlid',
    status: 'name tbl',
    tags: 'name',
    project_members: 'project_id user_id',
    events_tags: 'event_id tag_id',
    event_instructors: 'event_id instructor_id',
    tasks: 'origin id',
    pages: 'origin id',
    interactions: 'origin id',
  },
  sakila: {
    rental: 'rental_date inventory_id customer_id',
    film_actor: 'actor_id film_id',
    store: 'manager_staff_id',
    staff: 'origin staff_id',
    film: 'origin film_id',
    payment: 'origin payment_id',
    payment_p2007_01: 'image',
  },
  employee: {
    department: 'dept_no',
    dept_emp: 'emp_no dept_no',
    employee: 'origin emp_no',
    salary: 'emp_no from_date',
    title: 'emp_no title from_date',
    audit: 'origin id',
  },
  world: { country: 'code', city: 'id', countrylanguage: 'countrycode language' },
  chinook: { Album: 'AlbumId', PlaylistTrack: 'PlaylistId TrackId' },
  webshop: { customer: 'origin id', articles: 'origin id', public_table: 'image' },
  pgexercises: { members: 'memid', bookings: 'bookid' },
  shapes: {
    dept: 'code',
    emp: 'mail',
    node: 'tenant id',
    alias: 'name',
    price: 'sku',
    m: 'id day',
    h: 'k',
    tick: 'origin id',
    uq: 'id',
    log_nopk: 'image',
    zerocol: 'image',
    booking: 'image',
    dog: 'image',
  },
};
const circles: Readonly<Record<string, readonly string[]>> = { crearis: ['instructors+users'], sakila: ['staff+store'], shapes: ['a+b+c', 'dept+emp'] };

const inWords = (key: Key | undefined): string =>
  key === undefined ? 'no such table' : key.kind === 'image' ? 'image' : key.kind === 'origin' ? `origin ${key.surrogate.join(' ')}` : key.columns.join(' ');

const catalogues = new Map<string, Catalogue>();
beforeAll(async () => {
  for (const name of corporaDatabases()) {
    const database = await createTestDatabase();
    await loadCorpora(name, database.url, 'schema');
    catalogues.set(name, await introspect(await database.session()));
    await database.drop();
  }
});

describe.skipIf(missing !== undefined).each(corporaDatabases())('the catalogue of %s', (name) => {
  const read = (): Catalogue => {
    const catalogue = catalogues.get(name);
    if (catalogue === undefined) throw new Error(`${name} was not read`);
    return catalogue;
  };

  test('gives the keys that a reader would choose', () => {
    const catalogue = read();
    const keys = new Map(chooseKeys(catalogue).map((table) => [table.name, table.key]));
    const wanted = expected[name] ?? {};
    expect(Object.fromEntries(Object.keys(wanted).map((table) => [table, inWords(keys.get(table))]))).toEqual(wanted);
  });
  test('has an order in which rows are loaded, and one in which they are matched', () => {
    const catalogue = read();
    const graph = referenceGraph(chooseKeys(catalogue));
    const components = graph.components();
    const place = new Map(components.flatMap(({ tables }, index) => tables.map((table) => [tableId(table), index] as const)));
    for (const table of catalogue.tables)
      for (const { parent } of table.references) expect(place.get(tableId(parent)) ?? -1).toBeLessThanOrEqual(place.get(tableId(table)) ?? -1);
    expect(
      components
        .filter(({ cyclic }) => cyclic)
        .map(({ tables }) => tables.map((table) => table.name).join('+'))
        .toSorted(),
    ).toEqual(circles[name] ?? []);
    expect(graph.matchOrder().length).toBe(catalogue.tables.length);
  });
  test('fits itself', () => {
    const catalogue = read();
    const keyed = chooseKeys(catalogue);
    const archived = keyed.map(({ key, ...table }) => ({
      table,
      key,
      carried: table.columns.filter(({ generated }) => generated === undefined).map((column) => column.name),
    }));
    expect(compareCatalogues(archived, keyed, {}, { archive: catalogue, target: catalogue }).mismatches).toEqual([]);
  });
  test('lacks nothing that is not listed', () => expect(read().unsupported).toEqual([]));
});
