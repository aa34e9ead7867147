import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArena, type Arena } from '../support/arena.ts';
import type { WriteOptions } from '../support/engine.ts';
import { resultOf, verdictsOf } from '../support/two-databases.ts';

/** How a row is found again under other ids, by every kind of key. */
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const carry = async (options: WriteOptions & { readonly from?: readonly string[] } = {}): Promise<readonly string[]> => {
  const { from, ...rest } = options;
  const archive = await arena.export(arena.source, {
    ...(from === undefined ? {} : { tables: from }),
    ...(options.settings === undefined ? {} : { settings: options.settings }),
  });
  const verdicts = verdictsOf(resultOf(await arena.import(arena.target, archive, rest)).tables).toSorted();
  const again = resultOf(await arena.import(arena.target, archive, rest)).tables;
  expect(again.map(({ table, counts }) => [table, counts.insert, counts.blocked])).toEqual(again.map(({ table, counts }) => [table, 0, counts.blocked]));
  return verdicts;
};

test('a composite reference that is half NULL leaves the shared column to the other reference', async () => {
  const schema = `create table tenant (id serial primary key, name text not null unique);
    create table room (tenant_id int not null references tenant, no int not null, primary key (tenant_id, no));
    create table guest (mail text primary key, tenant_id int not null, room_no int, constraint a_room foreign key (tenant_id, room_no) references room, constraint b_tenant foreign key (tenant_id) references tenant)`;
  await arena.set(schema, {
    source: `insert into tenant (name) values ('x'), ('y'); insert into room values (1, 1), (2, 1); insert into guest values ('a', 1, 1), ('b', 1, null), ('c', 2, null)`,
    target: `insert into tenant (id, name) values (1, 'y'), (2, 'x'); insert into guest values ('c', 1, null)`,
  });
  expect(await carry()).toEqual(['public.guest insert 2, same 1', 'public.room insert 2', 'public.tenant same 2']);
  expect(await arena.inTarget(`select mail, name, room_no from guest join tenant on id = tenant_id order by 1`)).toEqual([
    ['a', 'x', '1'],
    ['b', 'x', null],
    ['c', 'y', null],
  ]);
});

test('a half NULL composite reference alone keeps what its other column says', async () => {
  const schema = `create table p (id serial, no int not null, k text not null unique, primary key (id), unique (id, no)); create table c (k text primary key, p_id int, no int, foreign key (p_id, no) references p (id, no))`;
  await arena.set(schema, {
    source: `insert into p (no, k) values (1, 'x'); insert into c values ('full', 1, 1), ('half', null, 9), ('other half', 1, null)`,
    target: `insert into p (no, k) values (5, 'q'), (1, 'x')`,
  });
  expect(await carry()).toEqual(['public.c insert 3', 'public.p same 1']);
  expect(await arena.inTarget(`select k, p_id, no from c order by 1`)).toEqual([
    ['full', '2', '1'],
    ['half', null, '9'],
    ['other half', '1', null],
  ]);
});

test('a junction of a junction, keyed over three levels', async () => {
  const schema = `create table a (id serial primary key, k text not null unique); create table ab (id serial primary key, a_id int not null references a, n int not null, unique (a_id, n));
    create table abc (ab_id int references ab, other_id int references a, primary key (ab_id, other_id), w int); create table deep (ab_id int, other_id int, no int, primary key (ab_id, other_id, no), foreign key (ab_id, other_id) references abc)`;
  await arena.set(schema, {
    source: `insert into a (k) values ('x'), ('y'); insert into ab (a_id, n) values (1, 1), (2, 1); insert into abc values (1, 2, 10), (2, 1, 20); insert into deep values (1, 2, 1), (2, 1, 2)`,
    target: `insert into a (k) values ('y'), ('x'); insert into ab (id, a_id, n) values (9, 2, 1); insert into abc values (9, 1, 10); insert into deep values (9, 1, 1); select setval('ab_id_seq', 9)`,
  });
  expect(await carry()).toEqual(['public.a same 2', 'public.ab insert 1, same 1', 'public.abc insert 1, same 1', 'public.deep insert 1, same 1']);
  expect(
    await arena.inTarget(`select a.k, o.k, no from deep join ab on ab.id = ab_id join a on a.id = ab.a_id join a o on o.id = other_id order by 1`),
  ).toEqual([
    ['x', 'y', '1'],
    ['y', 'x', '2'],
  ]);
});

test('a key that is itself a reference, in a ring (store and its manager)', async () => {
  const schema = `create table staff (id serial primary key, mail text not null unique, store_id int not null); create table store (id serial primary key, manager_staff_id int not null unique references staff, place text);
    alter table staff add constraint at foreign key (store_id) references store deferrable initially deferred`;
  await arena.set(schema, {
    source: `begin; insert into staff (mail, store_id) values ('m1', 1), ('m2', 2), ('w', 1); insert into store (manager_staff_id, place) values (1, 'P'), (2, 'Q'); commit`,
    target: `begin; insert into staff (id, mail, store_id) values (8, 'm2', 5); insert into store values (5, 8, 'Q'); commit; select setval('staff_id_seq', 8), setval('store_id_seq', 5)`,
  });
  expect(await carry()).toEqual(['public.staff insert 2, same 1', 'public.store insert 1, same 1']);
  expect(
    await arena.inTarget(`select w.mail, m.mail, place from staff w join store s on s.id = w.store_id join staff m on m.id = manager_staff_id order by 1`),
  ).toEqual([
    ['m1', 'm1', 'P'],
    ['m2', 'm2', 'Q'],
    ['w', 'm1', 'P'],
  ]);
});

test('keys whose collation or type calls other cases equal', async () => {
  const schema = `create extension citext; create collation nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create table tag (id serial primary key, name citext not null unique); create table word (id serial primary key, text text collate nocase not null unique); create table uses (tag_id int references tag, word text collate nocase references word (text), primary key (tag_id, word))`;
  await arena.set(schema, {
    source: `insert into tag (name) values ('Red'), ('BLUE'); insert into word (text) values ('Apple'), ('Pear'); insert into uses values (1, 'APPLE'), (2, 'pear')`,
    target: `insert into tag (name) values ('blue'), ('RED'); insert into word (text) values ('APPLE'); insert into uses values (2, 'apple')`,
  });
  expect(await carry()).toEqual(
    ['public.tag keep 2', 'public.uses insert 1, keep 1', 'public.word insert 1, keep 1'].map((line) =>
      line.replace('tag keep', 'tag same').replace('uses insert 1, keep', 'uses insert 1, same').replace('word insert 1, keep', 'word insert 1, same'),
    ),
  );
  expect(await arena.inTarget(`select t.name, w.text from uses u join tag t on t.id = tag_id join word w on w.text = u.word order by 1`)).toEqual([
    ['blue', 'Pear'],
    ['RED', 'APPLE'],
  ]);
});

test('a unique key that is checked late, and references to it', async () => {
  await arena.set(
    `create table p (id serial primary key, k text not null unique deferrable initially deferred, code text not null unique); create table c (k text primary key, p_id int references p)`,
    {
      source: `insert into p (k, code) values ('a', '1'), ('b', '2'); insert into c values ('x', 1), ('y', 2)`,
      target: `insert into p (k, code) values ('z', '9'), ('a', '1')`,
    },
  );
  expect(await carry()).toEqual(['public.c insert 2', 'public.p insert 1, same 1']);
  expect(await arena.inTarget(`select c.k, p.k from c join p on p.id = p_id order by 1`)).toEqual([
    ['x', 'a'],
    ['y', 'b'],
  ]);
});

test('a configured key, other ids and an excluded column', async () => {
  const schema = `create table p (id serial primary key, mail text not null unique, badge text not null unique, secret text); create table c (k text primary key, p_id int references p)`;
  await arena.set(schema, {
    source: `insert into p (mail, badge, secret) values ('a@x', 'B1', 's'), ('b@x', 'B2', 't'); insert into c values ('x', 1), ('y', 2)`,
    target: `insert into p (id, mail, badge) values (7, 'renamed@x', 'B1')`,
  });
  expect(await carry({ settings: { 'public.p': { key: ['badge'], exclude: ['secret'] } } })).toEqual(['public.c insert 2', 'public.p insert 1, keep 1']);
  expect(await arena.inTarget(`select c.k, mail, secret from c join p on p.id = p_id order by 1`)).toEqual([
    ['x', 'renamed@x', null],
    ['y', 'b@x', null],
  ]);
});

test("ids: 'remap' gives new ids even into an empty table, 'preserve' keeps them in a filled one", async () => {
  const schema = `create table p (id int generated by default as identity primary key, k text not null unique); create table c (k text primary key, p_id int references p)`;
  await arena.set(schema, { source: `insert into p values (70, 'a'), (80, 'b'); insert into c values ('x', 70), ('y', 80)` });
  expect(await carry({ settings: { 'public.p': { ids: 'remap' } } })).toEqual(['public.c insert 2', 'public.p insert 2']);
  expect(await arena.inTarget(`select c.k, p.id, p.k from c join p on p.id = p_id order by 1`)).toEqual([
    ['x', '1', 'a'],
    ['y', '2', 'b'],
  ]);
  await arena.set(schema, {
    source: `insert into p values (70, 'a'), (80, 'b'); insert into c values ('x', 70), ('y', 80)`,
    target: `insert into p values (3, 'a')`,
  });
  expect(await carry({ settings: { 'public.p': { ids: 'preserve' } } })).toEqual(['public.c insert 2', 'public.p insert 1, same 1']);
  expect(await arena.inTarget(`select c.k, p.id, p.k, nextval('p_id_seq') > 80 from c join p on p.id = p_id order by 1`)).toEqual([
    ['x', '3', 'a', 't'],
    ['y', '80', 'b', 't'],
  ]);
});

test('an id that another row of the target holds is an issue where ids are preserved or nothing makes new ones', async () => {
  const schema = `create table p (id int primary key, k text not null unique); create table c (k text primary key, p_id int references p)`;
  await arena.set(schema, {
    source: `insert into p values (1, 'a'), (2, 'b'); insert into c values ('x', 1), ('y', 2)`,
    target: `insert into p values (2, 'other')`,
  });
  const archive = await arena.export(arena.source);
  const { outcome, plans } = await arena.import(arena.target, archive);
  expect(outcome).toMatchObject({ state: 'refused', code: 'IMPORT_HAS_ISSUES' });
  expect((await arena.issues(plans[0])).map((issue) => issue.split(' | ')[0])).toEqual(['public.p row 2: id.taken - p_pkey = (2)']);
  const rest = await arena.import(arena.target, archive, { onError: 'reject-rows' });
  expect(verdictsOf(resultOf(rest).tables).toSorted()).toEqual(['public.c insert 1, blocked 1', 'public.p insert 1, blocked 1']);
  expect(await arena.inTarget(`select c.k, p.id, p.k from c join p on p.id = p_id`)).toEqual([['x', '1', 'a']]);
});

test('an id that a trigger makes up is refused by name where others refer to it', async () => {
  await arena.set(
    `create sequence ids start 500; create function own_id() returns trigger language plpgsql as $$ begin new.id := nextval('ids'); return new; end $$;
     create table p (id int primary key, k text not null unique); create trigger own_id before insert on p for each row execute function own_id(); create table c (k text primary key, p_id int references p)`,
    { source: `insert into p (k) values ('a'), ('b'); insert into c select k, id from p`, target: `insert into p (k) values ('z')` },
  );
  const { outcome } = await arena.import(arena.target, await arena.export(arena.source));
  expect(outcome).toMatchObject({ state: 'refused', code: expect.stringMatching(/TRIGGER_CHANGED_KEY|IMPORT_HAS_ISSUES/) });
  expect(await arena.inTarget(`select (select count(*) from p), (select count(*) from c)`)).toEqual([['1', '0']]);
});

test('a key that refers to its own table is refused by name or passed over', async () => {
  const schema = `create table folder (id serial primary key, up int references folder, name text not null, path text not null unique, unique nulls not distinct (up, name))`;
  await arena.set(schema, {
    source: `insert into folder (up, name, path) values (null, 'root', '/'), (1, 'a', '/a'), (2, 'b', '/a/b')`,
    target: `insert into folder (id, up, name, path) values (40, null, 'root', '/'), (41, 40, 'a', '/a'); select setval('folder_id_seq', 41)`,
  });
  expect(await carry()).toEqual(['public.folder insert 1, same 2']);
  expect(await arena.inTarget(`select id > 41, up, name from folder where name = 'b'`)).toEqual([['t', '41', 'b']]);
  const keyed = `create table folder (id serial primary key, up int not null references folder, name text not null, unique (up, name))`;
  await arena.set(keyed, { source: `insert into folder (up, name) values (1, 'root')`, target: `insert into folder (up, name) values (1, 'root')` });
  const settings = { 'public.folder': { key: ['up', 'name'] } };
  const { outcome } = await arena.import(arena.target, await arena.export(arena.source, { settings }), { settings });
  expect(outcome).toMatchObject({ state: 'refused', code: 'KEY_CYCLE', details: { tables: ['public.folder'] } });
});

test('a surrogate whose highest and lowest values are the limits of their type', async () => {
  await arena.set(
    `create table p (id bigint primary key, v text); create table q (id bigint generated by default as identity primary key, k text not null unique)`,
    {
      source: `insert into p values (-9223372036854775808, 'lo'), (9223372036854775807, 'hi'), (0, 'mid'); insert into q values (9223372036854775807, 'max'), (-9223372036854775808, 'min')`,
    },
  );
  expect(await carry()).toEqual(['public.p insert 3', 'public.q insert 2']);
});

test('a sequence that lags behind the ids of its table is moved past them first', async () => {
  const schema = `create table p (id serial primary key, k text not null unique); create table c (id int generated always as identity primary key, p_id int not null references p, no int, unique (p_id, no))`;
  await arena.set(schema.replace('unique (p_id, no)', 'unique (p_id, no), check (no > 0)'), {
    source: `insert into p (k) values ('a'), ('b'); insert into c (p_id, no) values (1, 1), (2, 1)`,
    target: `insert into p values (1, 'x'), (2, 'y'), (4, 'z'); insert into c overriding system value values (1, 1, 1), (2, 2, 1)`,
  });
  const { outcome, drifts } = await arena.import(arena.target, await arena.export(arena.source));
  expect([outcome.state, drifts]).toEqual(['completed', []]);
  expect(await arena.inTarget(`select min(id), max(id), nextval('p_id_seq') > max(id) from p where k in ('a', 'b')`)).toEqual([['5', '6', 't']]);
});

test('a second id, kept on insert, is an issue where another row holds it', async () => {
  const schema = `create table p (id serial primary key, tag uuid not null unique default gen_random_uuid(), k text not null unique)`;
  await arena.set(schema, {
    source: `insert into p (tag, k) values ('11111111-1111-1111-1111-111111111111', 'a')`,
    target: `insert into p (tag, k) values ('11111111-1111-1111-1111-111111111111', 'b')`,
  });
  const { outcome, plans } = await arena.import(arena.target, await arena.export(arena.source));
  expect(outcome).toMatchObject({ state: 'refused' });
  expect((await arena.issues(plans[0])).map((issue) => issue.split(' = ')[0])).toEqual(['public.p row 1: id.taken - p_tag_key']);
});
