import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { tableId, type Reference } from '../../src/domain/catalogue/catalogue.ts';
import type { KeyedTable, TableSettings } from '../../src/domain/catalogue/key.ts';
import type { Load } from '../../src/engine/load.ts';
import {
  idReferences,
  nameOf,
  namingOf,
  stagedParent,
  stagedPortable,
  targetParent,
  targetPortable,
  type Naming,
  type Portable,
} from '../../src/engine/portable.sql.ts';
import { temporary } from '../../src/engine/temporary.ts';
import { fitArchive, readTarget } from '../../src/events/projectors/database/open-target.ts';
import { stageArchive } from '../../src/events/projectors/database/stage-archive.ts';
import { openArchive } from '../../src/infra/archive/read-archive.ts';
import { identify } from '../../src/infra/postgres/identity.ts';
import { findTargetSchema } from '../../src/engine/ledger/target-schema.ts';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { relation, sql, type Statement } from '../../src/infra/postgres/sql.ts';
import { openArena, type Arena } from '../support/arena.ts';
import { resultOf } from '../support/two-databases.ts';

/** Names of rows are read from the archive and from the target: they must be the same, whatever the ids are. */
let arena: Arena;
const sessions: Session[] = [];
beforeAll(async () => {
  arena = await openArena();
});
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.close()));
});
afterAll(() => arena.close());

type Bench = {
  readonly naming: Naming;
  readonly loads: readonly Load[];
  readonly tables: readonly KeyedTable[];
  /** Sorted names of the rows of a table as the archive has them. */
  staged(table: string): Promise<readonly (string | null)[]>;
  target(table: string): Promise<readonly (string | null)[]>;
  /** Sorted `row > parent` of a reference. */
  stagedParents(table: string, reference: string): Promise<readonly string[]>;
  targetParents(table: string, reference: string): Promise<readonly string[]>;
};

/** Stages an archive against a database, as a run would, and leaves it staged. */
const stage = async (url: string, upload: string, settings: Readonly<Record<string, TableSettings>> = {}): Promise<Bench> => {
  const session = await openSession(url, { purpose: 'test' });
  sessions.push(session);
  const target = await readTarget(session, { url, tables: settings });
  const open = () => openArchive(arena.blobs.path(upload), { identities: [], targetCatalogue: target.keyed });
  const archive = await open();
  await archive.close();
  const { loads } = await fitArchive(target, archive.manifest, { url, tables: settings }, { tables: undefined });
  await stageArchive({
    session,
    serverVersion: target.catalogue.serverVersion,
    loads,
    open,
    signal: new AbortController().signal,
    progress: () => undefined,
    said: () => undefined,
  });
  const relations = await findTargetSchema(session);
  const { databaseId } = await identify(session, { readOnly: true });
  const naming = namingOf({
    tables: target.keyed,
    loads,
    origin: { ownDatabaseId: databaseId, sourceDatabaseId: archive.manifest.source.databaseId, provenance: relations?.provenance },
  });
  const loadOf = (name: string): Load => loads.find((load) => tableId(load.target) === name) as Load;
  const tableOf = (name: string): KeyedTable => target.keyed.find((table) => tableId(table) === name) as KeyedTable;
  const referenceOf = (table: string, name: string): Reference => tableOf(table).references.find((reference) => reference.columns.join() === name) as Reference;
  const names = async (list: Statement, from: Statement) =>
    (await session.many<{ name: string | null }>(sql`select ${list} as name ${from}`)).map(({ name }) => name).toSorted();
  const both = (own: Portable | undefined, parent: Portable | undefined): Statement =>
    sql`coalesce(${nameOf(own?.leaves ?? [])}, '-') || ' > ' || coalesce(${nameOf(parent?.leaves ?? [])}, '-')`;
  const stagedFrom = (name: string): Statement => sql`from ${temporary('stage', loadOf(name).index)} as s`;
  const targetFrom = (name: string): Statement => sql`from ${relation(tableOf(name))} as t`;
  return {
    naming,
    loads,
    tables: target.keyed,
    staged: async (name) => {
      const found = stagedPortable(naming, loadOf(name), 's');
      return found === undefined ? ['no name'] : names(nameOf(found.leaves), sql`${stagedFrom(name)}${found.joins}`);
    },
    target: async (name) => {
      const found = targetPortable(naming, tableOf(name), 't');
      return found === undefined ? ['no name'] : names(nameOf(found.leaves), sql`${targetFrom(name)}${found.joins}`);
    },
    stagedParents: async (name, column) => {
      const [own, parent] = [stagedPortable(naming, loadOf(name), 's'), stagedParent(naming, loadOf(name), referenceOf(name, column), 's')];
      return (await names(both(own, parent), sql`${stagedFrom(name)}${own?.joins ?? sql``}${parent?.joins ?? sql``}`)) as readonly string[];
    },
    targetParents: async (name, column) => {
      const [own, parent] = [targetPortable(naming, tableOf(name), 't'), targetParent(naming, referenceOf(name, column), 't')];
      return (await names(both(own, parent), sql`${targetFrom(name)}${own?.joins ?? sql``}${parent?.joins ?? sql``}`)) as readonly string[];
    },
  };
};

/** Exports the source, imports it into the target, whose ids differ, and stages it there again. */
const sendOver = async (options: { readonly tables?: readonly string[]; readonly settings?: Readonly<Record<string, TableSettings>> } = {}): Promise<Bench> => {
  const archive = await arena.export(arena.source, options);
  resultOf(await arena.import(arena.target, archive, options.settings === undefined ? {} : { settings: options.settings }));
  return stage(arena.target, archive, options.settings);
};

const library = `create table author (id int generated always as identity primary key, mail text not null unique);
  create table book (id serial primary key, author_id int not null references author, title text not null, sequel_of int references book, unique (author_id, title));
  create table tag (code text primary key);
  create table book_tag (book_id int references book, tag text references tag, primary key (book_id, tag));
  create table loan (id serial primary key, book_id int not null references book, day date not null, by_id int references author, unique (book_id, day))`;
const books = `insert into author (mail) values ('ann'), ('bob'); insert into tag values ('x'), ('y');
  insert into book (author_id, title, sequel_of) values (1, 'One', null), (2, 'One', null), (1, 'Two, "too"', 1);
  insert into book_tag values (1, 'x'), (3, 'x'), (3, 'y'); insert into loan (book_id, day, by_id) values (1, '2026-01-02', 2), (3, '2026-01-02', null)`;
const shifted = `select setval('author_id_seq', 50), setval('book_id_seq', 70), setval('loan_id_seq', 90); insert into author (mail) values ('zed')`;

test('a row is named by its key, through as many parents as it takes, the same in archive and target', async () => {
  await arena.set(library, { source: books, target: shifted });
  const bench = await sendOver();
  expect(await bench.staged('public.author')).toEqual(['ann', 'bob']);
  expect(await bench.target('public.author')).toEqual(['ann', 'bob', 'zed']);
  expect(await bench.staged('public.loan')).toEqual(['{ann,"Two, \\"too\\"",2026-01-02}', '{ann,One,2026-01-02}']);
  for (const { target } of bench.loads.filter(({ target }) => target.name !== 'author'))
    expect(await bench.target(tableId(target))).toEqual(await bench.staged(tableId(target)));
});

test('a reference is shown as the parent’s name, NULL where there is none', async () => {
  await arena.set(library, { source: books, target: shifted });
  const bench = await sendOver();
  expect(await bench.stagedParents('public.book', 'sequel_of')).toEqual(['{ann,"Two, \\"too\\""} > {ann,One}', '{ann,One} > -', '{bob,One} > -']);
  for (const [table, column] of [
    ['book', 'sequel_of'],
    ['book', 'author_id'],
    ['loan', 'by_id'],
    ['loan', 'book_id'],
    ['book_tag', 'tag'],
    ['book_tag', 'book_id'],
  ] as const) {
    expect(await bench.targetParents(`public.${table}`, column)).toEqual(await bench.stagedParents(`public.${table}`, column));
  }
});

test('references that mean nothing elsewhere are those to ids, over plain values they are not', async () => {
  await arena.set(library, { source: books });
  const bench = await sendOver();
  const found = bench.tables.map(
    (table) =>
      `${table.name}: ${idReferences(bench.naming, table)
        .flatMap(({ columns }) => columns)
        .join(' ')}`,
  );
  expect(found).toEqual(['author: ', 'book: author_id sequel_of', 'book_tag: book_id', 'loan: book_id by_id', 'tag: ']);
});

test('parents that travel as their keys have the same name', async () => {
  await arena.set(library, {
    source: books,
    target: `${shifted}; insert into author (mail) values ('bob'), ('ann'); insert into book (author_id, title) values (53, 'One'), (53, 'Two, "too"')`,
  });
  const bench = await sendOver({ tables: ['loan'] });
  expect(await bench.staged('public.loan')).toEqual(['{ann,"Two, \\"too\\"",2026-01-02}', '{ann,One,2026-01-02}']);
  expect(await bench.target('public.loan')).toEqual(await bench.staged('public.loan'));
  expect(await bench.stagedParents('public.loan', 'by_id')).toEqual(['{ann,"Two, \\"too\\"",2026-01-02} > -', '{ann,One,2026-01-02} > bob']);
  expect(await bench.targetParents('public.loan', 'by_id')).toEqual(await bench.stagedParents('public.loan', 'by_id'));
});

test('a companion that names its parent by another key than the target’s gives no name', async () => {
  const schema = (
    key: string,
  ): string => `create table author (id serial primary key, mail text unique, nick text unique); alter table author alter ${key} set not null;
    create table note (id serial primary key, line text not null unique, author_id int references author)`;
  await arena.set(schema('mail'), {
    targetSchema: schema('nick'),
    source: `insert into author (mail, nick) values ('m', 'n'); insert into note (line, author_id) values ('a', 1)`,
    target: `insert into author (mail, nick) values ('m', 'n')`,
  });
  const bench = await sendOver({ tables: ['note'] });
  const [reference] = (bench.loads[0] as Load).target.references;
  expect(stagedParent(bench.naming, bench.loads[0] as Load, reference as Reference, 's')).toBeUndefined();
  expect(await bench.staged('public.note')).toEqual(['a']);
});

test('composite keys and references over ids and plain values', async () => {
  const schema = `create table tenant (id serial primary key, name text not null unique);
    create table account (tenant_id int references tenant, no int generated always as identity, iban text not null, primary key (tenant_id, no), unique (tenant_id, iban));
    create table entry (tenant_id int, account_no int, line int, primary key (tenant_id, account_no, line), foreign key (tenant_id, account_no) references account)`;
  await arena.set(schema, {
    source: `insert into tenant (name) values ('t'), ('u'); insert into account (tenant_id, iban) values (1, 'A'), (2, 'A'), (2, 'B'); insert into entry values (1, 1, 1), (2, 2, 1), (2, 3, 1), (2, 3, 2)`,
    target: `select setval('tenant_id_seq', 7), setval('account_no_seq', 20); insert into tenant (name) values ('v'), ('u'); insert into account (tenant_id, iban) values (9, 'Z'), (9, 'B')`,
  });
  const bench = await sendOver();
  expect(await bench.staged('public.entry')).toEqual(['{t,A,1}', '{u,A,1}', '{u,B,1}', '{u,B,2}']);
  expect(await bench.target('public.entry')).toEqual(await bench.staged('public.entry'));
  expect(await bench.targetParents('public.entry', 'tenant_id,account_no')).toEqual(await bench.stagedParents('public.entry', 'tenant_id,account_no'));
});

test('rows known by their origin are named by database and key there, also after they came home or went on', async () => {
  const schema = `create table page (id serial primary key, body text); create table link (from_id int references page, to_id int references page, primary key (from_id, to_id)); create table hint (id serial primary key, line text not null unique, page_id int references page)`;
  await arena.set(schema, {
    source: `insert into page (body) values ('a'), ('b'); insert into link values (1, 2); insert into hint (line, page_id) values ('h', 2), ('i', null)`,
    target: `select setval('page_id_seq', 40); insert into page (body) values ('own')`,
  });
  const bench = await sendOver();
  const staged = await bench.staged('public.page');
  expect(staged).toHaveLength(2);
  expect(staged[0]).toMatch(/^\{[0-9A-Z]{26},"\{1\}"\}$/);
  expect((await bench.target('public.page')).filter((name) => staged.includes(name))).toEqual(staged);
  expect(await bench.target('public.link')).toEqual(await bench.staged('public.link'));
  expect(await bench.targetParents('public.hint', 'page_id')).toEqual(await bench.stagedParents('public.hint', 'page_id'));
  expect((await bench.stagedParents('public.hint', 'page_id'))[1]).toBe('i > -');
  // The target's export names them by the database they came from, and so does the source, to which they go home.
  const back = await stage(arena.source, await arena.export(arena.target));
  expect(await back.staged('public.link')).toEqual(await bench.staged('public.link'));
  expect(await back.target('public.link')).toEqual(await bench.staged('public.link'));
  // A part that names its parents by ids of the target, staged in the target itself: the older origin counts.
  const part = await stage(arena.target, await arena.export(arena.target, { tables: ['hint'] }));
  expect(await part.stagedParents('public.hint', 'page_id')).toEqual(await part.targetParents('public.hint', 'page_id'));
});

test('a table without any key has no name', async () => {
  await arena.set('create table line (body text)', { source: `insert into line values ('a')` });
  const bench = await sendOver();
  expect([await bench.staged('public.line'), await bench.target('public.line')]).toEqual([['no name'], ['no name']]);
});

test('names of any length and case, and foreign keys whose names would give one alias', async () => {
  const long = (end: string): string => `"${'Ä'.repeat(29)}${end}"`;
  const schema = `create schema "S.s"; create table "S.s"."Pa rent" ("Id" serial primary key, ${long('Key')} text not null unique);
    create table "Child" ("Id" serial primary key, "A.b" int not null, "C" int, constraint ${long('fk1')} foreign key ("A.b") references "S.s"."Pa rent", constraint "fk.2" foreign key ("C") references "S.s"."Pa rent", unique ("A.b"));
    create table "Grand" ("Up" int primary key references "Child" ("A.b"), "Also" int, constraint ${long('fk3')} foreign key ("Also") references "Child" ("A.b"))`;
  await arena.set(schema, {
    source: `insert into "S.s"."Pa rent" (${long('Key')}) values ('p'), ('q'); insert into "Child" ("A.b", "C") values (1, 2), (2, null); insert into "Grand" values (1, 2)`,
    target: `select setval('"S.s"."Pa rent_Id_seq"', 5); insert into "S.s"."Pa rent" (${long('Key')}) values ('q')`,
  });
  const bench = await sendOver();
  expect(await bench.staged('public.Grand')).toEqual(['p']);
  expect(await bench.stagedParents('public.Grand', 'Also')).toEqual(['p > q']);
  expect(await bench.targetParents('public.Grand', 'Also')).toEqual(['p > q']);
  expect(await bench.targetParents('public.Child', 'C')).toEqual(['p > q', 'q > -']);
  expect(await bench.stagedParents('public.Child', 'C')).toEqual(['p > q', 'q > -']);
});

test('keys that a user configured, enums, domains and case-blind texts', async () => {
  const schema = `create type mood as enum ('so', 'la'); create domain code as text check (value <> ''); create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create table kind (id serial primary key, mood mood not null, code code not null, unique (mood, code));
    create table item (id serial primary key, ref uuid not null unique, name text collate blind not null unique, kind_id int references kind)`;
  const settings = { 'public.item': { key: ['name'] } };
  await arena.set(schema, {
    source: `insert into kind (mood, code) values ('la', 'x'), ('so', 'x'); insert into item (ref, name, kind_id) values (gen_random_uuid(), 'N', 1)`,
    target: `select setval('kind_id_seq', 9); insert into kind (mood, code) values ('so', 'x')`,
  });
  const bench = await sendOver({ settings });
  expect(await bench.staged('public.item')).toEqual(['N']);
  expect(await bench.stagedParents('public.item', 'kind_id')).toEqual(['N > {la,x}']);
  expect(await bench.targetParents('public.item', 'kind_id')).toEqual(['N > {la,x}']);
  const leaves = stagedPortable(bench.naming, bench.loads.find(({ target }) => target.name === 'kind') as Load, 's')?.leaves.map(({ type }) => type);
  expect(leaves).toEqual(['public.mood', 'public.code']);
});
