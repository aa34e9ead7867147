import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { createCopy, type CopyOptions, type CopyTable } from './copies.ts';

export const schemaFile = new URL('./schema.sql', import.meta.url);

/** Creates the example's tables in an empty database and fills them with one copy; says how many rows went in. */
export const loadExample = async (url: string, options: CopyOptions): Promise<number> => {
  const client = new pg.Client({ connectionString: url, application_name: 'crearis example' });
  await client.connect();
  try {
    await client.query(`begin; ${await readFile(schemaFile, 'utf8')}`);
    const tables = createCopy(options);
    for (const table of tables) await copyTable(client, table);
    await setInstructors(
      client,
      tables.find(({ table }) => table === 'users'),
    );
    await client.query(sequencesBehindIds);
    await client.query('commit');
    await client.query('analyze');
    return tables.reduce((sum, { rows }) => sum + rows.length, 0);
  } finally {
    await client.end();
  }
};

const copyTable = async (client: pg.Client, { table, columns, rows }: CopyTable): Promise<void> => {
  const used = columns.flatMap((column, index) => (table === 'users' && column === 'instructor_id' ? [] : [{ column, index }]));
  const lines = function* (): Generator<string> {
    for (const row of rows) yield `${used.map(({ index }) => copyText(row[index])).join('\t')}\n`;
  };
  await pipeline(Readable.from(lines()), client.query(copyFrom(`copy ${table} (${used.map(({ column }) => column).join(', ')}) from stdin`)));
};

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const copyText = (value: string | undefined): string =>
  value === undefined ? '\\N' : value.replace(/[\\\n\r\t]/g, (character) => escapes[character] ?? character);

/** The cycle: users come first without their instructor. */
const setInstructors = async (client: pg.Client, users: CopyTable | undefined): Promise<void> => {
  const column = users?.columns.indexOf('instructor_id') ?? -1;
  const pairs = (users?.rows ?? []).flatMap((row) => (row[column] === undefined ? [] : [[row[0], row[column]]]));
  await client.query(
    'update users set instructor_id = pair.instructor_id from unnest($1::uuid[], $2::integer[]) pair (id, instructor_id) where users.id = pair.id',
    [pairs.map(([id]) => id), pairs.map(([, instructor]) => instructor)],
  );
};

const sequencesBehindIds = `
  do $$
  declare it record;
  begin
    for it in select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attidentity <> '' where c.relnamespace = 'public'::regnamespace loop
      execute format('select setval(pg_get_serial_sequence(%L, ''id''), greatest((select max(id) from %I), 1))', it.relname, it.relname);
    end loop;
  end $$`;
