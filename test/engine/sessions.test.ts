import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openArena, type Arena } from '../support/arena.ts';
import { query, resultOf, verdictsOf } from '../support/two-databases.ts';

/** Whatever the role, the database or a user's schema has set: the same import. */
let arena: Arena;
const role = `role_${process.pid}`;
const asRole = (url: string): string => {
  const other = new URL(url);
  other.username = role;
  return other.href;
};
beforeAll(async () => {
  arena = await openArena();
  await query(arena.target, `create role ${role} login`);
});
afterEach(() =>
  query(arena.target, `alter role ${role} reset all; alter database ${new URL(arena.target).pathname.slice(1)} reset all; drop owned by ${role}`),
);
afterAll(async () => {
  await query(arena.target, `drop owned by ${role}; drop role ${role}`);
  await arena.close();
});

const owned = (
  schema: string,
): string => `${schema}; do $$ declare t regclass; begin for t in select oid::regclass from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') loop execute format('alter table %s owner to ${role}', t); end loop; end $$;
  grant create on database ${new URL(arena.target).pathname.slice(1)} to ${role}; grant all on schema public to ${role}`;

const shop = `create table customer (id int generated always as identity primary key, mail text not null unique, at timestamptz, f float8, b bytea, i interval, d date); create table purchase (id serial primary key, code text not null unique, customer_id int not null references customer);
  create table bare (line text, n int); create table note (id serial primary key, body json)`;
const rows = {
  source: `insert into customer (mail, at, f, b, i, d) values ('a', '2024-02-03 04:05:06.7+02', 0.1::float8 + 0.2, '\\x00ff', '1 mon 2 days', '2024-02-03'), ('b', 'infinity', '-0', '\\x', '-3 hours', '0044-03-15 BC');
    insert into purchase (code, customer_id) values ('x', 1), ('y', 2); insert into bare values ('p', 1), ('p', 1), (null, null); insert into note (body) values ('{"a": 1}')`,
  target: `insert into customer (mail) values ('z'); insert into customer (mail, at, f, b, i, d) values ('a', '2024-02-03 02:05:06.7+00', 0.1::float8 + 0.2, '\\x00ff', '1 mon 2 days', '2024-02-03'); insert into bare values ('p', 1)`,
};
const expected = ['public.bare insert 2, same 1', 'public.customer insert 1, same 1', 'public.note insert 1', 'public.purchase insert 2'];
const carry = async (): Promise<readonly string[]> => {
  const archive = await arena.export(arena.source);
  const run = await arena.import(asRole(arena.target), archive, { onError: 'reject-rows' });
  return verdictsOf(resultOf(run).tables).toSorted();
};

test('a role that is no superuser and owns only its tables', async () => {
  await arena.set(shop, { source: rows.source, targetSchema: owned(shop), target: rows.target });
  expect(await carry()).toEqual(expected);
  expect(await arena.inTarget(`select code, mail from purchase join customer c on c.id = customer_id order by 1`)).toEqual([
    ['x', 'a'],
    ['y', 'b'],
  ]);
});

test('a role that may create nothing but in one schema of its own', async () => {
  await arena.set(shop, {
    source: rows.source,
    targetSchema: `${owned(shop)}; revoke create on database ${new URL(arena.target).pathname.slice(1)} from ${role}; create schema own authorization ${role}`,
    target: rows.target,
  });
  const archive = await arena.export(arena.source);
  const refused = await arena.import(asRole(arena.target), archive);
  expect(refused.outcome).toMatchObject({ state: 'refused', message: expect.stringMatching(/waybill/i) });
  const run = await arena.import(asRole(arena.target), archive, { waybillSchema: 'own' });
  expect(verdictsOf(resultOf(run).tables).toSorted()).toEqual(expected);
  const again = await arena.import(asRole(arena.target), archive, { waybillSchema: 'own' });
  expect(resultOf(again).tables.filter(({ counts }) => counts.insert > 0)).toEqual([]);
});

test('settings that change how values read', async () => {
  await arena.set(shop, { source: rows.source, targetSchema: owned(shop), target: rows.target });
  for (const setting of [
    `datestyle = 'SQL, DMY'`,
    `intervalstyle = 'sql_standard'`,
    `extra_float_digits = -5`,
    `bytea_output = 'escape'`,
    `timezone = 'Asia/Kathmandu'`,
    `row_security = on`,
    `standard_conforming_strings = off`,
    `default_transaction_isolation = 'serializable'`,
    `transform_null_equals = on`,
    `quote_all_identifiers = on`,
    `enable_hashjoin = off`,
    `statement_timeout = '20s'`,
    `lock_timeout = '1ms'`,
    `check_function_bodies = off`,
    `default_transaction_deferrable = on`,
    `array_nulls = off`,
    `xmloption = 'document'`,
    `backslash_quote = 'off'`,
    `plpgsql.variable_conflict = 'error'`,
  ])
    await query(arena.target, `alter role ${role} set ${setting}`);
  expect(await carry()).toEqual(expected);
  expect(await arena.inTarget(`select mail, at::text, f::text, b::text, i::text, d::text from customer where mail <> 'z' order by 1`)).toEqual(
    await arena.inSource(`select mail, at::text, f::text, b::text, i::text, d::text from customer order by 1`),
  );
});

test('a role whose sessions are read-only is refused by name', async () => {
  await arena.set(shop, { source: rows.source, targetSchema: owned(shop) });
  await query(arena.target, `alter role ${role} set default_transaction_read_only = on`);
  const { outcome } = await arena.import(asRole(arena.target), await arena.export(arena.source));
  expect(outcome).toMatchObject({ state: 'refused', code: 'DATABASE_READ_ONLY' });
});

test('row-level security that hides rows from the role is refused by name', async () => {
  await arena.set(shop, {
    source: rows.source,
    targetSchema: `${owned(shop)}; alter table customer enable row level security, force row level security; create policy hides on customer using (mail <> 'a')`,
    target: rows.target,
  });
  const { outcome } = await arena.import(asRole(arena.target), await arena.export(arena.source));
  expect(outcome).toMatchObject({ state: 'refused', code: 'ROW_LEVEL_SECURITY', details: { tables: ['public.customer'] } });
});

/** Every one of them raises when it is called; types of the same name as PostgreSQL's take no value. */
const hostile = (): string => {
  const operators = ['=', '<>', '<', '>', '<=', '>=', '+', '-', '/', '*', '||', '*='];
  const types = ['integer', 'bigint', 'text', 'tid', 'boolean', 'oid', 'name', 'record', '"char"', 'uuid', 'numeric'];
  return [
    `create schema evil; grant usage on schema evil to public`,
    ...types.flatMap((type, at) => [
      `create function evil.f${at}(a pg_catalog.${type === 'integer' ? 'int4' : type === 'bigint' ? 'int8' : type === 'boolean' ? 'bool' : type}, b pg_catalog.${type === 'integer' ? 'int4' : type === 'bigint' ? 'int8' : type === 'boolean' ? 'bool' : type}) returns boolean language plpgsql as $$ begin raise exception 'evil was called'; end $$`,
      ...operators.map((operator) => `create operator evil.${operator} (leftarg = ${type}, rightarg = ${type}, procedure = evil.f${at})`),
    ]),
    ...[
      'count(text)',
      'max(integer)',
      'left(text, integer)',
      'md5(text)',
      'nextval(regclass)',
      'setval(regclass, bigint, boolean)',
      'current_setting(text)',
      'set_config(text, text, boolean)',
      'pg_backend_pid()',
      'row_number()',
      'coalesce_(text)',
      'strpos(text, text)',
      'generate_series(integer, integer)',
      'unnest(anyarray)',
      'array_agg(text)',
      'lower(text)',
      'length(text)',
      'json_build_object()',
      'pg_advisory_xact_lock(integer, integer)',
      'to_jsonb(anyelement)',
      'concat_ws(text, text)',
      'jsonb_build_object()',
      'clock_timestamp()',
      'now()',
      'gen_random_uuid()',
    ].map(
      (signature) =>
        `create function evil.${signature.startsWith('"') ? signature : signature} returns text language plpgsql as $$ begin raise exception 'evil was called'; end $$`,
    ),
    ...['text', 'tid', 'uuid', 'json', 'jsonb', 'name', 'regclass', 'oid', 'bytea', 'date', 'timestamptz'].map(
      (type) => `create domain evil.${type} as pg_catalog.int4 check (false)`,
    ),
    ...[
      'pg_class',
      'pg_attribute',
      'pg_namespace',
      'pg_constraint',
      'pg_index',
      'pg_type',
      'pg_sequence',
      'pg_trigger',
      'pg_proc',
      'pg_stat_activity',
      'pg_locks',
      'pg_database',
      'pg_settings',
      'customer',
      'run',
      'ledger',
    ].map((name) => `create table evil.${name} (nothing int)`),
  ].join(';\n');
};

test('a search_path whose first schema shadows operators, functions, types and tables', async () => {
  await arena.set(shop, { source: rows.source, targetSchema: `${owned(shop)}; ${hostile()}`, target: rows.target });
  await query(arena.target, `alter role ${role} set search_path = evil, pg_catalog, public`);
  expect(await carry()).toEqual(expected);
  expect(await arena.inTarget(`select (select count(*) from evil.customer), (select count(*) from evil.run)`)).toEqual([['0', '0']]);
});

test('triggers and defaults find what the role finds in any session, and never our tables', async () => {
  const schema = `create schema app; create table app.audit (what text); create table app.wb_stage_0 (what text); create function app.label() returns text language sql as $$ select 'by default' $$;
    create function app.noted() returns trigger language plpgsql as $$ begin insert into audit values (new.k); insert into wb_stage_0 values (new.k); return new; end $$;
    create table app.t (k text primary key); create trigger noted after insert on app.t for each row execute function app.noted()`;
  await arena.set(`create schema app; create table app.t (k text primary key)`, {
    source: `insert into app.t values ('x')`,
    targetSchema: `${schema}; grant all on schema app to ${role}; grant all on all tables in schema app to ${role}; grant create on database ${new URL(arena.target).pathname.slice(1)} to ${role}`,
  });
  await query(arena.target, `alter role ${role} set search_path = app, pg_temp`);
  const run = await arena.import(asRole(arena.target), await arena.export(arena.source));
  expect(verdictsOf(resultOf(run).tables)).toEqual(['app.t insert 1']);
  expect(await arena.inTarget(`select (select what from app.audit), (select what from app.wb_stage_0)`)).toEqual([['x', 'x']]);
});

test('a type can be altered while an import runs, where columns are made over it', async () => {
  const schema = `create type money_t as (amount numeric, unit text); create table t (k text primary key, price money_t); create table u (k text primary key)`;
  await arena.set(schema, { source: `insert into t values ('a', row(1, 'EUR')); insert into u values ('x')` });
  const archive = await arena.export(arena.source);
  let altered: Promise<unknown> | undefined;
  const run = await arena.import(arena.target, archive, {
    onProgress: ({ phase }) => {
      if (phase === 'resolving')
        altered ??= arena.inTarget(`set lock_timeout = '5s'; alter type money_t add attribute note text`).catch((error: unknown) => error);
    },
  });
  expect(['completed', 'refused']).toContain(run.outcome.state);
  expect(await altered).not.toBeInstanceOf(Error);
});
