import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openArena, type Arena } from '../support/arena.ts';
import { createTestDatabase } from '../support/cluster.ts';
import type { WriteOptions } from '../support/engine.ts';
import { query, resultOf, verdictsOf } from '../support/two-databases.ts';

/** `target` is production, `source` development: production's archive goes out, is edited there, and comes home, again and again. */
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
beforeEach(async () => {
  await arena.set(
    `create table item (code text primary key, price int, note text); create table tag (id serial primary key, name text unique not null, item text references item)`,
    {
      target: `insert into item values ('a', 1), ('b', 2), ('c', 3); insert into tag (name, item) values ('x', 'a'), ('y', 'b')`,
    },
  );
});
afterAll(() => arena.close());

const deleting = { deletes: true, maxDeletes: 'any' } as const;

/** What became of each table, and what is there now. */
const merge = async (into: string, archive: string, options: WriteOptions = deleting): Promise<readonly string[]> =>
  verdictsOf(resultOf(await arena.write('merge', into, archive, options)).tables)
    .filter((line) => !/^\S+( same \d+)?$/.test(line))
    .toSorted();
const takeIn = async (): Promise<void> => void resultOf(await arena.import(arena.source, await arena.export(arena.target)));
const home = async (options: WriteOptions = deleting): Promise<readonly string[]> => merge(arena.target, await arena.export(arena.source), options);
const items = async (of: 'source' | 'target'): Promise<readonly string[]> =>
  (await (of === 'source' ? arena.inSource : arena.inTarget)(`select code, price, note from item order by code`)).map(([code, price, note]) =>
    [code, price ?? '-', ...(note === null ? [] : [note])].join(' '),
  );

test('a cell that production takes back is not brought again, however often development comes home', async () => {
  await takeIn();
  await arena.inSource(`update item set price = 20 where code = 'b'`);
  expect(await home()).toEqual(['public.item update 1, same 2']);
  await arena.inTarget(`update item set price = 2 where code = 'b'`);
  await arena.inSource(`update item set note = 'dev' where code = 'c'`);
  expect(await home()).toEqual(['public.item update 1, same 1, keep 1']);
  await arena.inSource(`insert into item values ('d', 4)`);
  expect(await home()).toEqual(['public.item insert 1, same 2, keep 1']);
  expect(await items('target')).toEqual(['a 1', 'b 2', 'c 3 dev', 'd 4']);

  expect(await merge(arena.source, await arena.export(arena.target))).toEqual(['public.item update 1, same 3']);
  expect(await items('source')).toEqual(await items('target'));
  expect(await home()).toEqual([]);
});

test('a cell that development changes again after production took it back is taken again', async () => {
  await takeIn();
  await arena.inSource(`update item set price = 20 where code = 'b'`);
  await home();
  await arena.inTarget(`update item set price = 2 where code = 'b'`);
  await arena.inSource(`update item set price = 21 where code = 'b'`);
  expect((await arena.write('merge', arena.target, await arena.export(arena.source))).outcome.state).toBe('planned');
  expect(await home({ onConflict: 'incoming' })).toEqual(['public.item update 1, same 2']);
  expect(await items('target')).toEqual(['a 1', 'b 21', 'c 3']);
});

test('what development deleted is deleted once; production may have it again', async () => {
  await takeIn();
  await arena.inSource(`delete from item where code = 'c'`);
  expect(await home()).toEqual(['public.item same 2, delete 1']);
  await arena.inTarget(`insert into item values ('c', 30)`);
  await arena.inSource(`update item set note = 'dev' where code = 'a'`);
  const second = await arena.write('merge', arena.target, await arena.export(arena.source), { ...deleting, onConflict: 'current' });
  expect(resultOf(second).tables.find(({ table }) => table === 'public.item')?.counts).toMatchObject({ delete: 0, update: 1 });
  expect(await items('target')).toEqual(['a 1 dev', 'b 2', 'c 30']);
});

test('rows that production deleted do not return', async () => {
  await takeIn();
  await arena.inTarget(`delete from item where code = 'c'`);
  await arena.inSource(`insert into item values ('d', 4)`);
  expect(await home()).toEqual(['public.item insert 1, same 2, keep 1']);
  await arena.inSource(`insert into item values ('e', 5)`);
  expect(await home()).toEqual(['public.item insert 1, same 3, keep 1']);
  expect(await items('target')).toEqual(['a 1', 'b 2', 'd 4', 'e 5']);
});

test('rows that development rejected, kept or never asked for are no deletes', async () => {
  await arena.inSource(`alter table item add check (price < 3); insert into item values ('b', 0)`);
  resultOf(await arena.import(arena.source, await arena.export(arena.target), { onError: 'reject-rows', tables: ['item'] }));
  expect(await items('source')).toEqual(['a 1', 'b 0']);
  await arena.inSource(`delete from item where code in ('a', 'b')`);
  // Only `a` was ever shared; `x` refers to it and was not, so it stays, and `a` with it.
  expect(await home({ ...deleting, onError: 'reject-rows' })).toEqual(['public.item blocked 1']);
  await arena.inTarget(`update tag set item = null where name = 'x'`);
  expect(await home()).toEqual(['public.item delete 1']);
  expect(await items('target')).toEqual(['b 2', 'c 3']);
  expect(await arena.inTarget(`select name from tag order by 1`)).toEqual([['x'], ['y']]);
});

test('a cell that development never took is not taken for its edit', async () => {
  const settings = { 'public.item': { exclude: ['price'] } };
  resultOf(await arena.import(arena.source, await arena.export(arena.target), { settings }));
  await arena.inSource(`update item set price = 7; update item set note = 'dev' where code = 'a'`);
  const merged = await arena.write('merge', arena.target, await arena.export(arena.source), deleting);
  expect(merged.plans.at(-1)?.tables.find(({ table }) => table === 'public.item')?.counts).toMatchObject({ conflict: 3, update: 0 });
  expect(await home({ ...deleting, onConflict: 'current' })).toEqual(['public.item update 1, keep 2']);
  expect(await items('target')).toEqual(['a 1 dev', 'b 2', 'c 3']);
});

test('a merge without deletes leaves them to a later one', async () => {
  await takeIn();
  await arena.inSource(`delete from item where code = 'c'`);
  expect(await home({})).toEqual([]);
  await arena.inSource(`update item set note = 'dev' where code = 'a'`);
  expect(await home()).toEqual(['public.item update 1, same 1, delete 1']);
});

test('development as a copy of production: what both had taken in before is their base', async () => {
  await arena.inSource(`insert into item values ('m', 1), ('n', 1)`);
  resultOf(await arena.import(arena.target, await arena.export(arena.source)));
  const copy = await createTestDatabase(new URL(arena.target).pathname.slice(1));
  await arena.inTarget(`update item set price = 100 where code = 'm'`);
  await query(copy.url, `update item set note = 'copy' where code = 'm'; delete from item where code = 'n'; insert into item values ('o', 9)`);
  const { counts } =
    resultOf(await arena.write('merge', arena.target, await arena.export(copy.url), deleting)).tables.find(({ table }) => table === 'public.item') ?? {};
  expect(counts).toMatchObject({ insert: 1, update: 1, delete: 1, conflict: 0 });
  expect(await items('target')).toEqual(['a 1', 'b 2', 'c 3', 'm 100 copy', 'o 9']);
  await copy.drop();
});

test('a take-in that was taken back is no base: what it brought is not missing in development', async () => {
  const { runId } = await arena.import(arena.source, await arena.export(arena.target));
  const back = await arena.rollback(arena.source, runId);
  resultOf(back);
  await arena.inSource(`insert into item values ('d', 4)`);
  expect(await items('source')).toEqual(['d 4']);
  expect(await home()).toEqual(['public.item insert 1']);
  expect(await items('target')).toEqual(['a 1', 'b 2', 'c 3', 'd 4']);

  resultOf(await arena.rollback(arena.source, back.runId));
  expect(await items('source')).toEqual(['a 1', 'b 2', 'c 3', 'd 4']);
  await arena.inSource(`delete from item where code = 'c'`);
  expect(await home()).toEqual(['public.item same 3, delete 1']);
});

test('a take-in of rows without a key is no base while it is taken back, and is the newest one when it is brought back', async () => {
  await arena.set(`create table line (body text, n int)`, { target: `insert into line values ('a', 1), ('b', 2), ('b', 2)` });
  await takeIn();
  await arena.inTarget(`update line set n = 10 where body = 'a'`);
  const replaced = await arena.write('replace', arena.source, await arena.export(arena.target), { maxDeletes: 'any' });
  const back = await arena.rollback(arena.source, replaced.runId);
  resultOf(back);
  const planned = await arena.write('merge', arena.target, await arena.export(arena.source), { ...deleting, approval: 'required' });
  expect(verdictsOf(planned.plans.at(-1)?.tables ?? [])).toEqual(['public.line same 2, keep 1']);

  resultOf(await arena.rollback(arena.source, back.runId));
  await arena.inSource(`delete from line where body = 'a'; delete from line where ctid = (select min(ctid) from line)`);
  expect(await home()).toEqual(['public.line same 1, delete 2']);
  expect(await arena.inTarget(`select * from line`)).toEqual([['b', '2']]);
});

test('a merge that was taken back comes again with the next archive', async () => {
  await takeIn();
  await arena.inSource(`update item set price = 20 where code = 'b'; delete from item where code = 'c'; insert into item values ('d', 4)`);
  const merged = await arena.write('merge', arena.target, await arena.export(arena.source), deleting);
  expect(await items('target')).toEqual(['a 1', 'b 20', 'd 4']);
  await arena.inTarget(`update item set note = 'prod' where code = 'a'`);
  resultOf(await arena.rollback(arena.target, merged.runId));
  expect(await items('target')).toEqual(['a 1 prod', 'b 2', 'c 3']);
  await arena.inSource(`update item set note = 'dev' where code = 'b'`);
  expect(await home()).toEqual(['public.item insert 1, update 1, keep 1, delete 1']);
  expect(await items('target')).toEqual(['a 1 prod', 'b 20 dev', 'd 4']);
});

test('a restored production lost what it had taken in, and takes it in again', async () => {
  await takeIn();
  const backup = await createTestDatabase(new URL(arena.target).pathname.slice(1));
  await arena.inSource(`update item set price = 20 where code = 'b'; insert into item values ('d', 4)`);
  expect(await home()).toEqual(['public.item insert 1, update 1, same 2']);
  // The backup, in place: rows and Waybill's own.
  const rows = await query(backup.url, `select code, price, note from item`);
  await arena.inTarget(`delete from tag; delete from item; delete from waybill.run; delete from waybill.ledger;
    insert into item select * from jsonb_to_recordset('${JSON.stringify(rows.map(([code, price, note]) => ({ code, price, note })))}') as r (code text, price int, note text)`);
  await arena.inSource(`update item set note = 'dev' where code = 'c'`);
  expect(await home()).toEqual(expect.arrayContaining(['public.item insert 1, update 2, same 1']));
  expect(await items('target')).toEqual(['a 1', 'b 20', 'c 3 dev', 'd 4']);
  await backup.drop();
});
