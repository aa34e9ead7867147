import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Refusal } from '../../src/domain/refusal.ts';
import type { Condition, ExportSelection } from '../../src/domain/run/run.ts';
import { openArchive } from '../../src/infra/archive/read-archive.ts';
import { openArena, type Arena } from '../support/arena.ts';
import { filesOf } from '../support/export-files.ts';
import { resultOf } from '../support/two-databases.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

/** Countries, cities, people who were born and live somewhere and have a boss, and what they own. */
const schema = `create extension if not exists citext;
  create table country (id serial primary key, code text not null unique);
  create table city (id serial primary key, country_id int not null references country, name text not null, unique (country_id, name));
  create table person (id serial primary key, mail citext not null unique, born int references city, lives int references city, boss_id int references person, score numeric(5,2), tags text[], joined date, kind varchar(3), doc json);
  create table thing (id serial primary key, label text not null unique, owner_id int not null references person)`;
const rows = `insert into country (code) values ('AT'), ('DE'), ('FR'), ('XX');
  insert into city (country_id, name) values (1, 'Graz'), (2, 'Bonn'), (2, 'Kiel'), (3, 'Lyon');
  insert into person (mail, born, lives, boss_id, score, tags, joined, kind, doc) values ('Ann@x', 1, 2, null, 1.5, '{a,b}', '2020-01-01', 'abc', '{"a":1}'), ('bob@x', null, null, 1, 2.25, '{}', '2021-01-01', null, null), ('cy@x', 4, 4, 2, null, null, null, '', 'null'), ('dot@x', 3, null, 4, 3, null, null, null, null);
  insert into thing (label, owner_id) values ('cup', 3), ('pen', 4), ('hat', 1)`;

const set = (): Promise<void> => arena.set(schema, { source: rows });

/** The first column of every table of an archive, by table. */
const namesIn = async (sha256: string): Promise<Readonly<Record<string, readonly string[]>>> => {
  const archive = await openArchive(arena.blobs.path(sha256));
  const found: Record<string, readonly string[]> = {};
  for await (const part of archive.parts()) {
    const chunks: Buffer[] = [];
    for await (const chunk of part.data) chunks.push(chunk);
    const lines = Buffer.concat(chunks).toString().split('\n').slice(0, -1);
    found[part.table.name] = lines
      .map(
        (line) =>
          line.split('\t')[
            part.table.columns.indexOf(
              part.table.name === 'country' ? 'code' : part.table.name === 'city' ? 'name' : part.table.name === 'thing' ? 'label' : 'mail',
            )
          ] ?? '',
      )
      .toSorted();
  }
  await archive.close();
  return found;
};

const select = (rowsOf: ExportSelection['rows'], parents = false): ExportSelection => ({ ...(rowsOf === undefined ? {} : { rows: rowsOf }), parents });
const where = (column: string, is: Condition['is'], ...values: readonly string[]): Condition => ({ column, is, values });
const people = async (...conditions: readonly Condition[]): Promise<readonly string[]> => {
  const files = await filesOf(arena.source, { selection: select({ person: { where: conditions } }) });
  return (files.get('public.person') ?? '')
    .split('\n')
    .slice(1, -1)
    .map((line) => line.split(',')[1] ?? '');
};

describe('conditions', () => {
  it('compare as the column’s own type compares', async () => {
    await set();
    expect(await people(where('mail', 'eq', 'ANN@X'))).toEqual(['Ann@x']);
    expect(await people(where('mail', 'gt', 'BOB@x'))).toEqual(['cy@x', 'dot@x']);
    expect(await people(where('score', 'ge', '2.25'))).toEqual(['bob@x', 'dot@x']);
    expect(await people(where('score', 'ne', '3'))).toEqual(['Ann@x', 'bob@x']);
    expect(await people(where('joined', 'lt', '2020-06-01'))).toEqual(['Ann@x']);
    expect(await people(where('tags', 'in', '{a,b}', '{}'))).toEqual(['Ann@x', 'bob@x']);
    expect(await people(where('id', 'in', '4', '1'))).toEqual(['Ann@x', 'dot@x']);
    expect(await people(where('kind', 'null'))).toEqual(['bob@x', 'dot@x']);
    expect(await people(where('kind', 'not-null'), where('mail', 'like', 'c%'))).toEqual(['cy@x']);
    expect(await people(where('doc', 'like', '%"a"%'))).toEqual(['Ann@x']);
    expect(await people(where('id', 'in'))).toEqual([]);
  });

  it('cut no value to the length of its column, and end no literal', async () => {
    await set();
    expect(await people(where('kind', 'eq', 'abcdef'))).toEqual([]);
    expect(await people(where('score', 'eq', '2.251'))).toEqual([]);
    expect(await people(where('kind', 'eq', `' or true --`))).toEqual([]);
    expect(await people(where('kind', 'in', `"}', '{`, '\\', 'abc'))).toEqual(['Ann@x']);
  });

  it.each([
    [where('shoe', 'eq', '1'), 'SELECTION_COLUMN_UNKNOWN'],
    [where('id', 'eq', 'one'), 'SELECTION_VALUE_INVALID'],
    [where('id', 'in', '1', 'two'), 'SELECTION_VALUE_INVALID'],
    [where('id', 'eq'), 'SELECTION_VALUE_INVALID'],
    [where('id', 'lt', '1', '2'), 'SELECTION_VALUE_INVALID'],
    [where('doc', 'eq', '{}'), 'SELECTION_VALUE_INVALID'],
    [where('joined', 'gt', 'soon'), 'SELECTION_VALUE_INVALID'],
  ])('are refused before a row is read, with the column they name: %o', async (condition, code) => {
    await set();
    const error = await people(condition).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Refusal);
    expect(error).toMatchObject({ code, details: { table: 'public.person', column: condition.column } });
  });

  it('find rows by their keys, also of several columns', async () => {
    await set();
    const files = await filesOf(arena.source, {
      selection: select({
        person: { keys: [['BOB@x'], ['nobody']] },
        city: {
          keys: [
            ['2', 'Kiel'],
            ['1', 'Bonn'],
          ],
        },
      }),
    });
    expect([...files].map(([table, text]) => [table, text.split('\n').length - 2])).toEqual([
      ['public.city', 1],
      ['public.person', 1],
    ]);
    await expect(filesOf(arena.source, { selection: select({ city: { keys: [['2']] } }) })).rejects.toMatchObject({ code: 'SELECTION_VALUE_INVALID' });
  });
});

describe('an archive of chosen rows', () => {
  it('has with them what they refer to, whatever the way, and nothing else', async () => {
    await set();
    const archive = await arena.export(arena.source, { selection: select({ thing: { where: [where('label', 'eq', 'cup')] } }, true) });
    // The cup is of cy, whose boss is bob, whose boss is Ann: born in Graz, at home in Bonn.
    expect(await namesIn(archive)).toEqual({ country: ['AT', 'DE', 'FR'], city: ['Bonn', 'Graz', 'Lyon'], person: ['Ann@x', 'bob@x', 'cy@x'], thing: ['cup'] });
    const done = resultOf(await arena.import(arena.target, archive));
    expect(done.tables.map(({ table, counts }) => `${table} ${counts.insert}`)).toEqual([
      'public.country 3',
      'public.city 3',
      'public.person 3',
      'public.thing 1',
    ]);
    expect(
      await arena.inTarget(
        'select t.label, p.mail, b.mail, c.name from thing t join person p on p.id = owner_id join person b on b.id = p.boss_id join city c on c.id = p.lives',
      ),
    ).toEqual([['cup', 'cy@x', 'bob@x', 'Lyon']]);
  });

  it('has all parents within its own tables also without being asked, and names the others by key', async () => {
    await set();
    const archive = await arena.export(arena.source, { tables: ['thing'], selection: select({ person: { where: [where('mail', 'eq', 'bob@x')] } }) });
    expect(await namesIn(archive)).toEqual({ person: ['Ann@x', 'bob@x', 'cy@x', 'dot@x'], thing: ['cup', 'hat', 'pen'] });
    const opened = await openArchive(arena.blobs.path(archive));
    await opened.close();
    expect(opened.manifest).toMatchObject({ complete: false, partial: ['public.person'] });
    expect(opened.manifest.tables.find(({ name }) => name === 'person')?.companions.map(({ parent }) => parent.name)).toEqual(['city', 'city']);
  });

  it('follows tables that refer to each other in a circle to the end', async () => {
    await arena.set(
      `create table a (id int primary key, k text not null unique, b_id int); create table b (id int primary key, k text not null unique, c_id int, a_id int references a);
      create table c (id int primary key, k text not null unique, a_id int references a, self int references c, foreign key (self) references c); alter table a add foreign key (b_id) references b; alter table b add foreign key (c_id) references c; create table d (k text primary key, c_id int references c)`,
      {
        source: `insert into a values (1, 'a1', null), (2, 'a2', null), (3, 'a3', null); insert into c values (1, 'c1', 1, null), (2, 'c2', 2, 1), (3, 'c3', 3, 3); insert into b values (1, 'b1', 2, 3), (2, 'b2', null, null), (3, 'b3', 3, 3);
        update a set b_id = 1 where id = 2; update a set b_id = 3 where id = 3; insert into d values ('d', 2), ('e', 3), ('f', null)`,
      },
    );
    const files = async (key: string): Promise<readonly string[]> =>
      [...(await filesOf(arena.source, { references: 'id', selection: select({ d: { keys: [[key]] } }, true) }))].map(([table, text]) =>
        `${table} ${text
          .split('\n')
          .slice(1, -1)
          .map((line) => line.split(',')[0])
          .join(' ')}`.trim(),
      );
    // d -> c2 -> a2 -> b1 -> (c2, a3) -> b3 -> c3; c2 -> c1 -> a1.
    expect((await files('d')).toSorted()).toEqual(['public.a 1 2 3', 'public.b 1 3', 'public.c 1 2 3', 'public.d d']);
    expect((await files('e')).toSorted()).toEqual(['public.a 3', 'public.b 3', 'public.c 3', 'public.d e']);
    expect((await files('f')).toSorted()).toEqual(['public.a', 'public.b', 'public.c', 'public.d f']);
  });

  it('reads partitions, inheritance parents alone, and composite references', async () => {
    await arena.set(
      `create table p (id int, day date, k text, primary key (id, day)) partition by range (day); create table p1 partition of p for values from ('2024-01-01') to ('2025-01-01'); create table p2 partition of p default;
      create table q (k text primary key, p_id int, p_day date, foreign key (p_id, p_day) references p); create table base (k text primary key); create table derived () inherits (base); create table r (k text primary key, base_k text references base)`,
      {
        source: `insert into p values (1, '2024-05-01', 'x'), (1, '2020-05-01', 'y'), (2, '2024-05-01', 'z'); insert into q values ('q1', 1, '2020-05-01'), ('q2', 2, null), ('q3', 2, '2024-05-01');
        insert into base values ('b'); insert into derived values ('b'); insert into r values ('r', 'b')`,
      },
    );
    const q = await filesOf(arena.source, { selection: select({ q: { keys: [['q1'], ['q2']] } }, true) });
    expect(q.get('public.p')).toBe('id,day,k\n1,2020-05-01,y\n');
    const r = await filesOf(arena.source, { selection: select({ r: {} }, true) });
    expect(r.get('public.base')).toBe('k\nb\n');
  });

  it('never deletes, and is no base for rows that it does not have', async () => {
    await arena.set(schema, { source: rows, target: rows });
    const whole = await arena.export(arena.source);
    resultOf(await arena.write('merge', arena.target, whole, { base: 'none' }));
    // Only Ann: then bob is changed there and dot is deleted there, after the target had the whole.
    const ann = await arena.export(arena.source, { selection: select({ person: { where: [where('mail', 'eq', 'ann@x')] } }) });
    resultOf(await arena.write('merge', arena.target, ann, { deletes: true }));
    expect(await arena.inTarget('select count(*) from person')).toEqual([['4']]);
    await arena.inSource(`delete from thing where label = 'pen'; delete from person where mail = 'dot@x'; update person set score = 9 where mail = 'bob@x'`);
    await arena.inTarget(
      `update person set tags = '{mine}' where mail = 'bob@x'; delete from thing where label = 'cup'; delete from person where mail = 'cy@x'`,
    );
    const { plan } = resultOf(await arena.write('merge', arena.target, await arena.export(arena.source), { deletes: true }));
    expect(plan.tables.filter(({ counts }) => counts.conflict > 0)).toEqual([]);
    // Three-way still: both edits of bob's row stay, dot is gone since and goes, and cy, who was deleted here, was not made anew.
    expect(await arena.inTarget('select mail, score, tags from person order by mail')).toEqual([
      ['Ann@x', '1.50', '{a,b}'],
      ['bob@x', '9.00', '{mine}'],
    ]);
    await expect(arena.write('replace', arena.target, ann).then(resultOf)).rejects.toThrow('ARCHIVE_INCOMPLETE');
  });
});
