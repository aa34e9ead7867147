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
create temporary table "wb_stage_0" ("id" integer, "code" pg_catalog.text);

/* engine.stage.copy */
copy "pg_temp"."wb_stage_0" ("id", "code") from stdin (format text);

/* engine.stage.analyze */
analyze "pg_temp"."wb_stage_0" ("code", "id");

/* engine.stage.create */
create temporary table "wb_stage_1" ("id" integer, "code" pg_catalog.text, "parent_id" integer, "name" pg_catalog.text, "body" pg_catalog.jsonb);

/* engine.stage.copy */
copy "pg_temp"."wb_stage_1" ("id", "code", "parent_id", "name", "body") from stdin (format text);

/* engine.stage.analyze */
analyze "pg_temp"."wb_stage_1" ("code", "id", "parent_id");

/* engine.export.markers-of */
select r.run_id as run, pg_catalog.to_char(r.at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, r.summary operator(pg_catalog.->) 'archive' as archive, r.summary operator(pg_catalog.->>) 'rolledBack' as "rolledBack",
  (
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('table', t.value operator(pg_catalog.->) 'table', 'leftColumns', t.value operator(pg_catalog.->) 'leftColumns', 'left',
      coalesce((t.value operator(pg_catalog.#>>) '{counts,keep}')::bigint, 0) operator(pg_catalog.+) coalesce((t.value operator(pg_catalog.#>>) '{counts,blocked}')::bigint, 0)
        operator(pg_catalog.+) coalesce((t.value operator(pg_catalog.#>>) '{counts,conflict}')::bigint, 0)
        operator(pg_catalog.-) (
        select coalesce(pg_catalog.sum((i.value operator(pg_catalog.->>) 'count')::bigint), 0)
        from pg_catalog.jsonb_array_elements(case when pg_catalog.jsonb_typeof(r.summary operator(pg_catalog.#>) '{plan,issues}') operator(pg_catalog.=) 'array' then r.summary operator(pg_catalog.#>) '{plan,issues}' else '[]' end) as i (value)
        where i.value operator(pg_catalog.->>) 'code' operator(pg_catalog.=) 'reference.inbound' and i.value operator(pg_catalog.->) 'table' operator(pg_catalog.=) (t.value operator(pg_catalog.->) 'table')
      ))), '[]')
    from pg_catalog.jsonb_array_elements(case when pg_catalog.jsonb_typeof(r.summary operator(pg_catalog.->) 'tables') operator(pg_catalog.=) 'array' then r.summary operator(pg_catalog.->) 'tables' else '[]' end) as t (value)
  ) as tables
from "waybill"."run" as r
where r.state operator(pg_catalog.=) 'applied' and r.summary is not null
order by r.at, r.run_id;

/* engine.marker.try-lock */ select pg_catalog.pg_try_advisory_lock(1463900482, 1) as locked;

/* engine.apply.lock-tables */
lock table "public"."leaf", "public"."parent" in row exclusive mode;

/* engine.marker.lock */ select pg_catalog.pg_advisory_xact_lock(1463900482, 1);

/* engine.marker.insert */
insert into "waybill"."run" as r (run_id, attempt, state, backend_pid, database_id, store_id, xid)
values ($1, $2, 'applied', pg_catalog.pg_backend_pid(), $3, $4, pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint)
on conflict (run_id) do update set attempt = excluded.attempt, state = 'applied', backend_pid = excluded.backend_pid, database_id = excluded.database_id, store_id = excluded.store_id, xid = excluded.xid
where r.state operator(pg_catalog.=) 'fenced' and r.attempt operator(pg_catalog.<=) excluded.attempt
returning run_id;

/* engine.resolve.is-empty */ select not exists (select 1 from only "public"."parent") as empty;

/* engine.resolve.is-empty */ select not exists (select 1 from only "public"."leaf") as empty;

/* engine.resolve.create-known */
create temporary table "wb_known_0" as
select s."id" as "s_id", t."id" as "t_id"
from "pg_temp"."wb_stage_0" as s
join only "public"."parent" as t on t."code" operator("pg_catalog".=) s."code";

/* engine.resolve.match-rows */
create temporary table "wb_match_0" as
select s.ctid as src, case when true then 'same' else 'differs' end as verdict, t."id" as "t_id"
from "pg_temp"."wb_stage_0" as s
join only "public"."parent" as t on t."code" operator("pg_catalog".=) s."code";

/* engine.resolve.match-different */
create temporary table "wb_match_1" as
select q.src, q.verdict, q.there, q."t_id" from (
  select s.ctid as src, case when t."code" is null then 'new' else case when row("r0"."t_id", s."name")::pg_catalog.record operator(pg_catalog.*=) row(t."parent_id", t."name")::pg_catalog.record and ((s."parent_id" is not null)) operator(pg_catalog.=) (t."parent_id" is not null) and case
    when s."body" is null or t."body" is null then s."body" is null and t."body" is null
    when row(s."body")::pg_catalog.record operator(pg_catalog.*=) row(t."body")::pg_catalog.record then true
    when pg_catalog.strpos(s."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(t."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else s."body"::pg_catalog.jsonb operator(pg_catalog.=) t."body"::pg_catalog.jsonb end then 'same' else 'differs' end end as verdict, t.ctid as there, t."id" as "t_id"
  from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_known_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."parent_id"
  left join only "public"."leaf" as t on t."code" operator("pg_catalog".=) s."code"
  offset 0
) as q where q.verdict operator(pg_catalog.<>) 'same';

/* engine.plan.create-change */
create temporary table "wb_change_0" as
select cells.src, cells.name, case when false then 'update' when false then 'update' when false then 'update' else 'same' end as verdict, cells."k_id"
from (
  select m.src, "s"."code"::pg_catalog.text as name, m."t_id" as "k_id"
  from "pg_temp"."wb_match_0" as m
  join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src
  join only "public"."parent" as t on t."id" operator("pg_catalog".=) m."t_id"
  where m.verdict operator(pg_catalog.=) 'differs'
  offset 0
) as cells;

/* engine.plan.create-change */
create temporary table "wb_change_1" as
select cells.src, cells.there, cells.name, case when cells."o_parent_id" operator(pg_catalog.=) 'x' or cells."o_name" operator(pg_catalog.=) 'x' or cells."o_body" operator(pg_catalog.=) 'x' then 'update' when cells."o_parent_id" operator(pg_catalog.=) 'i' or cells."o_name" operator(pg_catalog.=) 'i' or cells."o_body" operator(pg_catalog.=) 'i' then 'update' when cells."o_parent_id" operator(pg_catalog.=) 'c' or cells."o_name" operator(pg_catalog.=) 'c' or cells."o_body" operator(pg_catalog.=) 'c' then 'update' else 'same' end as verdict, cells."k_id", cells."i_parent_id", cells."c_parent_id", (cells."o_parent_id")::"char" as "o_parent_id", cells."i_name", cells."c_name", (cells."o_name")::"char" as "o_name", cells."i_body", cells."c_body", (cells."o_body")::"char" as "o_body", cells."p_parent_id", cells."q_parent_id"
from (
  select m.src, m.there, "s"."code"::pg_catalog.text as name, m."t_id" as "k_id", "r0"."t_id" as "i_parent_id", t."parent_id" as "c_parent_id", case when ((row("r0"."t_id")::pg_catalog.record operator(pg_catalog.*=) row(t."parent_id")::pg_catalog.record) and ((s."parent_id" is not null)) operator(pg_catalog.=) (t."parent_id" is not null)) then '=' else 'i' end as "o_parent_id", s."name" as "i_name", t."name" as "c_name", case when (row(s."name")::pg_catalog.record operator(pg_catalog.*=) row(t."name")::pg_catalog.record) then '=' else 'i' end as "o_name", s."body" as "i_body", t."body" as "c_body", case when case
    when s."body" is null or t."body" is null then s."body" is null and t."body" is null
    when row(s."body")::pg_catalog.record operator(pg_catalog.*=) row(t."body")::pg_catalog.record then true
    when pg_catalog.strpos(s."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(t."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else s."body"::pg_catalog.jsonb operator(pg_catalog.=) t."body"::pg_catalog.jsonb end then '=' else 'i' end as "o_body", "s.parent.leaf_parent_id_fkey"."code"::pg_catalog.text as "p_parent_id", "t.parent.leaf_parent_id_fkey"."code"::pg_catalog.text as "q_parent_id"
  from "pg_temp"."wb_match_1" as m
  join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) m.src
left join "pg_temp"."wb_known_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."parent_id"
  join only "public"."leaf" as t on t.ctid operator(pg_catalog.=) m.there
left join "pg_temp"."wb_stage_0" as "s.parent.leaf_parent_id_fkey" on "s.parent.leaf_parent_id_fkey"."id" operator("pg_catalog".=) "s"."parent_id"
left join only "public"."parent" as "t.parent.leaf_parent_id_fkey" on "t.parent.leaf_parent_id_fkey"."id" operator("pg_catalog".=) "t"."parent_id"
  where m.verdict operator(pg_catalog.=) 'differs'
  offset 0
) as cells;

/* engine.validate.count-missing */
select pg_catalog.bool_or(not (s."code" is not null)) as "c0"
from "pg_temp"."wb_stage_0" as s;

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.missing', 'parent_id', 'leaf_parent_id_fkey', pg_catalog.left(row(s."parent_id")::pg_catalog.text, 200), 'The row refers to public.parent, and there is no such row in the archive or in the target'
from "pg_temp"."wb_match_1" as fresh join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) fresh.src
where (s."parent_id" is not null) and fresh.verdict operator(pg_catalog.=) 'new' and true and not exists (select 1 from "pg_temp"."wb_stage_0" as p where "p"."id" operator("pg_catalog".=) s."parent_id") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'leaf_parent_id_fkey');

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.missing', 'parent_id', 'leaf_parent_id_fkey', pg_catalog.left(row(s."parent_id")::pg_catalog.text, 200), 'The row refers to public.parent, and there is no such row in the archive or in the target'
from "pg_temp"."wb_change_1" as ch join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) ch.src
where (s."parent_id" is not null) and ch.verdict operator(pg_catalog.=) 'update' and (ch."o_parent_id" operator(pg_catalog.=) 'i') and not exists (select 1 from "pg_temp"."wb_stage_0" as p where "p"."id" operator("pg_catalog".=) s."parent_id") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'leaf_parent_id_fkey');

/* engine.plan.mark-blocked */
update "pg_temp"."wb_change_0" as ch set verdict = 'blocked'
where exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 0 and i.src operator(pg_catalog.=) ch.src);

/* engine.plan.count-matched */
select m.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.sum(pg_catalog.hashtidextended(m.src, 0))::pg_catalog.text as keys
from "pg_temp"."wb_match_0" as m
group by 1 order by 1;

/* engine.plan.count-changed */
select ch.verdict, pg_catalog.count(*)::bigint as count
from "pg_temp"."wb_change_0" as ch group by 1 order by 1;

/* engine.plan.count-blocked */
select pg_catalog.count(distinct i.src)::bigint as count, coalesce(pg_catalog.sum(pg_catalog.hashtextextended(i.src::pg_catalog.text operator(pg_catalog.||) i.code, 0)), 0)::pg_catalog.text as keys
from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 0 and i.src is not null;

/* engine.plan.hash-changed */
select coalesce(pg_catalog.sum(pg_catalog.hashtextextended(row(ch.name, ch.verdict)::pg_catalog.text, 0)), 0)::pg_catalog.text as keys
from "pg_temp"."wb_change_0" as ch;

/* engine.plan.count-changed */
select ch.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.count(*) filter (where ch."o_parent_id" operator(pg_catalog.=) 'i')::bigint as "c0", pg_catalog.count(*) filter (where ch."o_name" operator(pg_catalog.=) 'i')::bigint as "c1", pg_catalog.count(*) filter (where ch."o_body" operator(pg_catalog.=) 'i')::bigint as "c2"
from "pg_temp"."wb_change_1" as ch group by 1 order by 1;

/* engine.plan.hash-changed */
select coalesce(pg_catalog.sum(pg_catalog.hashtextextended(row(ch.name, ch.verdict, case when ch."o_parent_id" operator(pg_catalog.=) '=' then null else row(ch."o_parent_id", ch."q_parent_id", ch."p_parent_id")::pg_catalog.text end, case when ch."o_name" operator(pg_catalog.=) '=' then null else row(ch."o_name", ch."c_name", ch."i_name")::pg_catalog.text end, case when ch."o_body" operator(pg_catalog.=) '=' then null else row(ch."o_body", ch."c_body", ch."i_body")::pg_catalog.text end)::pg_catalog.text, 0)), 0)::pg_catalog.text as keys
from "pg_temp"."wb_change_1" as ch;

/* engine.plan.count-issues */
select load, code, pg_catalog.count(*)::integer as count from pg_temp.wb_issue group by 1, 2 order by 1, 2;

/* engine.apply.count-taken */
select pg_catalog.count(*)::bigint as rows, coalesce(pg_catalog.bool_or(ch."o_parent_id" operator(pg_catalog.=) 'i'), false) as "c0", coalesce(pg_catalog.bool_or(ch."o_name" operator(pg_catalog.=) 'i'), false) as "c1", coalesce(pg_catalog.bool_or(ch."o_body" operator(pg_catalog.=) 'i'), false) as "c2"
from "pg_temp"."wb_change_1" as ch where ch.verdict operator(pg_catalog.=) 'update';

/* engine.apply.sequence-stand */
select q.last_value::pg_catalog.text as last_value, q.is_called, p.seqincrement::pg_catalog.text as increment, p.seqmax::pg_catalog.text as maximum, p.seqmin::pg_catalog.text as minimum, written.highest::pg_catalog.text as highest, written.lowest::pg_catalog.text as lowest
from "public"."parent_id_seq" as q
cross join (select pg_catalog.max(s."id") as highest, pg_catalog.min(s."id") as lowest from only "public"."parent" as s) as written
join pg_catalog.pg_sequence as p on p.seqrelid operator(pg_catalog.=) '"public"."parent_id_seq"'::pg_catalog.regclass;

/* engine.apply.sequence-stand */
select q.last_value::pg_catalog.text as last_value, q.is_called, p.seqincrement::pg_catalog.text as increment, p.seqmax::pg_catalog.text as maximum, p.seqmin::pg_catalog.text as minimum, written.highest::pg_catalog.text as highest, written.lowest::pg_catalog.text as lowest
from "public"."leaf_id_seq" as q
cross join (select pg_catalog.max(s."id") as highest, pg_catalog.min(s."id") as lowest from only "public"."leaf" as s) as written
join pg_catalog.pg_sequence as p on p.seqrelid operator(pg_catalog.=) '"public"."leaf_id_seq"'::pg_catalog.regclass;

/* engine.resolve.reserve-ids */
create temporary table "wb_new_0" as
select n.src, pg_catalog.nextval('"public"."parent_id_seq"'::pg_catalog.regclass)::integer as id
from (select s.ctid as src from "pg_temp"."wb_stage_0" as s where not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid) order by s.ctid) as n;

/* engine.resolve.reserve-ids */
create temporary table "wb_new_1" as
select n.src, pg_catalog.nextval('"public"."leaf_id_seq"'::pg_catalog.regclass)::integer as id
from (select fresh.src from "pg_temp"."wb_match_1" as fresh where fresh.verdict operator(pg_catalog.=) 'new' and true order by fresh.src) as n;

/* engine.resolve.lock-parents */
select pg_catalog.count(*)::integer as count from (
  select 1 from only "public"."parent" as t
  where exists (select 1 from "pg_temp"."wb_known_0" as k where t."id" operator("pg_catalog".=) k."t_id" and (exists (select 1 from "pg_temp"."wb_new_1" as n join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) n.src where k."s_id" operator("pg_catalog".=) s."parent_id")))
  for share of t
) as locked;

/* engine.apply.lock-new-parents */
select pg_catalog.count(*)::integer as count from (
  select 1 from "public"."parent" as p
  where exists (select 1 from "pg_temp"."wb_change_1" as ch where ch.verdict operator(pg_catalog.=) 'update' and (ch."o_parent_id" operator(pg_catalog.=) 'i') and p."id" operator("pg_catalog".=) ch."i_parent_id")
  for share of p
) as locked;

/* engine.resolve.create-map */
create temporary table "wb_map_0" as
select s."id" as "s_id", m."t_id" as "t_id", s."code" as "k_code", false as is_new
from "pg_temp"."wb_match_0" as m join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src
union all
select s."id" as "s_id", n.id as "t_id", s."code" as "k_code", true as is_new
from "pg_temp"."wb_stage_0" as s
join "pg_temp"."wb_new_0" as n on n.src operator(pg_catalog.=) s.ctid
where true;

/* engine.apply.insert-component */
with "inserted_0" as (
  insert into "public"."parent" ("id", "code")
  select n.id, s."code"
  from "pg_temp"."wb_stage_0" as s
join "pg_temp"."wb_new_0" as n on n.src operator(pg_catalog.=) s.ctid
where true
  returning "id"
), "recorded_0" as (
  select 1
)
select (select pg_catalog.count(*) from "inserted_0")::bigint as "n0";

/* engine.ledger.record-new */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'parent', 'insert', r.chunk, pg_catalog.count(*), pg_catalog.min(r.id), pg_catalog.max(r.id), pg_catalog.array_agg(r.id order by r.place),
  null::pg_catalog.text[], pg_catalog.array_agg(r."name" order by r.place),
  null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (
    select pg_catalog.row_number() over (order by w.waybill_src) as place, w."id"::bigint as id, null::pg_catalog.text as key, w.waybill_name as name
    from (select s.ctid as waybill_src, array[s."code"::pg_catalog.text]::pg_catalog.text as waybill_name, n.id as "id" from "pg_temp"."wb_stage_0" as s
join "pg_temp"."wb_new_0" as n on n.src operator(pg_catalog.=) s.ctid
where true) as w
  ) as q
) as r group by r.chunk;

/* engine.apply.insert-component */
with "inserted_0" as (
  insert into "public"."leaf" ("id", "code", "parent_id", "name", "body")
  select n.id, s."code", coalesce("r0"."t_id", s."parent_id"), s."name", s."body"
  from "pg_temp"."wb_stage_1" as s
join "pg_temp"."wb_new_1" as n on n.src operator(pg_catalog.=) s.ctid
left join "pg_temp"."wb_map_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."parent_id"
where true
  returning "id"
), "recorded_0" as (
  select 1
)
select (select pg_catalog.count(*) from "inserted_0")::bigint as "n0";

/* engine.ledger.record-new */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'leaf', 'insert', r.chunk, pg_catalog.count(*), pg_catalog.min(r.id), pg_catalog.max(r.id), pg_catalog.array_agg(r.id order by r.place),
  null::pg_catalog.text[], pg_catalog.array_agg(r."name" order by r.place),
  null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (
    select pg_catalog.row_number() over (order by w.waybill_src) as place, w."id"::bigint as id, null::pg_catalog.text as key, w.waybill_name as name
    from (select s.ctid as waybill_src, array[s."code"::pg_catalog.text]::pg_catalog.text as waybill_name, n.id as "id" from "pg_temp"."wb_stage_1" as s
join "pg_temp"."wb_new_1" as n on n.src operator(pg_catalog.=) s.ctid
where true) as w
  ) as q
) as r group by r.chunk;

/* engine.apply.fill-references */
update "pg_temp"."wb_change_1" as ch
set "i_parent_id" = coalesce(ch."i_parent_id", found."parent_id")
from (
  select s.ctid as src, coalesce("r0"."t_id", s."parent_id") as "parent_id"
  from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_map_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."parent_id"
  where exists (select 1 from "pg_temp"."wb_change_1" as c where c.src operator(pg_catalog.=) s.ctid and c.verdict operator(pg_catalog.=) 'update' and (("c"."o_parent_id" operator(pg_catalog.=) 'i' and "c"."i_parent_id" is null)))
) as found
where found.src operator(pg_catalog.=) ch.src;

/* engine.apply.update-rows */
update only "public"."leaf" as t
set "parent_id" = case when ch."o_parent_id" operator(pg_catalog.=) 'i' then ch."i_parent_id" else t."parent_id" end, "name" = case when ch."o_name" operator(pg_catalog.=) 'i' then ch."i_name" else t."name" end, "body" = case when ch."o_body" operator(pg_catalog.=) 'i' then ch."i_body" else t."body" end
from "pg_temp"."wb_change_1" as ch
where ch.verdict operator(pg_catalog.=) 'update' and t.ctid operator(pg_catalog.=) ch.there and t."id" operator("pg_catalog".=) "ch"."k_id";

/* engine.ledger.record-updated */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'leaf', 'update', r.chunk, pg_catalog.count(*), pg_catalog.min(r.id), pg_catalog.max(r.id), pg_catalog.array_agg(r.id order by r.place),
  null::pg_catalog.text[], null::pg_catalog.text[],
  pg_catalog.array_agg(r."before" order by r.place), pg_catalog.array_agg(r."after" order by r.place), null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (
    select pg_catalog.row_number() over (order by ch."k_id") as place, ch."k_id"::bigint as id, null::pg_catalog.text as key, (('{' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when ch."o_parent_id" operator(pg_catalog.=) 'i' then '"parent_id":' operator(pg_catalog.||) coalesce(pg_catalog.to_json((ch."c_parent_id")::pg_catalog.text)::pg_catalog.text, 'null') end, case when ch."o_name" operator(pg_catalog.=) 'i' then '"name":' operator(pg_catalog.||) coalesce(pg_catalog.to_json((ch."c_name")::pg_catalog.text)::pg_catalog.text, 'null') end, case when ch."o_body" operator(pg_catalog.=) 'i' then '"body":' operator(pg_catalog.||) coalesce(pg_catalog.to_json((ch."c_body")::pg_catalog.text)::pg_catalog.text, 'null') end]::pg_catalog.text[], ',')) operator(pg_catalog.||) '}')::pg_catalog.jsonb as before, (('{' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when ch."o_parent_id" operator(pg_catalog.=) 'i' then '"parent_id":' operator(pg_catalog.||) coalesce(pg_catalog.to_json((ch."i_parent_id")::pg_catalog.text)::pg_catalog.text, 'null') end, case when ch."o_name" operator(pg_catalog.=) 'i' then '"name":' operator(pg_catalog.||) coalesce(pg_catalog.to_json((ch."i_name")::pg_catalog.text)::pg_catalog.text, 'null') end, case when ch."o_body" operator(pg_catalog.=) 'i' then '"body":' operator(pg_catalog.||) coalesce(pg_catalog.to_json((ch."i_body")::pg_catalog.text)::pg_catalog.text, 'null') end]::pg_catalog.text[], ',')) operator(pg_catalog.||) '}')::pg_catalog.jsonb as after
    from "pg_temp"."wb_change_1" as ch where ch.verdict operator(pg_catalog.=) 'update'
  ) as q
) as r group by r.chunk;

copy (
  /* engine.ledger.lines */
  select pg_catalog.json_build_object('table', (l.table_schema operator(pg_catalog.||) '.') operator(pg_catalog.||) l.table_name, 'verdict', l.verdict, 'chunk', l.chunk, 'n', l.n, 'lo', l.lo, 'hi', l.hi, 'ids', l.ids, 'keys', l.keys, 'names', l.names, 'before', l.before, 'after', l.after, 'found', l.found::pg_catalog.text[])::pg_catalog.text
  from "waybill"."ledger" as l where l.run_id operator(pg_catalog.=) 'run-TEST'
  order by l.table_schema, l.table_name, l.verdict, l.chunk
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

/* engine.marker.complete */
update "waybill"."run" set plan_hash = $1, summary = $2::pg_catalog.jsonb where run_id operator(pg_catalog.=) $3;
