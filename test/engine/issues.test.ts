import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openArena, type Arena } from '../support/arena.ts';
import type { Imported } from '../support/engine.ts';
import { resultOf, verdictsOf } from '../support/two-databases.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

/** What a database holds and where its sequences stand. */
const state = async (): Promise<string> =>
  JSON.stringify(
    await arena.inTarget(`select c.oid::regclass::text, (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %s', c.oid::regclass), true, true, '')))[1]::text
      from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace
      union all select sequencename, last_value::text from pg_sequences where schemaname = 'public' order by 1`),
  );

/** Under REJECT_ALL nothing goes in; under REJECT_ROWS the rest. Gives the issues, which both must find alike. */
const bothWays = async (archive: string): Promise<{ readonly issues: readonly string[]; readonly verdicts: readonly string[]; readonly run: Imported }> => {
  const before = await state();
  const refused = await arena.import(arena.target, archive);
  expect(refused.outcome).toMatchObject({ state: 'refused', code: 'IMPORT_HAS_ISSUES' });
  expect(await state()).toBe(before);
  const run = await arena.import(arena.target, archive, { onError: 'reject-rows' });
  const { tables, plan } = resultOf(run);
  for (const { table, counts } of tables) {
    const [[staged]] = (await arena.inSource(`select count(*) from ${table}`)) as [[string]];
    expect([table, counts.insert + counts.same + counts.keep + counts.blocked]).toEqual([table, Number(staged)]);
  }
  return { issues: await arena.issues(plan), verdicts: verdictsOf(tables), run };
};

describe('what the catalogue can say is an issue of the row, before anything is written:', () => {
  test('a column that is stricter in the target', async () => {
    await arena.set(`create table t (id serial primary key, k text not null unique, v text)`, {
      source: `insert into t (k, v) values ('a', 'x'), ('b', null), ('c', 'y')`,
      targetSchema: `create table t (id serial primary key, k text not null unique, v text not null)`,
    });
    const { issues, verdicts } = await bothWays(await arena.export(arena.source));
    expect(issues).toEqual(['public.t row 2: value.missing v - = NULL | public.t needs a value in v, and the row has none']);
    expect(verdicts).toEqual(['public.t insert 2, blocked 1']);
    expect(await arena.inTarget(`select k from t order by 1`)).toEqual([['a'], ['c']]);
  });

  test('a domain that is stricter in the target, by CHECK and by NOT NULL', async () => {
    const table = `create table t (k text primary key, v few, w present)`;
    await arena.set(`create domain few as text check (length(value) < 20); create domain present as text; ${table}`, {
      // NULLs that were there before the domain refused them, which ALTER DOMAIN would not let stand.
      source: `insert into t values ('a', 'x', 'p'), ('b', 'long', 'p'), ('c', null, null), ('d', 'y', 'p'), ('e', 'too', null); update pg_type set typnotnull = true where typname = 'present'`,
      targetSchema: `create domain few as text check (length(value) < 3); create domain present as text not null; ${table}`,
    });
    const { issues, verdicts } = await bothWays(await arena.export(arena.source));
    expect(issues.map((issue) => issue.split(' | ')[0])).toEqual([
      'public.t row 2: type.invalid v - = long',
      'public.t row 3: value.missing w - = NULL',
      'public.t row 5: type.invalid v - = too',
      'public.t row 5: value.missing w - = NULL',
    ]);
    expect(verdicts).toEqual(['public.t insert 2, blocked 3']);
  });

  test('a domain whose CHECK calls a function that raises', async () => {
    const table = `create table t (k text primary key, v fine)`;
    await arena.set(`create domain fine as text; ${table}`, {
      source: `insert into t values ('a', 'x'), ('b', 'bad'), ('c', 'y')`,
      targetSchema: `create function judge(v text) returns boolean language plpgsql as $$ begin if v = 'bad' then raise exception 'I do not like %', v; end if; return true; end $$;
        create domain fine as text check (judge(value)); ${table}`,
    });
    const { issues, verdicts } = await bothWays(await arena.export(arena.source));
    expect(issues).toEqual(['public.t row 2: type.invalid v - = bad | I do not like bad']);
    expect(verdicts).toEqual(['public.t insert 2, blocked 1']);
  });

  test('a CHECK over several columns, one that is unknown holds', async () => {
    await arena.set(`create table t (k text primary key, lo int, hi int)`, {
      source: `insert into t values ('a', 1, 2), ('b', 3, 2), ('c', null, 2)`,
      targetSchema: `create table t (k text primary key, lo int, hi int, constraint ordered check (lo <= hi))`,
    });
    const { issues, verdicts } = await bothWays(await arena.export(arena.source));
    expect(issues).toEqual(['public.t row 2: check.violated - ordered = (3,2) | The row breaks the CHECK ordered of public.t']);
    expect(verdicts).toEqual(['public.t insert 2, blocked 1']);
  });

  test('a key that comes twice, though the source has an index on it (a broken one)', async () => {
    await arena.set(`create table t (k text primary key, n int)`, {
      source: `insert into t values ('a', 1), ('b', 2); update pg_index set indisready = false where indexrelid = 't_pkey'::regclass`,
    });
    // A row that its unique index does not know of, as after a broken index.
    await arena.inSource(`insert into t values ('a', 3)`);
    await arena.inSource(`update pg_index set indisready = true where indexrelid = 't_pkey'::regclass`);
    const { issues, verdicts } = await bothWays(await arena.export(arena.source));
    // Found by the plan, or by PostgreSQL where the plan trusts the source's index.
    expect(issues.at(-1)).toMatch(/^public\.t row 3: (key\.duplicate|unique\.violated) /);
    expect(verdicts.join()).toMatch(/^public\.t insert [12], blocked [12]$/);
    expect(await arena.inTarget(`select count(*) <= 1 from t where k = 'a'`)).toEqual([['t']]);
  });

  test('unique: plain, partial, on an expression, NULLS NOT DISTINCT, among the rows and against those of the target', async () => {
    await arena.set(`create table t (k text primary key, plain int, part int, expr text, nnd int)`, {
      source: `insert into t values ('a', 1, null, null, 0), ('b', 1, null, null, 1), ('c', 9, null, null, 2),
        ('d', 2, 5, null, 3), ('e', 3, 5, null, 4), ('f', 4, -5, null, 5), ('g', 5, -5, null, 6), ('h', 6, 99, null, 7),
        ('i', 7, null, 'Abc', 8), ('j', 8, null, 'aBC', 10), ('k', 10, null, 'zzz', 11), ('l', 11, null, null, null), ('m', 12, null, null, null), ('good', 13, 6, 'fine', 12)`,
      targetSchema: `create table t (k text primary key, plain int unique, part int, expr text, nnd int unique nulls not distinct);
        create unique index part on t (part) where part > 0; create unique index expr on t (lower(expr))`,
      target: `insert into t values ('there', 9, 99, 'ZZZ', 77)`,
    });
    const { issues, verdicts } = await bothWays(await arena.export(arena.source));
    expect(issues.map((issue) => issue.split(' | ')[0])).toEqual([
      'public.t row 1: unique.violated - t_plain_key = (1)',
      'public.t row 2: unique.violated - t_plain_key = (1)',
      'public.t row 3: unique.violated - t_plain_key = (9)',
      'public.t row 4: unique.violated - part = (5)',
      'public.t row 5: unique.violated - part = (5)',
      'public.t row 8: unique.violated - part = (99)',
      'public.t row 9: unique.violated - expr = (abc)',
      'public.t row 10: unique.violated - expr = (abc)',
      'public.t row 11: unique.violated - expr = (zzz)',
      'public.t row 12: unique.violated - t_nnd_key = ()',
      'public.t row 13: unique.violated - t_nnd_key = ()',
    ]);
    expect(verdicts).toEqual(['public.t insert 3, blocked 11']);
  });

  test('unique with NULLS NOT DISTINCT where the source let several NULLs stand', async () => {
    await arena.set(`create table t (k text primary key, v int unique)`, {
      source: `insert into t values ('a', null), ('b', null), ('c', 1)`,
      targetSchema: `create table t (k text primary key, v int unique nulls not distinct)`,
    });
    const { issues, run } = await bothWays(await arena.export(arena.source));
    expect(issues.map((issue) => issue.split(' | ')[0])).toEqual([
      'public.t row 1: unique.violated - t_v_key = ()',
      'public.t row 2: unique.violated - t_v_key = ()',
    ]);
    expect(run.drifts).toEqual([]);
  });

  test('unique over a reference whose ids are others in the target', async () => {
    const schema = `create table p (id serial primary key, k text not null unique); create table c (k text primary key, p_id int references p, no int, unique (p_id, no))`;
    await arena.set(schema, {
      source: `insert into p (k) values ('x'), ('y'); insert into c values ('a', 1, 1), ('b', 2, 1), ('c', 1, 2)`,
      target: `insert into p (id, k) values (2, 'x'), (1, 'y'); insert into c values ('old', 2, 1)`,
    });
    const { issues, verdicts } = await bothWays(await arena.export(arena.source));
    expect(issues.map((issue) => issue.split(' | ')[0])).toEqual(['public.c row 1: unique.violated - c_p_id_no_key = (2,1)']);
    expect(verdicts).toEqual(['public.p same 2', 'public.c insert 2, blocked 1']);
    expect(await arena.inTarget(`select c.k, p.k from c join p on p.id = p_id order by 1`)).toEqual([
      ['b', 'y'],
      ['c', 'x'],
      ['old', 'x'],
    ]);
  });

  test('a reference to nothing, which the source does not enforce or no longer has', async () => {
    await arena.set(`create table p (k text primary key); create table c (k text primary key, p text, constraint to_p foreign key (p) references p)`, {
      source: `alter table c drop constraint to_p; insert into p values ('x'); insert into c values ('a', 'x'), ('b', 'gone'), ('d', null); alter table c add constraint to_p foreign key (p) references p not valid`,
      target: `insert into p values ('here')`,
    });
    const { issues, verdicts } = await bothWays(await arena.export(arena.source));
    expect(issues).toEqual([
      'public.c row 2: reference.missing p to_p = (gone) | The row refers to public.p, and there is no such row in the archive or in the target',
    ]);
    expect(verdicts).toEqual(['public.p insert 1', 'public.c insert 2, blocked 1']);
    await arena.inSource(
      `alter table c drop constraint to_p, add constraint to_p foreign key (p) references p not enforced; insert into c values ('e', 'here'), ('f', 'nowhere')`,
    );
    const later = await arena.import(arena.target, await arena.export(arena.source), { onError: 'reject-rows' });
    expect(verdictsOf(resultOf(later).tables).toSorted()).toEqual(['public.c insert 1, same 2, blocked 2', 'public.p same 1']);
  });

  test('a composite reference that is half NULL: nothing under MATCH SIMPLE, an issue under MATCH FULL', async () => {
    const schema = (match: string): string =>
      `create table p (a int, b int, primary key (a, b)); create table c (k text primary key, a int, b int, constraint to_p foreign key (a, b) references p ${match})`;
    await arena.set(schema(''), {
      source: `insert into p values (1, 1); insert into c values ('a', 1, 1), ('b', 1, null), ('c', null, null)`,
      targetSchema: schema('match full'),
    });
    const { issues, verdicts } = await bothWays(await arena.export(arena.source));
    expect(issues.map((issue) => issue.split(' | ')[0])).toEqual(['public.c row 2: reference.missing - to_p = (1,)']);
    expect(verdicts).toEqual(['public.p insert 1', 'public.c insert 2, blocked 1']);
  });
});
