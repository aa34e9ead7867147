import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRig, filesIn, type Rig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
  await rig.run(`create collation lax (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create collation german (provider = icu, locale = 'de-DE');
    create domain word as text collate german; create domain number as int check (value > 0); create type mood as enum ('z', 'a', 'm')`);
});
afterAll(() => rig.close());

const small = { rows: 3, bytes: 200 };

/** A key of each kind, and how the n-th of its values is made. */
const keys: readonly [string, string, string][] = [
  ['an integer', 'k int primary key', 'n - 20'],
  ['a bigint beyond what numbers of JavaScript hold', 'k bigint primary key', '9007199254740000 + n'],
  ['a numeric', 'k numeric primary key', 'n / 7.0'],
  ['a float with all that is none', 'k float8 primary key', "case n when 1 then 'NaN' when 2 then '-Infinity' when 3 then 1e300 else n / 7.0 end"],
  ['a UUID', 'k uuid primary key', 'md5(n::text)::uuid'],
  ['a text', 'k text primary key', 'chr(60 + n) || n'],
  ['a text by its bytes', 'k text collate "C" primary key', 'chr(60 + n * 3) || n'],
  ['a text of a lax collation', 'k text collate lax primary key', "chr(65 + n) || ' ' || n"],
  ['a domain with a collation', 'k word primary key', "(array['a', 'B', 'ä', 'Z', 'ö'])[1 + n % 5] || n"],
  ['two columns, one of a domain with a collation', 'k word, l number, primary key (k, l)', "(array['a', 'B', 'ä', 'Z', 'ö'])[1 + n % 5], n"],
  ['characters with blanks', 'k char(6) primary key', "n::text || ' '"],
  [
    'odd words',
    'k text primary key',
    "(array['''', '\"', e'\\\\', e'\\n', ',', '', ' ', 'null', '{}', '%s', '$1'])[1 + n % 11] || case when n > 10 then n::text else '' end",
  ],
  ['a date', 'k date primary key', "date '2024-01-01' + n"],
  ['a time with its zone', 'k timestamptz primary key', "timestamptz '2024-01-01Z' + n * interval '1.000001 second'"],
  ['an interval', 'k interval primary key', "n * interval '1 day 2 hours'"],
  ['bytes', 'k bytea primary key', "decode(md5(n::text), 'hex')"],
  ['an enum', 'k mood, l int, primary key (k, l)', '(enum_range(null::mood))[1 + n % 3], n'],
  ['an address', 'k inet primary key', "inet '10.0.0.0' + n"],
  ['bits', 'k bit(8) primary key', 'n::bit(8)'],
  ['an array', 'k int[] primary key', 'array[n % 5, n]'],
  ['a range', 'k int4range primary key', 'int4range(n, n + 3)'],
  ['three columns of three types', 'a text, b int, c date, primary key (c, a, b)', "'w' || n % 4, n, date '2024-01-01' + n % 3"],
];

describe('a snapshot of a table with a key of', () => {
  it.each(keys)('%s finds its parts again', async (_, columns, value) => {
    await rig.run(`drop table if exists t cascade; create table t (${columns}, v int); insert into t select ${value}, n from generate_series(1, 40) as n`);
    const folder = await rig.folder();
    await rig.take(folder, { segment: small });
    expect(await filesIn(folder)).toEqual(await rig.fresh());
    await rig.run(`update t set v = -v where v in (1, 17, 40); delete from t where v in (5, 6, 7, 8, 20)`);
    await rig.take(folder, { segment: small });
    expect(await filesIn(folder)).toEqual(await rig.fresh());
    await rig.run(`insert into t select ${value}, n from generate_series(5, 7) as n`);
    const taken = await rig.take(folder, { segment: small, changed: new Set(['public.t']) });
    expect([await filesIn(folder), taken.wrote]).toEqual([await rig.fresh(), true]);
  });
});
