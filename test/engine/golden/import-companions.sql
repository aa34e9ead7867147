/* engine.target-schema.installed */
select c.relname::pg_catalog.text as name,
  exists (
    select from pg_catalog.pg_class r
    where r.relnamespace operator(pg_catalog.=) c.relnamespace and r.relname operator(pg_catalog.=) $1
      and pg_catalog.obj_description(r.oid, 'pg_class') operator(pg_catalog.=) $2
  ) as known,
  pg_catalog.bool_and(pg_catalog.has_schema_privilege(c.relnamespace, 'usage') and pg_catalog.has_table_privilege(c.oid, needed."right")) as usable
from rows from (pg_catalog.unnest($3::pg_catalog.text[]), pg_catalog.unnest($4::pg_catalog.text[])) as needed (name, "right")
join pg_catalog.pg_class c on c.relname operator(pg_catalog.=) needed.name
join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
where n.nspname operator(pg_catalog.=) $5
group by c.oid, c.relname, c.relnamespace;

/* engine.target-schema.lock */ select pg_catalog.pg_advisory_xact_lock(1463900482, 2);

/* engine.target-schema.schema-exists */
select exists (select from pg_catalog.pg_namespace n where n.nspname operator(pg_catalog.=) $1) as found;

/* engine.own-columns */
select pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as readable,
  array(select a.attname::pg_catalog.text from pg_catalog.pg_attribute as a where a.attrelid operator(pg_catalog.=) c.oid and a.attnum operator(pg_catalog.>) 0 and not a.attisdropped) as columns
from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
where n.nspname operator(pg_catalog.=) $1 and c.relname operator(pg_catalog.=) $2 and c.relkind operator(pg_catalog.=) 'r';

/* engine.ledger.last-of */
select r.run_id as run, pg_catalog.to_char(r.at, 'YYYY-MM-DD HH24:MI "UTC"') as at from "waybill"."run" as r
where r.state operator(pg_catalog.=) 'applied' and r.store_id operator(pg_catalog.=) $1 and r.database_id operator(pg_catalog.=) $2
  and pg_catalog.strpos(r.run_id, '/') operator(pg_catalog.=) 0
order by r.at desc, r.run_id desc limit 100;

/* engine.ledger.of-other-logs */
select pg_catalog.count(*)::pg_catalog.int4 as runs, pg_catalog.to_char(pg_catalog.max(r.at), 'YYYY-MM-DD HH24:MI "UTC"') as last from "waybill"."run" as r
where r.state operator(pg_catalog.=) 'applied' and r.database_id operator(pg_catalog.=) $1 and r.store_id operator(pg_catalog.<>) $2;

/* engine.stage.create-issues */
create temporary table if not exists wb_issue (
  load integer not null, row_number bigint, src pg_catalog.tid, code pg_catalog.text not null,
  column_name pg_catalog.text, constraint_name pg_catalog.text, value pg_catalog.text, message pg_catalog.text not null,
  position bigint
);

/* engine.stage.create */
create temporary table "wb_stage_0" ("isbn" pg_catalog.text, "author_id" integer, "sequel_of" pg_catalog.text, "pages" integer, "author_mail" pg_catalog.text);

/* engine.stage.copy */
copy "pg_temp"."wb_stage_0" ("isbn", "author_id", "sequel_of", "pages", "author_mail") from stdin (format text);

/* engine.stage.analyze */
analyze "pg_temp"."wb_stage_0" ("isbn", "author_id", "author_mail", "sequel_of");

/* engine.marker.try-lock */ select pg_catalog.pg_try_advisory_lock(1463900482, 1) as locked;

/* engine.apply.lock-tables */
lock table "public"."book" in row exclusive mode;

/* engine.marker.lock */ select pg_catalog.pg_advisory_xact_lock(1463900482, 1);

/* engine.marker.insert */
insert into "waybill"."run" as r (run_id, attempt, state, backend_pid, database_id, store_id, xid)
values ($1, $2, 'applied', pg_catalog.pg_backend_pid(), $3, $4, pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint)
on conflict (run_id) do update set attempt = excluded.attempt, state = 'applied', backend_pid = excluded.backend_pid, database_id = excluded.database_id, store_id = excluded.store_id, xid = excluded.xid
where r.state operator(pg_catalog.=) 'fenced' and r.attempt operator(pg_catalog.<=) excluded.attempt
returning run_id;

/* engine.resolve.is-empty */ select not exists (select 1 from only "public"."book") as empty;

/* engine.resolve.create-companion */
create temporary table "wb_known_0_0" as
select d."author_mail" as "s_author_mail", p."id" as "t_id" from (select distinct s."author_mail" from "pg_temp"."wb_stage_0" as s where s."author_mail" is not null) as d join "public"."author" as p on p."mail" operator("pg_catalog".=) d."author_mail";

/* engine.validate.count-missing */
select pg_catalog.bool_or(not (s."isbn" is not null)) as "c0", pg_catalog.bool_or(not (s."author_id" is not null)) as "c1"
from "pg_temp"."wb_stage_0" as s;

/* engine.validate.find-taken-by-expression */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, s.ctid, 'unique.violated', null, 'book_lower_idx', pg_catalog.left(row(n."waybill_k0")::pg_catalog.text, 200), 'The unique index book_lower_idx of public.book has no room for the row: another one has the same value'
from (select s.ctid as src, (lower(isbn)) as "waybill_k0" from "pg_temp"."wb_stage_0" as s where ((pages > 0)) and true) as n join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) n.src
where n."waybill_k0" is not null and exists (select 1 from (select "waybill_k0" from (select s.ctid as src, (lower(isbn)) as "waybill_k0" from "pg_temp"."wb_stage_0" as s where ((pages > 0)) and true) as n where n."waybill_k0" is not null group by "waybill_k0" having pg_catalog.count(*) operator(pg_catalog.>) 1) as o where o."waybill_k0" operator("pg_catalog".=) n."waybill_k0");

/* engine.validate.find-dangling-companion */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, s.ctid, 'reference.missing', 'author_mail', 'book_author_id_fkey', pg_catalog.left(row(s."author_mail")::pg_catalog.text, 200), 'The row names a row of public.author by its key, and there is none'
from "pg_temp"."wb_stage_0" as s
where (s."author_mail" is not null) and true and not exists (select 1 from "pg_temp"."wb_known_0_0" as c where "c"."s_author_mail" operator("pg_catalog".=) s."author_mail");

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, s.ctid, 'reference.missing', 'sequel_of', 'book_sequel_of_fkey', pg_catalog.left(row(s."sequel_of")::pg_catalog.text, 200), 'The row refers to public.book, and there is no such row in the archive or in the target'
from "pg_temp"."wb_stage_0" as s
where (s."sequel_of" is not null) and true and not exists (select 1 from "pg_temp"."wb_stage_0" as p where "p"."isbn" operator("pg_catalog".=) s."sequel_of") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 0 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'book_sequel_of_fkey');

/* engine.plan.count-blocked */
select pg_catalog.count(distinct i.src)::bigint as count, coalesce(pg_catalog.sum(pg_catalog.hashtextextended(i.src::pg_catalog.text operator(pg_catalog.||) i.code, 0)), 0)::pg_catalog.text as keys
from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 0 and i.src is not null;

/* engine.plan.count-issues */
select load, code, pg_catalog.count(*)::integer as count from pg_temp.wb_issue group by 1, 2 order by 1, 2;

/* engine.apply.lock-companions */
select pg_catalog.count(*)::integer as count from (select 1 from "public"."author" as p where exists (select 1 from "pg_temp"."wb_known_0_0" as k where p."id" operator("pg_catalog".=) k."t_id") for share of p) as locked;

/* engine.resolve.create-companion */
create temporary table "wb_map_0_0" as
select d."author_mail" as "s_author_mail", p."id" as "t_id" from (select distinct s."author_mail" from "pg_temp"."wb_stage_0" as s where s."author_mail" is not null) as d join "public"."author" as p on p."mail" operator("pg_catalog".=) d."author_mail";

/* engine.apply.insert-component */
with "inserted_0" as (
  insert into "public"."book" ("isbn", "author_id", "sequel_of", "pages")
  select s."isbn", "r0"."t_id", s."sequel_of", s."pages"
  from "pg_temp"."wb_stage_0" as s
left join "pg_temp"."wb_map_0_0" as "r0" on "r0"."s_author_mail" operator("pg_catalog".=) s."author_mail"
where true
  returning "isbn"
), "recorded_0" as (
  insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
  select 'run-TEST', 'public', 'book', 'insert', chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], pg_catalog.array_agg(key), null::pg_catalog.text[], null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
  from (select array["isbn"::pg_catalog.text]::pg_catalog.text as key, (pg_catalog.row_number() over () operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk from "inserted_0") as keyed group by chunk
)
select (select pg_catalog.count(*) from "inserted_0")::bigint as "n0";

copy (
  /* engine.ledger.lines */
  select pg_catalog.json_build_object('table', (l.table_schema operator(pg_catalog.||) '.') operator(pg_catalog.||) l.table_name, 'verdict', l.verdict, 'chunk', l.chunk, 'n', l.n, 'lo', l.lo, 'hi', l.hi, 'ids', l.ids, 'keys', l.keys, 'names', l.names, 'before', l.before, 'after', l.after, 'found', l.found::pg_catalog.text[])::pg_catalog.text
  from "waybill"."ledger" as l where l.run_id operator(pg_catalog.=) 'run-TEST'
  order by l.table_schema, l.table_name, l.verdict, l.chunk
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

/* engine.marker.complete */
update "waybill"."run" set plan_hash = $1, summary = $2::pg_catalog.jsonb where run_id operator(pg_catalog.=) $3;
