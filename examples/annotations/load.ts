import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { columnsOf, createRows, type Row, type Size } from './rows.ts';

/** Creates the tables in an empty database. */
export const createTables = async (url: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url, application_name: 'annotations example' });
  await client.connect();
  try {
    await client.query(await readFile(new URL('./schema.sql', import.meta.url), 'utf8'));
  } finally {
    await client.end();
  }
};

/** Creates the tables in an empty database and fills them; says how many rows went in. */
export const loadAnnotations = async (url: string, size: Size = {}): Promise<number> => {
  await createTables(url);
  const client = new pg.Client({ connectionString: url, application_name: 'annotations example' });
  await client.connect();
  try {
    await client.query('begin');
    const tables = Object.entries(createRows(size));
    for (const [table, rows] of tables) await copyRows(client, table as keyof typeof columnsOf, rows);
    await client.query('commit');
    await client.query('analyze');
    return tables.reduce((sum, [, rows]) => sum + rows.length, 0);
  } finally {
    await client.end();
  }
};

const copyRows = async (client: pg.Client, table: keyof typeof columnsOf, rows: readonly Row[]): Promise<void> => {
  const lines = function* (): Generator<string> {
    for (const row of rows) yield `${row.map(copyText).join('\t')}\n`;
  };
  await pipeline(Readable.from(lines()), client.query(copyFrom(`copy ${table} (${columnsOf[table].join(', ')}) from stdin`)));
  await client.query(`select setval(pg_get_serial_sequence('${table}', 'id'), greatest((select max(id) from ${table}), 1))`);
};

/** Nothing here holds a tab or a line break. */
const copyText = (value: string | number | undefined): string => (value === undefined ? '\\N' : String(value).replaceAll('\\', '\\\\'));
