import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableId } from '../../../src/domain/catalogue/catalogue.ts';
import { chooseKeys } from '../../../src/domain/catalogue/choose-key.ts';
import type { KeyedTable } from '../../../src/domain/catalogue/key.ts';
import { openArchive, type OpenArchive } from '../../../src/infra/archive/read-archive.ts';
import { introspect } from '../../../src/infra/postgres/introspect.ts';
import type { Session } from '../../../src/infra/postgres/session.ts';
import { comma, relation, sql } from '../../../src/infra/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../../support/cluster.ts';
import { archiveOf, type HandMade } from './hand-made-tar.ts';

const example = join(import.meta.dirname, '../../../examples/crearis');

let folder: string;
let database: TestDatabase;
let session: Session;
let targets: readonly KeyedTable[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layout-1-'));
  database = await createTestDatabase();
  session = await database.session();
  await session.run(sql.raw(await readFile(join(example, 'schema.sql'), 'utf8')));
  await session.run(
    sql`create table values_of (code text primary key, j json, b jsonb, t text, n numeric, yes boolean, raw bytea, spans interval, place point, tags text[], grid int[], docs jsonb[], day date, at timestamp)`,
  );
  targets = chooseKeys(await introspect(session));
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

type Json = Readonly<Record<string, unknown>>;
const old = async (
  files: Readonly<Record<string, string | Json>>,
  listed: readonly string[] = Object.keys(files),
  order: 'first' | 'last' = 'first',
): Promise<string> => {
  const index = {
    name: 'index.json',
    content: JSON.stringify({
      metadata: { timestamp: '2025-11-09T21:24:26.528Z', database: 'demo', version: '1.0.0' },
      entities: listed,
      files: Object.fromEntries(listed.map((name) => [name, `${name}.json`])),
    }),
  };
  const entries: HandMade[] = Object.entries(files).map(([name, content]) => ({
    name: `${name}.json`,
    content: typeof content === 'string' ? content : JSON.stringify(content),
  }));
  const path = join(folder, 'old.tar.gz');
  await writeFile(path, archiveOf(order === 'first' ? [index, ...entries] : [...entries, index]));
  return path;
};

type Read = { readonly archive: OpenArchive; readonly tables: Readonly<Record<string, readonly string[]>> };
const read = async (path: string): Promise<Read> => {
  const archive = await openArchive(path, { targetCatalogue: targets });
  const tables: Record<string, string[]> = {};
  try {
    for await (const part of archive.parts()) {
      const chunks: Buffer[] = [];
      for await (const chunk of part.data) chunks.push(chunk);
      tables[part.table.name] = Buffer.concat(chunks).toString().split('\n').slice(0, -1);
    }
  } finally {
    await archive.close();
  }
  return { archive, tables };
};
const tableOf = ({ archive }: Read, name: string) => archive.manifest.tables.find((table) => table.name === name) ?? expect.fail(`no table ${name}`);

describe('the example backup', () => {
  let found: Read;
  beforeAll(async () => {
    found = await read(join(example, 'backup_crearis_1762723397548.tar.gz'));
  });

  test('holds every table of the platform, junction tables included', () => {
    expect(found.archive.layout).toBe('1.0.0');
    expect(Object.keys(found.tables).toSorted()).toEqual(
      targets
        .map(({ name }) => name)
        .filter((name) => name !== 'values_of')
        .toSorted(),
    );
    expect(found.archive.manifest.tables.map(tableId)).toEqual(found.archive.summary().tables.map(({ table }) => table));
  });

  test('the late-seeded references travel as companions', () => {
    expect(tableOf(found, 'users').companions).toMatchObject([{ reference: 'users_instructor_id_fkey', leaves: [{ name: 'instructor_xmlid' }] }]);
    expect(tableOf(found, 'projects').companions).toMatchObject([{ leaves: [{ name: 'regio_domaincode' }] }]);
  });

  test('the placeholder of the old import is left out and counted', () => {
    expect(found.archive.issues()).toMatchObject([{ code: 'row.leftover', table: 'public.instructors', column: 'xmlid' }]);
    expect(found.tables['instructors']?.some((line) => line.includes('setup'))).toBe(false);
  });

  test('PostgreSQL reads every value of it', async () => {
    for (const table of found.archive.manifest.tables) {
      const own = table.columns.slice(0, table.columns.length - table.companions.flatMap(({ leaves }) => leaves).length - (table.origin === undefined ? 0 : 2));
      const extra = table.columns.slice(own.length);
      await session.run(
        sql`create temporary table staged as select ${comma([...own.map((name) => sql.id(name)), ...extra.map((name) => sql`null::text as ${sql.id(name)}`)])} from ${relation(table)} with no data`,
      );
      const lines = found.tables[table.name] ?? [];
      const rows = await session.copyIn(
        sql`copy staged from stdin`,
        (async function* () {
          yield Buffer.from(lines.map((line) => `${line}\n`).join(''));
        })(),
      );
      expect(rows, table.name).toBe(lines.length);
      await session.run(sql`drop table staged`);
    }
  });
});

describe('values', () => {
  const rowsOf = async (row: string): Promise<readonly string[]> => {
    const { tables } = await read(await old({ values_of: `{"tableName":"values_of","columns":[],"rows":[${row}]}` }));
    return tables['values_of']?.[0]?.split('\t') ?? [];
  };

  test.each([
    ['numbers keep their digits', '"n": 0.10', '0.10'],
    ['also beyond what JavaScript can count', '"n": 9007199254740993', '9007199254740993'],
    ['and with an exponent', '"n": 1E400', '1E400'],
    ['null is not the empty string', '"t": null', '\\N'],
    ['the empty string is not null', '"t": ""', ''],
    ['the text NULL is a text', '"t": "NULL"', 'NULL'],
    ['tabs, lines and backslashes are escaped', String.raw`"t": "a\tb\nc\\d\u00e9"`, String.raw`a\tb\nc\\dé`],
    ['booleans', '"yes": true', 't'],
    ['jsonb keeps its text', String.raw`"b": {"a": 1.0, "a": [ "x\n" ]}`, String.raw`{"a": 1.0, "a": [ "x\\n" ]}`],
    ['a text in a json column stays JSON', '"j": "x"', '"x"'],
    ['bytes as node-postgres writes them', '"raw": {"type":"Buffer","data":[0,255,16]}', String.raw`\\x00ff10`],
    ['intervals', '"spans": {"days":2,"hours":3,"milliseconds":1.5}', '2 days 3 hours 1.5 milliseconds'],
    ['points', '"place": {"x":1.50,"y":-2}', '(1.50,-2)'],
    ['arrays of text', String.raw`"tags": ["a", null, "b\"c\\", "", "NULL"]`, String.raw`{"a",NULL,"b\\"c\\\\","","NULL"}`],
    ['arrays of arrays', '"grid": [[1,2],[3,4]]', '{{"1","2"},{"3","4"}}'],
    ['arrays of documents', '"docs": [{"a":"x"}]', String.raw`{"{\\"a\\":\\"x\\"}"}`],
    ['objects in a text column stay JSON', '"t": {"a": 1}', '{"a": 1}'],
  ])('%s', async (_name, member, expected) => {
    expect(await rowsOf(`{"code":"k",${member}}`)).toEqual(['k', expected]);
  });

  test('PostgreSQL reads what was written', async () => {
    const path = await old({
      values_of: String.raw`{"tableName":"values_of","columns":["code","j","b","t","n","yes","raw","spans","place","tags","grid","docs","day","at"],"rows":[
      {"code":"k","j":[1,"a\tb"],"b":{"x":"\\ \" \n"},"t":"q\\","n":1e2,"yes":false,"raw":{"type":"Buffer","data":[1]},"spans":{"days":1},"place":{"x":1,"y":2},"tags":["a,b","\\","\""],"grid":[],"docs":[{"a":"x\\y"}],"day":"2025-05-30T00:00:00.000Z","at":"2025-05-30T01:02:03.004Z"}]}`,
    });
    const { tables } = await read(path);
    await session.copyIn(
      sql`copy values_of from stdin`,
      (async function* () {
        yield Buffer.from(`${tables['values_of']?.join('\n') ?? ''}\n`);
      })(),
    );
    expect(
      await session.one(
        sql`select j::text, b->>'x' as b, t, n::text, yes, raw::text, spans::text, place::text, tags, grid::text, docs[1]->>'a' as docs, day::text, at::text from values_of`,
      ),
    ).toEqual({
      j: String.raw`[1,"a\tb"]`,
      b: '\\ " \n',
      t: 'q\\',
      n: '100',
      yes: false,
      raw: '\\x01',
      spans: 'P1D',
      place: '(1,2)',
      tags: ['a,b', '\\', '"'],
      grid: '{}',
      docs: 'x\\y',
      day: '2025-05-30',
      at: '2025-05-30 01:02:03.004',
    });
    await session.run(sql`truncate values_of`);
  });

  test.each([String.raw`"t":"\u0000"`, String.raw`"t":"\ud800"`])('refuses what PostgreSQL cannot store: %s', async (member) => {
    await expect(rowsOf(`{"code":"k",${member}}`)).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
      message: expect.stringContaining('row 1 of "public.values_of" has in "t"'),
    });
  });
});

describe('shapes', () => {
  const tags = {
    tableName: 'tags',
    columns: ['id', 'name'],
    rows: [
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ],
  };
  const link = (event_id: number, tag_id: number) => ({ event_id, tag_id });

  test('members come in any order, and so do the files', async () => {
    const path = await old(
      {
        tags: '{"detailTables":[{"rows":[{"event_id":7,"tag_id":1}],"tableName":"events_tags","columns":["event_id","tag_id"]}],"rows":[{"name":"a","id":1}],"columns":["id","name"],"tableName":"tags"}',
        users: '{"tableName":"users","columns":["id"],"rows":[]}',
      },
      ['users', 'tags'],
      'last',
    );
    const found = await read(path);
    expect(found.tables).toEqual({ events_tags: ['7\t1'], tags: ['1\ta'], users: [] });
  });

  test('a junction table under two parents is the union of both', async () => {
    const found = await read(
      await old({
        tags: { ...tags, detailTables: [{ tableName: 'events_tags', columns: ['event_id', 'tag_id'], rows: [link(1, 1), link(2, 2)] }] },
        events: {
          tableName: 'events',
          columns: ['id'],
          rows: [{ id: 1 }],
          detailTables: [{ tableName: 'events_tags', columns: ['event_id', 'tag_id'], rows: [link(2, 2), link(3, 1)] }],
        },
        pages: { tableName: 'pages', columns: ['id'], rows: [{ id: 5 }] },
      }),
    );
    expect(found.tables['events_tags']).toEqual(['1\t1', '2\t2', '3\t1']);
    expect([found.tables['tags'], found.tables['events']]).toEqual([['1\ta', '2\tb'], ['1']]);
    expect(found.archive.notes().join()).toContain('1 row was listed under more than one parent');
  });

  test('rows known by their id alone get an origin', async () => {
    const found = await read(await old({ pages: { tableName: 'pages', columns: ['id', 'page_type'], rows: [{ id: 5, page_type: 'home' }] } }));
    expect(tableOf(found, 'pages')).toMatchObject({
      key: { kind: 'origin', surrogate: ['id'] },
      columns: ['id', 'page_type', '1.0.0 origin database', '1.0.0 origin key'],
    });
    expect(found.tables['pages']).toEqual([`5\thome\t${found.archive.manifest.source.databaseId}\t{"5"}`]);
  });

  test('columns and tables that the target lacks are described, generated ones passed over with a note', async () => {
    const found = await read(
      await old({
        users: { tableName: 'users', columns: ['id', 'shoe_size', 'status_display'], rows: [{ id: 'x', shoe_size: 42, status_display: 'user:1' }] },
        ghosts: { tableName: 'ghosts', columns: ['id'], rows: [{ id: 1 }] },
      }),
    );
    expect(tableOf(found, 'users').columns).toEqual(['id', 'shoe_size']);
    expect(found.archive.manifest.catalogue.tables.find(({ name }) => name === 'users')?.columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'uuid'],
      ['shoe_size', 'text'],
    ]);
    expect(tableOf(found, 'ghosts')).toMatchObject({ schema: 'public', key: { kind: 'image' } });
    expect(found.archive.notes()).toEqual(['public.users: status_display is computed by PostgreSQL; the values of the backup were not read']);
  });

  test('references to the placeholder are emptied and counted', async () => {
    const found = await read(
      await old({
        users: {
          tableName: 'users',
          columns: ['id', 'instructor_id'],
          rows: [
            { id: 'u1', instructor_id: 9 },
            { id: 'u2', instructor_id: 3 },
          ],
        },
        instructors: {
          tableName: 'instructors',
          columns: ['id', 'xmlid'],
          rows: [
            { id: 9, xmlid: 'setup' },
            { id: 3, xmlid: 'i3' },
          ],
        },
      }),
    );
    expect(found.tables).toEqual({ users: ['u1\t\\N', 'u2\t3'], instructors: ['3\ti3'] });
    expect(
      found.archive
        .issues()
        .map(({ table, column }) => `${table}.${column}`)
        .toSorted(),
    ).toEqual(['public.instructors.xmlid', 'public.users.instructor_id']);
  });

  test('the key that a companion gives wins over the id beside it', async () => {
    const found = await read(
      await old({
        users: { tableName: 'users', columns: ['id', 'instructor_id', 'instructor_xmlid'], rows: [{ id: 'u1', instructor_id: 9, instructor_xmlid: 'i3' }] },
      }),
    );
    expect(tableOf(found, 'users').columns).toEqual(['id', 'instructor_xmlid']);
    expect(found.tables['users']).toEqual(['u1\ti3']);
  });

  test.each([
    ['a file that index.json lists and the archive lacks', { tags }, ['tags', 'users'], 'ARCHIVE_INCOMPLETE'],
    ['a file that index.json does not list', { tags, extra: tags }, ['tags'], 'ARCHIVE_ENTRY_FORBIDDEN'],
    ['a file cut short', { tags: '{"tableName":"tags","rows":[{"id":1' }, ['tags'], 'ARCHIVE_CORRUPT'],
    ['a row that is no JSON', { tags: '{"tableName":"tags","rows":[{"id":01}]}' }, ['tags'], 'ARCHIVE_CORRUPT'],
    ['a row that is no object', { tags: '{"tableName":"tags","rows":[[1]]}' }, ['tags'], 'ARCHIVE_CORRUPT'],
    ['a table without a name', { tags: '{"rows":[]}' }, ['tags'], 'ARCHIVE_CORRUPT'],
    ['something after the end', { tags: '{"tableName":"tags","rows":[]}{}' }, ['tags'], 'ARCHIVE_CORRUPT'],
    ['a file that is an array', { tags: '[]' }, ['tags'], 'ARCHIVE_CORRUPT'],
  ])('refuses %s', async (_name, files, listed, code) => {
    await expect(read(await old(files, listed))).rejects.toMatchObject({ code });
  });
});
