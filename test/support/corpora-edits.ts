import { query } from './two-databases.ts';

/**
 * Edits of any database by two people who sometimes meet: the same rows on both sides, other cells of one row, the same cell,
 * rows deleted and rows added. Values say who wrote them and not what was there before, and what goes was free in the
 * beginning, so one script after the other gives what a merge in which the second wins must give.
 */
export type Editor = 'first' | 'second';

type EditableColumn = { readonly name: string; readonly kind: 'text' | 'number'; readonly length: number };
export type EditableTable = {
  readonly table: string;
  /** The primary key as one text, `t` being the row. */
  readonly key: string;
  readonly columns: readonly EditableColumn[];
  /** Keys of rows to which nothing refers. */
  readonly free: readonly string[];
  /** The text or number column that alone is the key, where a copy of a row may go in under another. */
  readonly copied: { readonly name: string; readonly kind: 'text' | 'number'; readonly length: number; readonly all: readonly string[] } | undefined;
};

export const editableTables = async (url: string): Promise<readonly EditableTable[]> => {
  const tables: EditableTable[] = [];
  for (const [table, key, columns, inbound, copied] of await query(url, tablesWithKeys)) {
    const conditions = [`abs(hashtext(${key})::bigint) % 40 in (4, 5)`, ...(JSON.parse(inbound ?? '[]') as readonly string[])];
    const free = await query(url, `select ${key} from only ${table} t where ${conditions.join(' and ')} order by 1 limit 500`);
    tables.push({
      table: table ?? '',
      key: key ?? '',
      columns: JSON.parse(columns ?? '[]') as EditableTable['columns'],
      free: free.map(([text]) => text ?? ''),
      copied: copied === null || copied === undefined ? undefined : (JSON.parse(copied) as NonNullable<EditableTable['copied']>),
    });
  }
  return tables;
};

/** What happens to a row is a matter of its key alone; rows that the other added are left alone. */
const share = ({ key, copied }: EditableTable, numbers: readonly number[]): string => {
  const isOld = copied === undefined ? '' : copied.kind === 'number' ? ` and t.${copied.name} >= 0` : ` and t.${copied.name} not like '~%'`;
  return `abs(hashtext(${key})::bigint) % 40 in (${numbers.join(', ')})${isOld}`;
};

const valueOf = (editor: Editor, { key }: EditableTable, { kind, length }: EditableColumn): string =>
  kind === 'number' ? `${editor === 'first' ? 1 : 51} + abs(hashtext(${key})::bigint) % 45` : `left('${editor} ' || md5(${key}), ${length})`;

export const editScript = (tables: readonly EditableTable[], editor: Editor): string =>
  tables
    .flatMap((table) => {
      const [one, other] = [table.columns[0], table.columns[1]];
      const set = (column: EditableColumn, rows: readonly number[]): string =>
        `update only ${table.table} t set ${column.name} = ${valueOf(editor, table, column)} where ${share(table, rows)}`;
      const updates = one === undefined ? [] : [set(one, editor === 'first' ? [0, 3] : [1, 3])];
      // Row 2: both change it, in cells of their own.
      if (one !== undefined && other !== undefined) updates.push(set(editor === 'first' ? one : other, [2]));
      const free = table.free.map((key) => `'${key.replaceAll("'", "''")}'`).join(', ');
      const removed = `delete from only ${table.table} t where ${share(table, [editor === 'first' ? 4 : 5])} and ${table.key} = any(array[${free}]::text[])`;
      return [...updates, removed, ...copyRow(table, editor)];
    })
    .join(';\n');

const copyRow = (table: EditableTable, editor: Editor): readonly string[] => {
  const { copied } = table;
  if (copied === undefined) return [];
  const key = copied.kind === 'number' ? `-${copied.name}` : `left('~' || md5(${copied.name}), ${copied.length})`;
  const list = copied.all.join(', ');
  const values = copied.all.map((name) => (name === copied.name ? key : name)).join(', ');
  return [
    `insert into ${table.table} (${list}) select ${values} from only ${table.table} t where ${share(table, [editor === 'first' ? 6 : 7])} on conflict do nothing`,
  ];
};

/** Columns in no key, no reference, no CHECK, of plain types; tables without rules, neither partitions nor children of another. */
const tablesWithKeys = `
  with plain as (
    select c.oid, c.oid::regclass::text as name, p.conkey as key
    from pg_class c join pg_constraint p on p.conrelid = c.oid and p.contype = 'p'
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and not c.relhasrules and c.relname not like 'waybill%'
      and not exists (select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent))
  ), kinds as (
    select a.attrelid, a.attnum, quote_ident(a.attname) as name, a.atthasdef, a.attidentity,
      case when t.typname in ('text', 'varchar') then 'text' when t.typname in ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') and (t.typname <> 'numeric' or a.atttypmod = -1 or ((a.atttypmod - 4) >> 16) - ((a.atttypmod - 4) & 65535) >= 2) then 'number' end as kind,
      case when t.typname = 'varchar' and a.atttypmod > 4 then a.atttypmod - 4 else 30 end as length
    from pg_attribute a join pg_type t on t.oid = a.atttypid
    where a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  )
  select plain.name,
    (select string_agg('t.' || kinds.name || '::text', $$ || ' ' || $$ order by kinds.attnum) from kinds where kinds.attrelid = plain.oid and kinds.attnum = any(plain.key)),
    (select coalesce(jsonb_agg(jsonb_build_object('name', kinds.name, 'kind', kinds.kind, 'length', kinds.length) order by kinds.attnum), '[]') from kinds
      where kinds.attrelid = plain.oid and kinds.kind is not null and (kinds.kind <> 'text' or kinds.length >= 8)
        and not exists (select from pg_index i where i.indrelid = plain.oid and i.indisunique and kinds.attnum = any(i.indkey))
        and not exists (select from pg_constraint k where k.conrelid = plain.oid and kinds.attnum = any(k.conkey))),
    (select coalesce(jsonb_agg(format('not exists (select from %s r where %s)', f.conrelid::regclass,
        (select string_agg(format('r.%I = t.%I', ca.attname, pa.attname), ' and ') from unnest(f.conkey, f.confkey) as u(ck, pk)
          join pg_attribute ca on ca.attrelid = f.conrelid and ca.attnum = ck join pg_attribute pa on pa.attrelid = f.confrelid and pa.attnum = pk))), '[]')
      from pg_constraint f where f.contype = 'f' and f.confrelid = plain.oid),
    (select jsonb_build_object('name', kinds.name, 'kind', kinds.kind, 'length', kinds.length,
        'all', (select jsonb_agg(every.name order by every.attnum) from kinds every where every.attrelid = plain.oid))
      from kinds where kinds.attrelid = plain.oid and array[kinds.attnum] = plain.key and kinds.kind is not null and not kinds.atthasdef and kinds.attidentity = ''
        and (select count(*) from pg_index i where i.indrelid = plain.oid and i.indisunique) = 1
        and not exists (select from pg_constraint k where k.conrelid = plain.oid and k.contype = 'f' and kinds.attnum = any(k.conkey)))
  from plain order by plain.name`;
