import { afterEach, beforeAll, expect, test } from 'vitest';
import { readLines } from '../../src/infra/files/read-lines.ts';
import { openArchive } from '../../src/infra/archive/read-archive.ts';
import { createEngineRig, type EngineRig } from '../support/engine.ts';
import { query, resultOf, twoDatabases, verdictsOf, type TwoDatabases } from '../support/two-databases.ts';

let rig: EngineRig;
let databases: TwoDatabases | undefined;
beforeAll(async () => {
  rig = await createEngineRig();
});
afterEach(async () => {
  await databases?.source.drop();
  await databases?.target.drop();
  databases = undefined;
});

const schema = `create table shelf (id serial primary key, code text not null unique, size int);
  create table book (id serial primary key, isbn text not null unique, shelf_id int not null references shelf, part_of int references book, pages int);`;
const rows = `insert into shelf (code, size) values ('good', 1), ('bad', -1), ('other', 2);
  insert into book (isbn, shelf_id, part_of, pages) values ('a', 1, null, 1), ('b', 2, null, 1), ('c', 1, 2, 1), ('d', 3, 3, 1), ('e', 3, null, 1)`;
const strict = `${schema} alter table shelf add check (size > 0);`;

test('leaves out bad rows and what depends on them, and gives them back as an archive that goes in when it is mended', async () => {
  databases = await twoDatabases(schema, { source: rows, targetSchema: strict });
  const { source, target } = databases;
  const result = resultOf(await rig.import(target.url, await rig.export(source.url), { onError: 'reject-rows' }));
  expect(verdictsOf(result.tables)).toEqual(['public.shelf insert 2, blocked 1', 'public.book insert 2, blocked 3']);
  expect(result.rejected).toBe(4);
  expect(await query(target.url, `select isbn, code from book join shelf s on s.id = shelf_id order by 1`)).toEqual([
    ['a', 'good'],
    ['e', 'other'],
  ]);

  const file = result.rejectFile;
  if (file === undefined) throw new Error('No reject file');
  await query(target.url, `alter table shelf drop constraint shelf_size_check`);
  const again = resultOf(await rig.import(target.url, file.sha256));
  expect(verdictsOf(again.tables)).toEqual(['public.shelf insert 1, same 2', 'public.book insert 3']);
  expect(
    await query(target.url, `select b.isbn, s.code, p.isbn from book b join shelf s on s.id = b.shelf_id left join book p on p.id = b.part_of order by 1`),
  ).toEqual([
    ['a', 'good', null],
    ['b', 'bad', null],
    ['c', 'good', 'b'],
    ['d', 'other', 'c'],
    ['e', 'other', null],
  ]);
});

test('names every rejected row with its code, table, number and reason', async () => {
  databases = await twoDatabases(schema, { source: rows, targetSchema: strict });
  const result = resultOf(await rig.import(databases.target.url, await rig.export(databases.source.url), { onError: 'reject-rows' }));
  const issues: unknown[] = [];
  for await (const { text } of readLines(rig.blobs.path(result.plan.issueFile?.sha256 ?? ''), { byte: 0, line: 1 })) issues.push(JSON.parse(text));
  expect(issues).toMatchObject([
    { code: 'check.violated', table: 'public.shelf', row: 2, constraint: 'shelf_size_check', value: '(-1)' },
    { code: 'reference.rejected', table: 'public.book', row: 2, column: 'shelf_id', constraint: 'book_shelf_id_fkey' },
    { code: 'reference.rejected', table: 'public.book', row: 3, column: 'part_of' },
    { code: 'reference.rejected', table: 'public.book', row: 4, column: 'part_of' },
  ]);
});

test('refuses the whole archive by default, and writes nothing', async () => {
  databases = await twoDatabases(schema, { source: rows, targetSchema: strict });
  const { outcome } = await rig.import(databases.target.url, await rig.export(databases.source.url));
  expect(outcome).toMatchObject({
    state: 'refused',
    code: 'IMPORT_HAS_ISSUES',
    details: { issues: [{ table: 'public.shelf', code: 'check.violated', count: 1 }] },
  });
  expect(await query(databases.target.url, `select (select count(*) from shelf), (select count(*) from book), (select last_value from shelf_id_seq)`)).toEqual([
    ['0', '0', '1'],
  ]);
});

test('finds the rows that an exclusion constraint and a raising trigger refuse, one by one', async () => {
  const plain = `create table room (id int primary key, during int4range not null, note text)`;
  databases = await twoDatabases(plain, {
    source: `insert into room select g, int4range(g * 10, g * 10 + 5), 'ok' from generate_series(1, 50) g; insert into room values (51, '[11,12)', 'clash'), (52, '[900,901)', 'raise'), (53, '[910,911)', 'ok')`,
    targetSchema: `${plain}; alter table room add exclude using gist (during with &&);
      create function refuse() returns trigger language plpgsql as $$ begin if new.note = 'raise' then raise exception 'not this one'; end if; return new; end $$;
      create trigger refuse before insert on room for each row execute function refuse()`,
  });
  const { source, target } = databases;
  const archive = await rig.export(source.url);
  const refused = await rig.import(target.url, archive);
  expect(refused.outcome).toMatchObject({ state: 'refused', code: 'IMPORT_HAS_ISSUES' });
  expect(await query(target.url, `select count(*) from room`)).toEqual([['0']]);
  const result = resultOf(await rig.import(target.url, archive, { onError: 'reject-rows' }));
  expect(verdictsOf(result.tables)).toEqual(['public.room insert 51, blocked 2']);
  expect(result.plan.issues).toEqual([
    { table: 'public.room', code: 'exclusion.violated', count: 1 },
    { table: 'public.room', code: 'trigger.raised', count: 1 },
  ]);
});

test('keeps bad cells as they are in the archive of rejected rows', async () => {
  const source = `create table t (id int primary key, v text); create table u (id int primary key, t_id int references t)`;
  databases = await twoDatabases(source, {
    source: `insert into t values (1, 'ok'), (2, 'not @ mail'), (3, 'fine'); insert into u values (1, 1), (2, 2)`,
    targetSchema: `create domain word as text check (value !~ '@'); create table t (id int primary key, v word); create table u (id int primary key, t_id int references t)`,
  });
  const outcome = await rig.import(databases.target.url, await rig.export(databases.source.url), { onError: 'reject-rows' });
  if (outcome.outcome.state === 'refused') return expect(outcome.outcome.code).toBe('CATALOGUE_MISMATCH');
  const result = resultOf(outcome);
  expect(verdictsOf(result.tables)).toEqual(['public.t insert 2, blocked 1', 'public.u insert 1, blocked 1']);
  const archive = await openArchive(rig.blobs.path(result.rejectFile?.sha256 ?? ''), {});
  const seen: string[] = [];
  for await (const part of archive.parts()) for await (const chunk of part.data) seen.push(`${part.table.name}: ${chunk.toString('utf8')}`);
  expect(seen).toEqual(['t: 2\tnot @ mail\n', 'u: 2\t2\n']);
});
