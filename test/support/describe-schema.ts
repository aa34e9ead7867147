import type { Session } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';

const relations = (schema: string) => sql`
select c.relname as name,
  (select string_agg(format('  %I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' else '' end,
    coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')), E',\n' order by a.attnum)
   from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
  (select string_agg(format('  constraint %I %s', conname, pg_get_constraintdef(oid)), E',\n' order by contype desc, conname) from pg_constraint where conrelid = c.oid and contype <> 'n') as constraints,
  (select string_agg(pg_get_indexdef(indexrelid) || ';', E'\n' order by indexrelid::regclass::text) from pg_index i where indrelid = c.oid and not exists (select from pg_constraint where conindid = i.indexrelid)) as indexes,
  (select string_agg(pg_get_triggerdef(oid) || ';' || case tgenabled when 'A' then ' -- always' else '' end, E'\n' order by tgname) from pg_trigger where tgrelid = c.oid and not tgisinternal) as triggers
from pg_class c where c.relnamespace = ${schema}::regnamespace and c.relkind in ('r', 'p') order by c.relname`;

const functions = (schema: string) => sql`
select pg_get_functiondef(oid) as definition from pg_proc where pronamespace = ${schema}::regnamespace order by proname`;

/** A schema as readable SQL, in an order that diffs well. */
export const describeSchema = async (session: Session, schema: string): Promise<string> => {
  const tables = await session.many<{ name: string; columns: string; constraints: string | null; indexes: string | null; triggers: string | null }>(
    relations(schema),
  );
  const routines = await session.many<{ definition: string }>(functions(schema));
  const parts = tables.map(({ name, columns, constraints, indexes, triggers }) =>
    [`create table ${schema}.${name} (\n${columns}${constraints === null ? '' : `,\n${constraints}`}\n);`, indexes, triggers]
      .filter((part) => part !== null)
      .join('\n'),
  );
  return `${[...parts, ...routines.map(({ definition }) => `${definition.trimEnd()};`)].join('\n\n')}\n`;
};
