import pg from 'pg';

/** One line per table: `schema.table`, rows, md5 over all rows without order. Same content, same lines, on any server. */
export type TableHash = { readonly table: string; readonly rows: number; readonly md5: string };

/**
 * Generated columns are hashed, sequences are not; a partitioned table is hashed through its root. The URL's role must
 * see every row: a policy in the way is an error.
 */
export const dbhash = async (
  url: string,
  options: { readonly withoutWaybill?: boolean; readonly ownSchemas?: readonly string[] } = {},
): Promise<readonly TableHash[]> => {
  const client = new pg.Client({ connectionString: url, application_name: 'dbhash' });
  await client.connect();
  try {
    await client.query(`set client_min_messages = error; set timezone = 'UTC'; set datestyle = 'ISO'; set intervalstyle = 'iso_8601';
      set bytea_output = 'hex'; set extra_float_digits = 1; set row_security = off; begin isolation level repeatable read read only`);
    const own = options.withoutWaybill === true ? await ownRelations(client, options.ownSchemas ?? ['waybill']) : new Set<string>();
    const queries = await client.query<{ table: string; query: string }>(tableQueries);
    const hashes: TableHash[] = [];
    for (const { table, query } of queries.rows) {
      if (own.has(table)) continue;
      const result = await client.query<{ rows: string; md5: string }>(query);
      const [row] = result.rows;
      if (row !== undefined) hashes.push({ table, rows: Number(row.rows), md5: row.md5 });
    }
    return hashes;
  } finally {
    await client.end();
  }
};

/** As the shell script prints them. */
export const hashLines = (hashes: readonly TableHash[]): string => hashes.map(({ table, rows, md5 }) => `${table}\t${rows}\t${md5}\n`).join('');

/** Tables whose content differs, is missing, or is extra; each with both sides. */
export const hashDifferences = (expected: readonly TableHash[], actual: readonly TableHash[]): readonly string[] => {
  const show = (hash: TableHash | undefined): string => (hash === undefined ? 'absent' : `${hash.rows} rows ${hash.md5.slice(0, 8)}`);
  const tables = [...new Set([...expected, ...actual].map(({ table }) => table))].toSorted();
  return tables.flatMap((table) => {
    const left = expected.find((hash) => hash.table === table);
    const right = actual.find((hash) => hash.table === table);
    return left?.rows === right?.rows && left?.md5 === right?.md5 ? [] : [`${table}: expected ${show(left)}, found ${show(right)}`];
  });
};

const tableQueries = `
  select format('%I.%I', n.nspname, c.relname) as table,
    format($f$select count(*) as rows, md5(coalesce(string_agg(h, '' order by h collate "C"), '')) as md5 from (select md5(row(%s)::text) as h from %s) x$f$,
      (select string_agg(format('%I', attname), ',' order by attname collate "C") from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped),
      case when c.relkind = 'p' then format('%I.%I', n.nspname, c.relname) else format('only %I.%I', n.nspname, c.relname) end) as query
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e')
  order by format('%I.%I', n.nspname, c.relname) collate "C"`;

/** Waybill's relations: whatever is in a schema of ours, and what the registry there names. */
const ownRelations = async (client: pg.Client, schemas: readonly string[]): Promise<Set<string>> => {
  const found = await client.query<{ table: string }>(
    `select format('%I.%I', n.nspname, c.relname) as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'p') and (n.nspname = 'waybill' or c.relname like 'waybill\\_%')`,
    [schemas],
  );
  return new Set(found.rows.map(({ table }) => table));
};
