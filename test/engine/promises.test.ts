import { readFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { WriteResult, TablePlan } from '../../src/domain/run/run.ts';
import { fingerprint } from '../../src/infra/postgres/fingerprint.ts';
import { introspect } from '../../src/infra/postgres/introspect.ts';
import type { Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { createEngineRig, type EngineRig, type Imported } from '../support/engine.ts';

/** The promises of docs/ENGINE.md that a single import can keep or break. */
describe('an import', () => {
  let rig: EngineRig;
  beforeAll(async () => {
    rig = await createEngineRig();
  });
  const databases: TestDatabase[] = [];
  afterEach(async () => {
    await Promise.all(databases.splice(0).map((database) => database.drop()));
  });

  const withSchema = async (...statements: readonly string[]): Promise<{ readonly url: string; readonly session: Session }> => {
    const database = await createTestDatabase();
    databases.push(database);
    const session = await database.session();
    for (const statement of statements) await session.run(sql.raw(statement));
    return { url: database.url, session };
  };

  const resultOf = ({ outcome }: Imported): WriteResult => {
    if (outcome.state !== 'completed' || outcome.result.kind !== 'import') throw new Error(`The import ended otherwise: ${JSON.stringify(outcome)}`);
    return outcome.result;
  };

  const stagedOf = ({ counts }: TablePlan): number => counts.insert + counts.update + counts.same + counts.keep + counts.blocked + counts.conflict;

  const shop = [
    `create table customer (id int generated always as identity primary key, mail text not null unique, age int)`,
    `create table purchase (id int generated always as identity primary key, code text not null unique, customer_id int not null references customer)`,
  ];

  test('staged rows are inserted, updated, same, kept, blocked or conflicts: the counts add up', async () => {
    const source = await withSchema(
      ...shop,
      `insert into customer (mail, age) values ('same', 1), ('differs', 2), ('new', 3), ('too old', 200)`,
      `insert into purchase (code, customer_id) values ('a', 1), ('b', 3), ('c', 4)`,
    );
    const target = await withSchema(
      ...shop,
      `alter table customer add check (age < 150)`,
      `insert into customer (mail, age) values ('other', 9), ('differs', 22), ('same', 1)`,
    );
    const result = resultOf(await rig.import(target.url, await rig.export(source.url), { onError: 'reject-rows' }));
    expect(Object.fromEntries(result.tables.map((table) => [table.table, [stagedOf(table), table.counts]]))).toEqual({
      'public.customer': [4, expect.objectContaining({ insert: 1, same: 1, keep: 1, blocked: 1 })],
      'public.purchase': [3, expect.objectContaining({ insert: 2, blocked: 1 })],
    });
    expect(result.rejected).toBe(2);
    expect(result.plan.issues.reduce((sum, issue) => sum + issue.count, 0)).toBe(2);
  });

  test('staging leaves nothing behind: no temporary table, no relation outside its own schema', async () => {
    const source = await withSchema(...shop, `insert into customer (mail) values ('a')`);
    const target = await withSchema(...shop);
    resultOf(await rig.import(target.url, await rig.export(source.url)));
    const rows = await target.session.many<{ name: string }>(sql`
      select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'waybill') and n.nspname not like 'pg_toast%' order by 1`);
    expect(rows.map(({ name }) => name)).toEqual(['public.customer', 'public.purchase']);
  });

  test('cells are equal when their images are; json and jsonb by value', async () => {
    const table = `create table cell (name text primary key, exact numeric, doc json, bdoc jsonb, spot point, area box)`;
    const source = await withSchema(
      table,
      `insert into cell values ('numeric', 1.0, null, null, null, null), ('json', null, '{"a":1,"b":2}', null, null, null), ('jsonb', null, null, '{"a":1}', null, null),
         ('point', null, null, null, '(1,2)', null), ('box', null, null, null, null, '(1,1),(0,0)')`,
    );
    const target = await withSchema(
      table,
      `insert into cell values ('numeric', 1.00, null, null, null, null), ('json', null, '{"b":2, "a":1}', null, null, null), ('jsonb', null, null, '{ "a": 1 }', null, null),
         ('point', null, null, null, '(1,2)', null), ('box', null, null, null, null, '(2,0.5),(0,0)')`,
    );
    const [counts] = resultOf(await rig.import(target.url, await rig.export(source.url))).tables;
    // numeric differs in scale and the box in shape (its area is the same); the rest is the same.
    expect(counts?.counts).toMatchObject({ same: 3, keep: 2, insert: 0 });
  });

  test('keys are equal when their column says so', async () => {
    const schema = [
      `create collation plain (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
      `create table word (id int generated always as identity primary key, text text collate plain not null unique)`,
    ];
    const source = await withSchema(...schema, `insert into word (text) values ('Apple'), ('Pear')`);
    const target = await withSchema(...schema, `insert into word (text) values ('APPLE')`);
    const [counts] = resultOf(await rig.import(target.url, await rig.export(source.url))).tables;
    expect([counts?.counts.insert, (counts?.counts.same ?? 0) + (counts?.counts.keep ?? 0)]).toEqual([1, 1]);
  });

  test('the same plan has the same hash, whatever the ids of the target are', async () => {
    const source = await withSchema(
      ...shop,
      `insert into customer (mail) values ('a'), ('b')`,
      `insert into purchase (code, customer_id) values ('x', 1), ('y', 2)`,
    );
    const archive = await rig.export(source.url);
    const present = [`insert into customer (mail) values ('a')`, `insert into purchase (code, customer_id) select 'x', id from customer`];
    const one = await withSchema(...shop, ...present);
    const other = await withSchema(...shop, `select setval('customer_id_seq', 500)`, ...present);
    const drifted = await withSchema(...shop, ...present, `insert into customer (mail) values ('b')`);
    const hashes = [];
    for (const { url } of [one, one, other, drifted]) hashes.push((await rig.import(url, archive, { approval: 'required' })).plans[0]?.planHash);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect([hashes[1], hashes[2]]).toEqual([hashes[0], hashes[0]]);
    expect(hashes[3]).not.toBe(hashes[0]);
  });

  test('a plan that is no longer what was approved is refused and writes nothing', async () => {
    const source = await withSchema(...shop, `insert into customer (mail) values ('a'), ('b')`);
    const archive = await rig.export(source.url);
    const target = await withSchema(...shop);
    const { plans } = await rig.import(target.url, archive, { approval: 'required' });
    await target.session.run(sql`insert into customer (mail) values ('b')`);
    const applied = await rig.import(target.url, archive, { approval: 'required', ...(plans[0] === undefined ? {} : { approved: plans[0] }) });
    expect(applied.outcome).toMatchObject({ state: 'refused', code: 'PLAN_IS_STALE' });
    expect(await target.session.one(sql`select count(*)::int as rows from customer`)).toEqual({ rows: 1 });
  });

  test('what the catalogue forbids is known before anything is written', async () => {
    const loose = `create table item (id int generated always as identity primary key, code text not null unique, weight int, place int, note text)`;
    const source = await withSchema(
      loose,
      `insert into item (code, weight, place, note) values ('missing', null, 1, null), ('check', -1, 2, null), ('unique', 1, 7, 'x'), ('unique too', 1, 7, 'x'), ('good', 1, 4, 'y')`,
    );
    const strict = `create table item (id int generated always as identity primary key, code text not null unique, weight int not null check (weight > 0), place int, note text)`;
    const target = await withSchema(strict, `create unique index one_place on item (place) where note = 'x'`);
    const archive = await rig.export(source.url);
    const refused = await rig.import(target.url, archive);
    expect(refused.outcome).toMatchObject({ state: 'refused' });
    const { plans } = await rig.import(target.url, archive, { approval: 'required', onError: 'reject-rows' });
    expect(Object.fromEntries((plans[0]?.issues ?? []).map(({ code, count }) => [code, count]))).toMatchObject({ 'value.missing': 1, 'check.violated': 1 });
    expect((plans[0]?.issues ?? []).map(({ code }) => code)).toContain('unique.violated');
    expect(await target.session.one(sql`select count(*)::int as rows from item`)).toEqual({ rows: 0 });
  });

  test('a large empty table is loaded fast and its catalogue is what it was', async () => {
    const table = `create table kind (id int primary key); create table wide (id int primary key, code text not null unique, kind_id int references kind on delete cascade, n int check (n >= 0)); create index on wide (n desc nulls last) where n > 3; alter table wide alter n set statistics 77`;
    const source = await withSchema(...table.split('; '), `insert into wide select i, 'c' || i, null, i from generate_series(1, 25000) i`);
    const target = await withSchema(...table.split('; '));
    const before = fingerprint(await introspect(target.session));
    const definition = sql`select string_agg(pg_get_indexdef(indexrelid) , ';' order by indexrelid::regclass::text) as text from pg_index where indrelid = 'wide'::regclass`;
    const indexes = await target.session.one(definition);
    const result = resultOf(await rig.import(target.url, await rig.export(source.url)));
    expect(result.notes.join()).toContain('loaded without its indexes');
    expect(fingerprint(await introspect(target.session))).toBe(before);
    expect(await target.session.one(definition)).toEqual(indexes);
    expect(await target.session.one(sql`select count(*)::int as rows, sum(n)::int as sum from wide`)).toEqual({
      rows: 25_000,
      sum: (25_000 * 25_001) / 2,
    });
  });

  test('values arrive as text, byte for byte', async () => {
    const table = `create table odd (name text primary key, doc json, exact numeric, zero float8, at timestamptz, big bigint)`;
    const source = await withSchema(
      table,
      `insert into odd values ('x', '{"a":1,"a":2.50,"n":1E400}', 1.500, '-0', '2024-02-29 12:00:00.123456+00', 9007199254740993)`,
    );
    const target = await withSchema(table);
    resultOf(await rig.import(target.url, await rig.export(source.url)));
    const image = sql`select doc::text, exact::text, zero::text, at::text, big::text from odd`;
    expect(await target.session.one(image)).toEqual(await source.session.one(image));
    expect(await target.session.one(image)).toMatchObject({ doc: '{"a":1,"a":2.50,"n":1E400}', exact: '1.500', zero: '-0', big: '9007199254740993' });
  });

  test('the ledger is a file in the blob store that the result names', async () => {
    const source = await withSchema(...shop, `insert into customer (mail, age) values ('a', 1), ('b', 2), ('kept', 3)`);
    const target = await withSchema(...shop, `insert into customer (mail, age) values ('kept', 33)`);
    const { ledgerFile } = resultOf(await rig.import(target.url, await rig.export(source.url)));
    expect(await rig.blobs.verify(ledgerFile?.sha256 ?? '')).toBe(true);
    const lines = (await readFile(rig.blobs.path(ledgerFile?.sha256 ?? ''), 'utf8')).trim().split('\n');
    const none = { keys: null, before: null, after: null, found: null };
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      { ...none, table: 'public.customer', verdict: 'insert', chunk: 0, n: 2, lo: 2, hi: 3, ids: [2, 3], names: ['{a}', '{b}'] },
      {
        ...none,
        table: 'public.customer',
        verdict: 'keep',
        chunk: 0,
        n: 1,
        lo: 1,
        hi: 1,
        ids: [1],
        names: ['{kept}'],
        found: [expect.stringMatching(/^-?\d+$/)],
      },
    ]);
    const inTarget = await target.session.many<{ verdict: string; n: number }>(sql`select verdict, sum(n)::int as n from waybill.ledger group by 1 order by 1`);
    expect(inTarget).toEqual([
      { verdict: 'insert', n: 2 },
      { verdict: 'keep', n: 1 },
    ]);
  });
});
