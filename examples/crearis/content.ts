import pg from 'pg';

/**
 * What a copy says, without ids: every row as text with its references written as the keys of the rows they point to.
 * Two copies that say the same are equal here, whatever their ids; a reference that went astray is not.
 */
export type Content = ReadonlyMap<string, ReadonlyMap<string, string>>;

const keyColumns: Readonly<Record<string, readonly string[]>> = {
  status: ['id'],
  tags: ['name'],
  users: ['sysmail'],
  projects: ['domaincode'],
  images: ['xmlid'],
  instructors: ['xmlid'],
  locations: ['xmlid'],
  participants: ['xmlid'],
  posts: ['xmlid'],
  events: ['xmlid'],
  project_members: ['project_id', 'user_id'],
  event_instructors: ['event_id', 'instructor_id'],
  events_tags: ['event_id', 'tag_id'],
  posts_tags: ['post_id', 'tag_id'],
};

export const readContent = async (url: string): Promise<Content> => {
  const client = new pg.Client({ connectionString: url, application_name: 'crearis content' });
  await client.connect();
  try {
    await client.query(`begin isolation level repeatable read read only; set local timezone = 'UTC'`);
    const { rows: columns } = await client.query<ColumnRow>(columnsWithParents);
    const content = new Map<string, ReadonlyMap<string, string>>();
    for (const table of new Set(columns.map((column) => column.table))) {
      const { rows } = await client.query<{ key: string; image: string }>(
        contentQuery(
          table,
          columns.filter((column) => column.table === table),
        ),
      );
      content.set(table, new Map(rows.map(({ key, image }) => [key, image])));
    }
    return content;
  } finally {
    await client.end();
  }
};

type ColumnRow = { readonly table: string; readonly column: string; readonly parent: string | null };

const columnsWithParents = `
  select c.relname as table, a.attname as column, (
    select f.confrelid::regclass::text from pg_constraint f where f.contype = 'f' and f.conrelid = c.oid and f.conkey = array[a.attnum]
  ) as parent
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname not like 'waybill\\_%'
  order by c.relname, a.attnum`;

const contentQuery = (table: string, columns: readonly ColumnRow[]): string => {
  const key = keyColumns[table];
  const byKey = ({ column, parent }: ColumnRow): string =>
    parent === null ? `t.${column}::text` : `(select p.${keyColumns[parent]?.[0] ?? 'id'}::text from ${parent} p where p.id = t.${column})`;
  const image = `row(${columns
    .filter(({ column }) => column !== 'id' || key?.includes('id'))
    .map(byKey)
    .join(', ')})::text`;
  const keyText =
    key === undefined
      ? `${image} || ' #' || row_number() over (partition by ${image})`
      : columns
          .filter(({ column }) => key.includes(column))
          .map(byKey)
          .join(` || ' ' || `);
  return `select ${keyText} as key, ${image} as image from ${table} t`;
};

/** What an import of new rows must leave: everything that was there, untouched, and whatever was not there before. */
export const expectedAfterImport = (incoming: Content, before: Content): Content =>
  new Map(
    [...before].map(([table, rows]) => [
      table,
      // A row without a key is never the same row as one that was here already, even where both say the same.
      keyColumns[table] === undefined
        ? counted([...rows.values(), ...(incoming.get(table)?.values() ?? [])])
        : new Map([...(incoming.get(table) ?? []), ...rows]),
    ]),
  );

const counted = (images: readonly string[]): ReadonlyMap<string, string> => {
  const seen = new Map<string, number>();
  return new Map(
    images.map((image) => {
      const number = (seen.get(image) ?? 0) + 1;
      seen.set(image, number);
      return [`${image} #${number}`, image];
    }),
  );
};

/** Rows that differ between two contents, each in words; empty when they say the same. */
export const contentDifferences = (expected: Content, actual: Content): readonly string[] =>
  [...new Set([...expected.keys(), ...actual.keys()])].flatMap((table) => {
    const left = expected.get(table) ?? new Map<string, string>();
    const right = actual.get(table) ?? new Map<string, string>();
    return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) => {
      if (left.get(key) === right.get(key)) return [];
      return [`${table} ${key}: expected ${left.get(key) ?? 'no such row'}, found ${right.get(key) ?? 'no such row'}`];
    });
  });
