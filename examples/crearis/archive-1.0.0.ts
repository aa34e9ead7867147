import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import tar from 'tar-stream';

/**
 * Writes a backup as the platform's own export did before Waybill (layout 1.0.0): JSON per entity as `pg` and
 * JSON.stringify give it, junction tables as `detailTables`, generated columns left out, the references of the two
 * cycles as keys, and the `setup` instructor that its import left behind.
 */
const entities = [
  'tags',
  'status',
  'users',
  'projects',
  'images',
  'instructors',
  'locations',
  'participants',
  'posts',
  'events',
  'interactions',
  'pages',
  'tasks',
];
const detailTables: Readonly<Record<string, readonly string[]>> = {
  users: ['project_members'],
  posts: ['posts_tags'],
  events: ['events_tags', 'event_instructors'],
};
const lateSeeded: Readonly<Record<string, { readonly column: string; readonly as: string; readonly key: string }>> = {
  users: { column: 'instructor_id', as: 'instructor_xmlid', key: '(select i.xmlid from instructors i where i.id = t.instructor_id)' },
  projects: { column: 'regio', as: 'regio_domaincode', key: '(select r.domaincode from projects r where r.id = t.regio)' },
};

type TableJson = { readonly tableName: string; readonly columns: readonly string[]; readonly rows: readonly Record<string, unknown>[] };

export const writeOldArchive = async (url: string, folder: string, at: Date): Promise<string> => {
  const client = new pg.Client({ connectionString: url, application_name: 'crearis old backup' });
  await client.connect();
  const file = join(folder, `backup_crearis_${at.getTime()}.tar.gz`);
  const pack = tar.pack();
  const written = pipeline(pack, createGzip({ level: 9 }), createWriteStream(file));
  const entry = (name: string, value: unknown): void =>
    void pack.entry({ name, mtime: at, mode: 0o644 }, JSON.stringify(value, undefined, name === 'index.json' ? 2 : 0));
  try {
    entry('index.json', {
      metadata: { timestamp: at.toISOString(), database: 'crearis', migrationPackage: '@crearis/migrations', version: '1.0.0' },
      entities,
      files: Object.fromEntries(entities.map((name) => [name, `${name}.json`])),
    });
    for (const name of entities) {
      const details = await Promise.all((detailTables[name] ?? []).map((detail) => readTable(client, detail)));
      entry(`${name}.json`, { ...(await readTable(client, name)), ...(details.length === 0 ? {} : { detailTables: details }) });
    }
  } finally {
    pack.finalize();
    await written;
    await client.end();
  }
  return file;
};

const readTable = async (client: pg.Client, tableName: string): Promise<TableJson> => {
  const late = lateSeeded[tableName];
  const found = await client.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and attgenerated = '' and not attisdropped order by attnum`,
    [tableName],
  );
  const columns = found.rows.map(({ name }) => name).filter((name) => name !== late?.column);
  const list = [...columns.map((name) => `t.${name}`), ...(late === undefined ? [] : [`${late.key} as ${late.as}`])];
  const { rows } = await client.query<Record<string, unknown>>(`select ${list.join(', ')} from ${tableName} t order by 1, 2`);
  const setup = {
    id: 999_999,
    xmlid: 'setup',
    name: 'Setup',
    user_id: rows[0]?.['user_id'],
    img_id: null,
    status_id: 11,
    languages: null,
    updated_at: '2025-11-09T21:24:26.528Z',
  };
  return { tableName, columns: late === undefined ? columns : [...columns, late.as], rows: tableName === 'instructors' ? [...rows, setup] : rows };
};

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [url, folder] = positionals;
  if (url === undefined) {
    console.error('Usage: node examples/crearis/archive-1.0.0.ts postgres://user@host/database_with_the_example [FOLDER]');
    process.exit(2);
  }
  // The old export ran in the zone of its machine; dates are written as pg reads them there.
  process.env['TZ'] = 'UTC';
  console.log(await writeOldArchive(url, folder ?? import.meta.dirname, new Date('2025-11-09T21:23:17.548Z')));
}
