import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exportDatabase, type ExportOptions } from '../../src/engine/export/export-database.ts';
import type { Manifest, ManifestTable } from '../../src/infra/archive/manifest.ts';
import { openArchive } from '../../src/infra/archive/read-archive.ts';
import { createArchiveWriter } from '../../src/infra/archive/write-archive.ts';
import { openSession, type Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { clusterUrl, createTestDatabase, databaseUrl, type TestDatabase } from '../support/cluster.ts';

let folder: string;
let database: TestDatabase;
let session: Session;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  database = await createTestDatabase();
  session = await database.session();
  return () => database.drop();
});

const identity = { databaseId: 'D1', name: 'source', systemIdentifier: '1', oid: 1 };

type Read = { readonly manifest: Manifest; table(name: string): ManifestTable; rows(name: string): readonly string[] };

let number = 0;
const run = async (options: Partial<ExportOptions> = {}, from = session): Promise<Read> => {
  const path = join(folder, `${(number += 1)}.tar.zst`);
  const writer = await createArchiveWriter(path, { compression: 'zstd', recipients: [] });
  try {
    await exportDatabase(from, {
      settings: {},
      identity,
      timestamp: '2026-01-01T00:00:00.000Z',
      writer,
      progress: () => undefined,
      signal: new AbortController().signal,
      ...options,
    });
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const archive = await openArchive(path);
  const texts = new Map<string, string>();
  for await (const part of archive.parts()) {
    const chunks: Buffer[] = [];
    for await (const chunk of part.data) chunks.push(chunk);
    texts.set(part.table.name, Buffer.concat(chunks).toString());
  }
  await archive.close();
  return {
    manifest: archive.manifest,
    table: (name) => archive.manifest.tables.find((table) => table.name === name) ?? expect.fail(`no table ${name}`),
    rows: (name) => (texts.get(name) ?? expect.fail(`no table ${name}`)).split('\n').slice(0, -1),
  };
};

describe('what travels', () => {
  test('tables go parents first, with their rows as COPY text', async () => {
    await session.run(sql`create table child (name text primary key, parent_id int not null); create table parent (id int primary key generated always as identity, code text not null unique);
      alter table child add foreign key (parent_id) references parent; insert into parent (code) values ('a'), (e'tab\there'); insert into child values ('x', 2)`);
    const { manifest, rows } = await run();
    expect(manifest.entities).toEqual(['public.parent', 'public.child']);
    expect(manifest.complete).toBe(true);
    expect(rows('parent')).toEqual(['1\ta', '2\ttab\\there']);
    expect(rows('child')).toEqual(['x\t2']);
    expect(manifest.catalogue.sequences).toMatchObject([{ name: 'parent_id_seq', lastValue: '2' }]);
  });

  test('generated and excluded columns stay behind, the excluded ones by name', async () => {
    await session.run(
      sql`create table person (code text primary key, secret text, upper_code text generated always as (upper(code)) stored); insert into person values ('a', 'hush')`,
    );
    const { manifest, table, rows } = await run({ settings: { 'public.person': { exclude: ['secret'] } } });
    expect(table('person').columns).toEqual(['code']);
    expect(rows('person')).toEqual(['a']);
    expect(manifest.notCarried).toContainEqual({ object: 'public.person.secret', reason: 'left out by the settings' });
  });

  test('a partitioned table travels once, inheritance children by themselves', async () => {
    await session.run(sql`create table part (id int primary key, v text) partition by range (id); create table part_1 partition of part for values from (0) to (10); create table part_2 partition of part for values from (10) to (20);
      insert into part values (1, 'one'), (11, 'eleven'); create table base (id int primary key); create table derived (primary key (id)) inherits (base); insert into base values (1); insert into derived values (2)`);
    const { manifest, rows } = await run();
    expect(manifest.entities.toSorted()).toEqual(['public.base', 'public.derived', 'public.part']);
    expect(rows('part')).toEqual(['1\tone', '11\televen']);
    expect([rows('base'), rows('derived')]).toEqual([['1'], ['2']]);
  });

  test('names of any kind, and a table without columns', async () => {
    await session.run(
      sql`create schema "Odd.Schema"; create table "Odd.Schema"."sel ect ""x""" ("a.b" text primary key, "GROUP" int); insert into "Odd.Schema"."sel ect ""x""" values ('k', 1); create table nothing (); insert into nothing default values`,
    );
    const { manifest, rows } = await run();
    expect(manifest.entities.toSorted()).toEqual(['Odd.Schema.sel ect "x"', 'public.nothing']);
    expect(rows('sel ect "x"')).toEqual(['k\t1']);
    expect(rows('nothing')).toEqual(['']);
  });

  test('types and tables in values come with their schema', async () => {
    await session.run(sql`create table ref (code text primary key, what regclass); insert into ref values ('a', 'ref')`);
    expect((await run()).rows('ref')).toEqual(['a\tpublic.ref']);
  });

  test('an empty database gives an archive without tables', async () => {
    expect((await run()).manifest.tables).toEqual([]);
  });
});

describe('companions', () => {
  beforeEach(async () => {
    await session.run(sql`create table instructors (id int primary key generated always as identity, xmlid text not null unique);
      create table projects (id int primary key generated always as identity, domaincode text not null unique, regio int references projects);
      create table users (id int primary key generated always as identity, sysmail text not null unique, instructor_id int references instructors, project_id int references projects);
      insert into instructors (xmlid) values ('i1'), ('i2'); insert into projects (domaincode, regio) values ('root', null), ('leaf', 1);
      insert into users (sysmail, instructor_id, project_id) values ('a@x', 2, 2), ('b@x', null, null)`);
  });

  test('a reference to a table that stays behind travels as the key of its row', async () => {
    const { manifest, table, rows } = await run({ tables: ['users'] });
    expect(manifest.complete).toBe(false);
    expect(table('users').columns).toEqual(['id', 'sysmail', 'instructor_id', 'project_id', 'instructor_xmlid', 'project_domaincode']);
    expect(rows('users')).toEqual(['1\ta@x\t2\t2\ti2\tleaf', '2\tb@x\t\\N\t\\N\t\\N\t\\N']);
  });

  test('references within the archive need none', async () => {
    expect((await run({ tables: ['public.projects'] })).table('projects').columns).toEqual(['id', 'domaincode', 'regio']);
  });

  test('a key that is itself a reference is followed to its end', async () => {
    await session.run(sql`create table rooms (id int primary key generated always as identity, project_id int not null references projects, number int not null, unique (project_id, number));
      create table bookings (code text primary key, room_id int not null references rooms); insert into rooms (project_id, number) values (2, 7); insert into bookings values ('b', 1)`);
    const { table, rows } = await run({ tables: ['bookings'] });
    expect(table('bookings').companions[0]?.leaves.map(({ path, column }) => [path, column])).toEqual([
      [['rooms_project_id_fkey'], 'domaincode'],
      [[], 'number'],
    ]);
    expect(rows('bookings')).toEqual(['b\t1\tleaf\t7']);
  });

  test('unknown and ambiguous tables are refused by name', async () => {
    await session.run(sql`create schema other; create table other.users (id int primary key)`);
    await expect(run({ tables: ['nobody'] })).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND', message: expect.stringContaining('public.projects') });
  });

  test('a bare name that two schemas have is refused', async () => {
    await session.run(sql`create schema other; create table other.users (id int primary key)`);
    await expect(run({ tables: ['users'] })).rejects.toMatchObject({ code: 'TABLE_AMBIGUOUS' });
  });
});

describe('origins', () => {
  beforeEach(async () => {
    await session.run(
      sql`create table log (id bigint primary key generated always as identity, line text); insert into log (line) values ('mine'), ('theirs')`,
    );
  });

  test('rows known by their id alone carry the database and the id they come from', async () => {
    const { table, rows } = await run();
    expect(table('log')).toMatchObject({
      key: { kind: 'origin' },
      origin: { database: 'origin_database', key: 'origin_key' },
      columns: ['id', 'line', 'origin_database', 'origin_key'],
    });
    expect(rows('log')).toEqual(['1\tmine\tD1\t{1}', '2\ttheirs\tD1\t{2}']);
  });

  test('rows that came from elsewhere keep the origin they have there', async () => {
    await session.run(sql`create schema waybill; create table waybill.provenance (table_schema text, table_name text, origin_database text, origin_key text[], key text[], run_id text); create table waybill.relation (name text);
      insert into waybill.provenance values ('public', 'log', 'D0', '{77}', '{2}', 'r')`);
    expect((await run({ tables: ['log'] })).rows('log').toSorted()).toEqual(['1\tmine\tD1\t{1}', '2\ttheirs\tD0\t{77}']);
  });
});

describe('one snapshot', () => {
  test('what others write meanwhile is not seen, in no table', async () => {
    await session.run(
      sql`create table a (n int primary key); create table b (n int primary key); insert into a select generate_series(1, 20000); insert into b select generate_series(1, 20000)`,
    );
    const other = await database.session('writer');
    let written = 0;
    let writing: Promise<unknown> = Promise.resolve();
    const { rows } = await run({
      progress: () => {
        written += 1;
        const number = 100_000 + written;
        writing = writing.then(() => other.run(sql`begin; insert into a values (${sql.lit(number)}); insert into b values (${sql.lit(number)}); commit`));
      },
    });
    await writing;
    expect(written).toBeGreaterThan(2);
    expect(rows('a').toSorted()).toEqual(rows('b').toSorted());
  });

  test('a table emptied by TRUNCATE waits or is exported whole, never empty', async () => {
    await session.run(sql`create table a (n int primary key); create table b (n int primary key); insert into a values (1); insert into b values (1)`);
    const other = await database.session('truncate');
    let truncated: Promise<unknown> | undefined;
    const { rows } = await run({
      progress: () => {
        truncated ??= other.run(sql`truncate b`);
      },
    });
    await truncated;
    expect(rows('b')).toEqual(['1']);
  });
});

describe('what stands in the way', () => {
  test('row-level security is an error, never fewer rows', async () => {
    const role = `${database.name}_reader`;
    const admin = await openSession(clusterUrl(), { purpose: 'test admin' });
    await admin.run(sql`create role ${sql.id(role)} login`);
    await session.run(
      sql`create table secrets (id int primary key, owner text); insert into secrets values (1, 'x'); alter table secrets enable row level security; create policy mine on secrets using (owner = current_user); grant select on secrets to ${sql.id(role)}`,
    );
    const reader = await openSession(databaseUrl(database.name, role), { purpose: 'test reader' });
    try {
      await expect(run({}, reader)).rejects.toMatchObject({ code: 'ROW_LEVEL_SECURITY', message: expect.stringContaining('public.secrets') });
    } finally {
      await reader.close();
      await session.run(sql`drop owned by ${sql.id(role)}`);
      await admin.run(sql`drop role ${sql.id(role)}`);
      await admin.close();
    }
  });

  test('a stopped run ends at once, also while the server sends nothing, and leaves no file', async () => {
    await session.run(sql`create table slow (n int primary key); insert into slow values (1)`);
    const blocker = await database.session('blocker');
    await blocker.run(sql`begin; lock table slow in access exclusive mode`);
    const stop = new AbortController();
    const exporting = run({ signal: stop.signal });
    await sleep(100);
    stop.abort(new Error('stopped by the test'));
    await blocker.run(sql`select pg_cancel_backend(${session.pid})`);
    await expect(exporting).rejects.toThrow();
    await blocker.run(sql`rollback`);
    expect((await readdir(folder)).filter((name) => name.includes('part'))).toEqual([]);
  });

  test('a stop in the middle of a table is seen at the next rows', async () => {
    await session.run(sql`create table wide (n int primary key, filler text); insert into wide select n, repeat('x', 1000) from generate_series(1, 20000) n`);
    const stop = new AbortController();
    await expect(run({ signal: stop.signal, progress: ({ rows }) => (rows > 0 ? stop.abort(new Error('enough')) : undefined) })).rejects.toThrow('enough');
  });

  test('a connection that is lost in the middle is a fault that may be tried again', async () => {
    await session.run(sql`create table wide (n int primary key, filler text); insert into wide select n, repeat('x', 1000) from generate_series(1, 20000) n`);
    const killer = await database.session('killer');
    let killed = false;
    const kill = (): void => {
      if (!killed) void killer.run(sql`select pg_terminate_backend(${session.pid})`);
      killed = true;
    };
    await expect(run({ progress: kill })).rejects.toMatchObject({ kind: 'fault', retryable: true });
  });
});
