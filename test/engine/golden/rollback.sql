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

/* engine.target-schema.version */
select version from "waybill"."version";

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

/* engine.undo.read-run */
select r.state, r.summary, r.database_id as "databaseId",
  case when r.xmin::pg_catalog.text operator(pg_catalog.=) (r.xid operator(pg_catalog.%) 4294967296)::pg_catalog.text
    and r.xid operator(pg_catalog.<=) now.xid and now.xid operator(pg_catalog.-) r.xid operator(pg_catalog.<) 2147483648
  then r.xmin::pg_catalog.text end as writer
from "waybill"."run" as r cross join (select pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text::bigint as xid) as now
where r.run_id operator(pg_catalog.=) $1;

/* engine.undo.rollbacks-done */
select r.run_id as run, r.summary operator(pg_catalog.->>) 'rolledBack' as "rolledBack" from "waybill"."run" as r
where r.state operator(pg_catalog.=) 'applied' and r.summary operator(pg_catalog.->>) 'rolledBack' is not null
  and (r.database_id is null or $1::pg_catalog.text is null or r.database_id operator(pg_catalog.=) $2)
order by r.at;

/* engine.undo.recorded-rows */
select (l.table_schema operator(pg_catalog.||) '.') operator(pg_catalog.||) l.table_name as table, pg_catalog.sum(l.n)::pg_catalog.text as rows
from "waybill"."ledger" as l
where l.run_id operator(pg_catalog.=) $1 and l.verdict operator(pg_catalog.=) any (array['insert', 'update', 'delete']) group by 1;

/* engine.undo.ledger-tables */
select l.table_schema as schema, l.table_name as name, l.verdict, pg_catalog.sum(l.n)::pg_catalog.text as rows, pg_catalog.bool_or(l.lo is not null) as numbered,
  pg_catalog.max(pg_catalog.cardinality(l.keys[1]::pg_catalog.text[])) as parts, pg_catalog.array_agg(distinct l.xmin::pg_catalog.text) as writers
from "waybill"."ledger" as l where l.run_id operator(pg_catalog.=) 'run-TEST' and l.verdict operator(pg_catalog.=) any (array['insert', 'update', 'delete']) group by 1, 2, 3 order by 1, 2, 3;

/* engine.undo.ledger-columns */
select distinct l.table_schema as schema, l.table_name as name, l.verdict, k.name as column
from "waybill"."ledger" as l
cross join lateral pg_catalog.unnest(case when l.verdict operator(pg_catalog.=) 'delete' then l.before[1:1] else l.before end) as b (image)
cross join lateral pg_catalog.jsonb_object_keys(b.image) as k (name)
where l.run_id operator(pg_catalog.=) 'run-TEST' and l.verdict operator(pg_catalog.=) any (array['insert', 'update', 'delete']) and l.before is not null order by 1, 2, 3, 4;

/* engine.marker.try-lock */ select pg_catalog.pg_try_advisory_lock(1463900482, 1) as locked;

/* engine.apply.lock-tables */
lock table "public"."author", "public"."book", "public"."note" in row exclusive mode;

/* engine.marker.lock */ select pg_catalog.pg_advisory_xact_lock(1463900482, 1);

/* engine.marker.insert */
insert into "waybill"."run" as r (run_id, attempt, state, backend_pid, database_id, store_id, xid)
values ($1, $2, 'applied', pg_catalog.pg_backend_pid(), $3, $4, pg_catalog.pg_current_xact_id()::pg_catalog.text::bigint)
on conflict (run_id) do update set attempt = excluded.attempt, state = 'applied', backend_pid = excluded.backend_pid, database_id = excluded.database_id, store_id = excluded.store_id, xid = excluded.xid
where r.state operator(pg_catalog.=) 'fenced' and r.attempt operator(pg_catalog.<=) excluded.attempt
returning run_id;

/* engine.stage.create-issues */
create temporary table if not exists wb_issue (
  load integer not null, row_number bigint, src pg_catalog.tid, code pg_catalog.text not null,
  column_name pg_catalog.text, constraint_name pg_catalog.text, value pg_catalog.text, message pg_catalog.text not null,
  position bigint
);

/* engine.undo.create-gone */
create temporary table "wb_gone_0" as
select null::bigint as need, case when t.xmin operator(pg_catalog.=) any (array['1'::pg_catalog.xid]) or (e.after is not null and e.after operator(pg_catalog.?&) array['mail', 'name']::pg_catalog.text[] and pg_catalog.jsonb_object(array['id', 'mail', 'name']::pg_catalog.text[], array[(t."id")::pg_catalog.text, (t."mail")::pg_catalog.text, (t."name")::pg_catalog.text]::pg_catalog.text[]) operator(pg_catalog.@>) e.after) then 'delete' else 'touched' end as verdict, "t"."mail"::pg_catalog.text as name,
  case when t.xmin operator(pg_catalog.=) any (array['1'::pg_catalog.xid]) then null else e.after end as after, t."id" as "k_id"
from (select e.id, e.key, e.after from "waybill"."ledger" as l
cross join lateral rows from (
  pg_catalog.unnest(coalesce(l.ids, case when l.keys is null then array(select pg_catalog.generate_series(l.lo, l.hi)) end)),
  pg_catalog.unnest(l.keys), pg_catalog.unnest(l.before), pg_catalog.unnest(l.after), pg_catalog.unnest(l.names)
) as e (id, key, before, after, name)
where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'author' and l.verdict operator(pg_catalog.=) any (array['insert'])) as e
join only "public"."author" as t on t."id" operator("pg_catalog".=) e.id::integer;

/* engine.undo.count-touched */ select pg_catalog.count(*)::integer as count from "pg_temp"."wb_gone_0" where verdict operator(pg_catalog.=) 'touched';

/* engine.undo.create-undo */
create temporary table "wb_undo_0" as
select e.id::integer as "k_id", l.verdict, e.before, e.after, e.name as origin, null::pg_catalog.text as state, null::pg_catalog.text as code, null::pg_catalog.text as column_name, pg_catalog.row_number() over (order by l.verdict, l.chunk) as place
from "waybill"."ledger" as l
cross join lateral rows from (
  pg_catalog.unnest(coalesce(l.ids, case when l.keys is null then array(select pg_catalog.generate_series(l.lo, l.hi)) end)),
  pg_catalog.unnest(l.keys), pg_catalog.unnest(l.before), pg_catalog.unnest(l.after), pg_catalog.unnest(l.names)
) as e (id, key, before, after, name)
where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'author' and l.verdict operator(pg_catalog.=) any (array['update', 'delete']);

/* engine.undo.create-gone */
create temporary table "wb_gone_1" as
select null::bigint as need, case when t.xmin operator(pg_catalog.=) any (array['1'::pg_catalog.xid]) or (e.after is not null and e.after operator(pg_catalog.?&) array['author_id', 'sequel_of', 'pages']::pg_catalog.text[] and pg_catalog.jsonb_object(array['isbn', 'author_id', 'sequel_of', 'pages']::pg_catalog.text[], array[(t."isbn")::pg_catalog.text, (t."author_id")::pg_catalog.text, (t."sequel_of")::pg_catalog.text, (t."pages")::pg_catalog.text]::pg_catalog.text[]) operator(pg_catalog.@>) e.after) then 'delete' else 'touched' end as verdict, "t"."isbn"::pg_catalog.text as name,
  case when t.xmin operator(pg_catalog.=) any (array['1'::pg_catalog.xid]) then null else e.after end as after, t."isbn" as "k_isbn"
from (select e.id, e.key, e.after from "waybill"."ledger" as l
cross join lateral rows from (
  pg_catalog.unnest(coalesce(l.ids, case when l.keys is null then array(select pg_catalog.generate_series(l.lo, l.hi)) end)),
  pg_catalog.unnest(l.keys), pg_catalog.unnest(l.before), pg_catalog.unnest(l.after), pg_catalog.unnest(l.names)
) as e (id, key, before, after, name)
where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'book' and l.verdict operator(pg_catalog.=) any (array['insert'])) as e
join only "public"."book" as t on t."isbn" operator("pg_catalog".=) (e.key::pg_catalog.text[])[1]::pg_catalog.text;

/* engine.undo.create-undo */
create temporary table "wb_undo_1" as
select (e.key::pg_catalog.text[])[1]::pg_catalog.text as "k_isbn", l.verdict, e.before, e.after, e.name as origin, null::pg_catalog.text as state, null::pg_catalog.text as code, null::pg_catalog.text as column_name, pg_catalog.row_number() over (order by l.verdict, l.chunk) as place
from "waybill"."ledger" as l
cross join lateral rows from (
  pg_catalog.unnest(coalesce(l.ids, case when l.keys is null then array(select pg_catalog.generate_series(l.lo, l.hi)) end)),
  pg_catalog.unnest(l.keys), pg_catalog.unnest(l.before), pg_catalog.unnest(l.after), pg_catalog.unnest(l.names)
) as e (id, key, before, after, name)
where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'book' and l.verdict operator(pg_catalog.=) any (array['update', 'delete']);

/* engine.undo.create-gone */
create temporary table "wb_gone_2" as
select null::bigint as need, case when t.xmin operator(pg_catalog.=) any (array['1'::pg_catalog.xid]) or (e.after is not null and e.after operator(pg_catalog.?&) array['isbn', 'body']::pg_catalog.text[] and pg_catalog.jsonb_object(array['id', 'isbn', 'body']::pg_catalog.text[], array[(t."id")::pg_catalog.text, (t."isbn")::pg_catalog.text, (t."body")::pg_catalog.text]::pg_catalog.text[]) operator(pg_catalog.@>) e.after) then 'delete' else 'touched' end as verdict, t."id"::pg_catalog.text as name,
  case when t.xmin operator(pg_catalog.=) any (array['1'::pg_catalog.xid]) then null else e.after end as after, t."id" as "k_id"
from (select e.id, e.key, e.after from "waybill"."ledger" as l
cross join lateral rows from (
  pg_catalog.unnest(coalesce(l.ids, case when l.keys is null then array(select pg_catalog.generate_series(l.lo, l.hi)) end)),
  pg_catalog.unnest(l.keys), pg_catalog.unnest(l.before), pg_catalog.unnest(l.after), pg_catalog.unnest(l.names)
) as e (id, key, before, after, name)
where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'note' and l.verdict operator(pg_catalog.=) any (array['insert'])) as e
join only "public"."note" as t on t."id" operator("pg_catalog".=) e.id::integer;

/* engine.undo.create-undo */
create temporary table "wb_undo_2" as
select e.id::integer as "k_id", l.verdict, e.before, e.after, e.name as origin, null::pg_catalog.text as state, null::pg_catalog.text as code, null::pg_catalog.text as column_name, pg_catalog.row_number() over (order by l.verdict, l.chunk) as place
from "waybill"."ledger" as l
cross join lateral rows from (
  pg_catalog.unnest(coalesce(l.ids, case when l.keys is null then array(select pg_catalog.generate_series(l.lo, l.hi)) end)),
  pg_catalog.unnest(l.keys), pg_catalog.unnest(l.before), pg_catalog.unnest(l.after), pg_catalog.unnest(l.names)
) as e (id, key, before, after, name)
where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'note' and l.verdict operator(pg_catalog.=) any (array['update', 'delete']);

/* engine.stage.create */
create temporary table "wb_stage_0" ("id" integer, "mail" pg_catalog.text, "name" pg_catalog.text);

/* engine.stage.copy */
copy "pg_temp"."wb_stage_0" ("id", "mail", "name") from stdin (format text);

/* engine.stage.analyze */
analyze "pg_temp"."wb_stage_0" ("mail", "id");

/* engine.stage.create */
create temporary table "wb_stage_1" ("isbn" pg_catalog.text, "author_id" integer, "sequel_of" pg_catalog.text, "pages" integer);

/* engine.stage.copy */
copy "pg_temp"."wb_stage_1" ("isbn", "author_id", "sequel_of", "pages") from stdin (format text);

/* engine.stage.analyze */
analyze "pg_temp"."wb_stage_1" ("isbn", "author_id", "sequel_of");

/* engine.resolve.is-empty */ select not exists (select 1 from only "public"."author") as empty;

/* engine.resolve.is-empty */ select not exists (select 1 from only "public"."book") as empty;

/* engine.resolve.create-known */
create temporary table "wb_known_0" as
select s."id" as "s_id", t."id" as "t_id"
from "pg_temp"."wb_stage_0" as s
join only "public"."author" as t on t."mail" operator("pg_catalog".=) s."mail";

/* engine.resolve.match-rows */
create temporary table "wb_match_0" as
select s.ctid as src, case when row(s."name")::pg_catalog.record operator(pg_catalog.*=) row(t."name")::pg_catalog.record then 'same' else 'differs' end as verdict, t."id" as "t_id"
from "pg_temp"."wb_stage_0" as s
join only "public"."author" as t on t."mail" operator("pg_catalog".=) s."mail";

/* engine.resolve.match-rows */
create temporary table "wb_match_1" as
select s.ctid as src, case when row("r0"."t_id", s."sequel_of", s."pages")::pg_catalog.record operator(pg_catalog.*=) row(t."author_id", t."sequel_of", t."pages")::pg_catalog.record and ((s."author_id" is not null)) operator(pg_catalog.=) (t."author_id" is not null) then 'same' else 'differs' end as verdict, t."isbn" as "t_isbn"
from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_known_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."author_id"
join only "public"."book" as t on t."isbn" operator("pg_catalog".=) s."isbn";

/* engine.undo.accept-matches */
update "pg_temp"."wb_gone_0" as g set verdict = 'delete'
from "pg_temp"."wb_match_0" as m, only "public"."author" as t
where g.verdict operator(pg_catalog.=) 'touched' and m.verdict operator(pg_catalog.=) 'same'
  and m."t_id" operator("pg_catalog".=) g."k_id"
  and t."id" operator("pg_catalog".=) g."k_id" and (g.after is null or pg_catalog.jsonb_object(array['id', 'mail', 'name']::pg_catalog.text[], array[(t."id")::pg_catalog.text, (t."mail")::pg_catalog.text, (t."name")::pg_catalog.text]::pg_catalog.text[]) operator(pg_catalog.@>) g.after);

/* engine.undo.accept-matches */
update "pg_temp"."wb_gone_1" as g set verdict = 'delete'
from "pg_temp"."wb_match_1" as m, only "public"."book" as t
where g.verdict operator(pg_catalog.=) 'touched' and m.verdict operator(pg_catalog.=) 'same'
  and m."t_isbn" operator("pg_catalog".=) g."k_isbn"
  and t."isbn" operator("pg_catalog".=) g."k_isbn" and (g.after is null or pg_catalog.jsonb_object(array['isbn', 'author_id', 'sequel_of', 'pages']::pg_catalog.text[], array[(t."isbn")::pg_catalog.text, (t."author_id")::pg_catalog.text, (t."sequel_of")::pg_catalog.text, (t."pages")::pg_catalog.text]::pg_catalog.text[]) operator(pg_catalog.@>) g.after);

/* engine.undo.drop-archived */ drop table if exists "pg_temp"."wb_stage_0", "pg_temp"."wb_match_0";

/* engine.undo.clear-issues */ delete from pg_temp.wb_issue;

/* engine.undo.judge-touched */
update "pg_temp"."wb_gone_0" as g set verdict = case when false then 'delete' else 'keep' end where g.verdict operator(pg_catalog.=) 'touched';

/* engine.undo.judge-taken */
update "pg_temp"."wb_undo_0" as u set state = case when pg_catalog.jsonb_object(array['id', 'mail', 'name']::pg_catalog.text[], array[(t."id")::pg_catalog.text, (t."mail")::pg_catalog.text, (t."name")::pg_catalog.text]::pg_catalog.text[]) operator(pg_catalog.@>) u.before then 'same' else 'blocked' end, code = 'id.taken'
from only "public"."author" as t
where u.state is null and u.verdict operator(pg_catalog.=) 'delete' and t."id" operator("pg_catalog".=) u."k_id"
  and not exists (select 1 from "pg_temp"."wb_gone_0" as g where g.verdict operator(pg_catalog.=) 'delete' and t."id" operator("pg_catalog".=) g."k_id");

/* engine.undo.stage-changed */
insert into "pg_temp"."wb_stage_0" ("id", "mail", "name")
select t."id", t."mail", case when u.before operator(pg_catalog.?) 'name' then (u.before operator(pg_catalog.->>) 'name')::pg_catalog.text else t."name" end
from "pg_temp"."wb_undo_0" as u join only "public"."author" as t on t."id" operator("pg_catalog".=) u."k_id"
where u.state is null and u.verdict operator(pg_catalog.=) 'update' order by u.place;

/* engine.undo.stage-deleted */
insert into "pg_temp"."wb_stage_0" ("id", "mail", "name")
select (u.before operator(pg_catalog.->>) 'id')::integer, (u.before operator(pg_catalog.->>) 'mail')::pg_catalog.text, (u.before operator(pg_catalog.->>) 'name')::pg_catalog.text
from "pg_temp"."wb_undo_0" as u where u.state is null and u.verdict operator(pg_catalog.=) 'delete' order by u.place;

/* engine.undo.note */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, null, u.code, u.column_name, null, pg_catalog.left(u."k_id"::pg_catalog.text, 200),
  case u.code when 'column.missing' then 'The column that the run wrote is not there any more, so its value cannot come back' when 'row.missing' then 'The row was deleted since, so its cells cannot come back' when 'id.taken' then 'The row cannot come back: its key belongs to another row now' when 'type.invalid' then 'The type of the column was changed since and does not take the old value' else u.code end
from "pg_temp"."wb_undo_0" as u where u.state operator(pg_catalog.=) 'blocked';

/* engine.undo.create-match */
create temporary table "wb_match_0" as
select s.ctid as src, 'differs'::pg_catalog.text as verdict, s."id" as "t_id"
from "pg_temp"."wb_stage_0" as s join "pg_temp"."wb_undo_0" as u on u.verdict operator(pg_catalog.=) 'update' and u."k_id" operator("pg_catalog".=) s."id";

/* engine.undo.create-base */
create temporary table "wb_base_0" as
select null::bigint as need, u."k_id", null::pg_catalog.text as "b_mail", false as "o_mail", (u.after operator(pg_catalog.->>) 'name')::pg_catalog.text as "b_name", coalesce(u.after operator(pg_catalog.?) 'name', false) as "o_name"
from "pg_temp"."wb_undo_0" as u where u.state is null and u.verdict operator(pg_catalog.=) 'update';

/* engine.plan.create-change */
create temporary table "wb_change_0" as
select cells.src, cells.name, case when cells."o_mail" operator(pg_catalog.=) 'x' or cells."o_name" operator(pg_catalog.=) 'x' then 'conflict' when cells."o_mail" operator(pg_catalog.=) 'i' or cells."o_name" operator(pg_catalog.=) 'i' then 'update' when cells."o_mail" operator(pg_catalog.=) 'c' or cells."o_name" operator(pg_catalog.=) 'c' then 'keep' else 'same' end as verdict, cells."k_id", cells."i_mail", cells."c_mail", (cells."o_mail")::"char" as "o_mail", cells."b_mail", cells."k_base mail", cells."i_name", cells."c_name", (cells."o_name")::"char" as "o_name", cells."b_name", cells."k_base name"
from (
  select m.src, "t"."mail"::pg_catalog.text as name, m."t_id" as "k_id", s."mail" as "i_mail", t."mail" as "c_mail", case when (row(s."mail")::pg_catalog.record operator(pg_catalog.*=) row(t."mail")::pg_catalog.record) then '=' when (b."o_mail" and (row(s."mail")::pg_catalog.record operator(pg_catalog.*=) row(b."b_mail")::pg_catalog.record)) then 'c' when (b."o_mail" and (row(t."mail")::pg_catalog.record operator(pg_catalog.*=) row(b."b_mail")::pg_catalog.record)) then 'i' else 'c' end as "o_mail", b."b_mail", b."o_mail" as "k_base mail", s."name" as "i_name", t."name" as "c_name", case when (row(s."name")::pg_catalog.record operator(pg_catalog.*=) row(t."name")::pg_catalog.record) then '=' when (b."o_name" and (row(s."name")::pg_catalog.record operator(pg_catalog.*=) row(b."b_name")::pg_catalog.record)) then 'c' when (b."o_name" and (row(t."name")::pg_catalog.record operator(pg_catalog.*=) row(b."b_name")::pg_catalog.record)) then 'i' else 'c' end as "o_name", b."b_name", b."o_name" as "k_base name"
  from "pg_temp"."wb_match_0" as m
  join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src
  join only "public"."author" as t on t."id" operator("pg_catalog".=) m."t_id"
left join "pg_temp"."wb_base_0" as b on b."k_id" operator("pg_catalog".=) m."t_id"
  where m.verdict operator(pg_catalog.=) 'differs'
  offset 0
) as cells;

/* engine.undo.judge-taken */
update "pg_temp"."wb_undo_1" as u set state = case when pg_catalog.jsonb_object(array['isbn', 'author_id', 'sequel_of', 'pages']::pg_catalog.text[], array[(t."isbn")::pg_catalog.text, (t."author_id")::pg_catalog.text, (t."sequel_of")::pg_catalog.text, (t."pages")::pg_catalog.text]::pg_catalog.text[]) operator(pg_catalog.@>) u.before then 'same' else 'blocked' end, code = 'id.taken'
from only "public"."book" as t
where u.state is null and u.verdict operator(pg_catalog.=) 'delete' and t."isbn" operator("pg_catalog".=) u."k_isbn"
  and not exists (select 1 from "pg_temp"."wb_gone_1" as g where g.verdict operator(pg_catalog.=) 'delete' and t."isbn" operator("pg_catalog".=) g."k_isbn");

/* engine.undo.stage-deleted */
insert into "pg_temp"."wb_stage_1" ("isbn", "author_id", "sequel_of", "pages")
select (u.before operator(pg_catalog.->>) 'isbn')::pg_catalog.text, (u.before operator(pg_catalog.->>) 'author_id')::integer, (u.before operator(pg_catalog.->>) 'sequel_of')::pg_catalog.text, (u.before operator(pg_catalog.->>) 'pages')::integer
from "pg_temp"."wb_undo_1" as u where u.state is null and u.verdict operator(pg_catalog.=) 'delete' order by u.place;

/* engine.undo.note */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, null, u.code, u.column_name, null, pg_catalog.left(u."k_isbn"::pg_catalog.text, 200),
  case u.code when 'column.missing' then 'The column that the run wrote is not there any more, so its value cannot come back' when 'row.missing' then 'The row was deleted since, so its cells cannot come back' when 'id.taken' then 'The row cannot come back: its key belongs to another row now' when 'type.invalid' then 'The type of the column was changed since and does not take the old value' else u.code end
from "pg_temp"."wb_undo_1" as u where u.state operator(pg_catalog.=) 'blocked';

/* engine.undo.create-match */
create temporary table "wb_match_1" as
select s.ctid as src, 'differs'::pg_catalog.text as verdict, s."isbn" as "t_isbn"
from "pg_temp"."wb_stage_1" as s join "pg_temp"."wb_undo_1" as u on u.verdict operator(pg_catalog.=) 'update' and u."k_isbn" operator("pg_catalog".=) s."isbn";

/* engine.undo.judge-taken */
update "pg_temp"."wb_undo_2" as u set state = case when pg_catalog.jsonb_object(array['id', 'isbn', 'body']::pg_catalog.text[], array[(t."id")::pg_catalog.text, (t."isbn")::pg_catalog.text, (t."body")::pg_catalog.text]::pg_catalog.text[]) operator(pg_catalog.@>) u.before then 'same' else 'blocked' end, code = 'id.taken'
from only "public"."note" as t
where u.state is null and u.verdict operator(pg_catalog.=) 'delete' and t."id" operator("pg_catalog".=) u."k_id"
  and not exists (select 1 from "pg_temp"."wb_gone_2" as g where g.verdict operator(pg_catalog.=) 'delete' and t."id" operator("pg_catalog".=) g."k_id");

/* engine.stage.create */
create temporary table "wb_stage_2" ("id" integer, "isbn" pg_catalog.text, "body" pg_catalog.json);

/* engine.undo.stage-deleted */
insert into "pg_temp"."wb_stage_2" ("id", "isbn", "body")
select (u.before operator(pg_catalog.->>) 'id')::integer, (u.before operator(pg_catalog.->>) 'isbn')::pg_catalog.text, (u.before operator(pg_catalog.->>) 'body')::pg_catalog.json
from "pg_temp"."wb_undo_2" as u where u.state is null and u.verdict operator(pg_catalog.=) 'delete' order by u.place;

/* engine.plan.create-delete */
create temporary table "wb_delete_0" ("k_id" integer);

/* engine.undo.fill-delete */
insert into "pg_temp"."wb_delete_0" ("k_id")
select g."k_id" from "pg_temp"."wb_gone_0" as g where g.verdict operator(pg_catalog.=) 'delete'
order by 1;

/* engine.plan.create-delete */
create temporary table "wb_delete_1" ("k_isbn" pg_catalog.text);

/* engine.undo.fill-delete */
insert into "pg_temp"."wb_delete_1" ("k_isbn")
select g."k_isbn" from "pg_temp"."wb_gone_1" as g where g.verdict operator(pg_catalog.=) 'delete'
order by 1;

/* engine.plan.drop-removals */ drop table if exists pg_temp.wb_removal, pg_temp.wb_removal_edge;

/* engine.plan.create-removals */
create temporary table wb_removal (load integer not null, src pg_catalog.tid not null, child pg_catalog.text not null, constraint_name pg_catalog.text not null, repointed boolean not null);

/* engine.plan.create-removal-edges */
create temporary table wb_removal_edge (parent integer not null, parent_src pg_catalog.tid not null, load integer not null, src pg_catalog.tid not null, child pg_catalog.text not null, constraint_name pg_catalog.text not null);

/* engine.plan.find-referenced */
insert into pg_temp.wb_removal (load, src, child, constraint_name, repointed)
select 0, d.ctid, 'public.book', 'book_author_id_fkey', pg_catalog.bool_and(false)
from "pg_temp"."wb_delete_0" as d
join only "public"."book" as c on d."k_id" operator("pg_catalog".=) c."author_id"
where not exists (select 1 from "pg_temp"."wb_delete_1" as x where c."isbn" operator("pg_catalog".=) x."k_isbn")
group by d.ctid;

/* engine.plan.find-referenced */
insert into pg_temp.wb_removal (load, src, child, constraint_name, repointed)
select 1, d.ctid, 'public.book', 'book_sequel_of_fkey', pg_catalog.bool_and(false)
from "pg_temp"."wb_delete_1" as d
join only "public"."book" as c on d."k_isbn" operator("pg_catalog".=) c."sequel_of"
where not exists (select 1 from "pg_temp"."wb_delete_1" as x where c."isbn" operator("pg_catalog".=) x."k_isbn")
group by d.ctid;

/* engine.plan.find-referenced */
insert into pg_temp.wb_removal (load, src, child, constraint_name, repointed)
select 1, d.ctid, 'public.note', 'note_isbn_fkey', pg_catalog.bool_and(false)
from "pg_temp"."wb_delete_1" as d
join only "public"."note" as c on d."k_isbn" operator("pg_catalog".=) c."isbn"
where not exists (select 1 from "pg_temp"."wb_delete_2" as x where c."id" operator("pg_catalog".=) x."k_id")
group by d.ctid;

/* engine.plan.count-removals */ select pg_catalog.count(*)::bigint as count from pg_temp.wb_removal;

/* engine.plan.find-removal-edges */
insert into pg_temp.wb_removal_edge (parent, parent_src, load, src, child, constraint_name)
select 0, d.ctid, 1, x.ctid, 'public.book', 'book_author_id_fkey'
from "pg_temp"."wb_delete_0" as d
join only "public"."book" as c on d."k_id" operator("pg_catalog".=) c."author_id"
join "pg_temp"."wb_delete_1" as x on c."isbn" operator("pg_catalog".=) x."k_isbn";

/* engine.plan.find-removal-edges */
insert into pg_temp.wb_removal_edge (parent, parent_src, load, src, child, constraint_name)
select 1, d.ctid, 1, x.ctid, 'public.book', 'book_sequel_of_fkey'
from "pg_temp"."wb_delete_1" as d
join only "public"."book" as c on d."k_isbn" operator("pg_catalog".=) c."sequel_of"
join "pg_temp"."wb_delete_1" as x on c."isbn" operator("pg_catalog".=) x."k_isbn";

/* engine.plan.find-removal-edges */
insert into pg_temp.wb_removal_edge (parent, parent_src, load, src, child, constraint_name)
select 1, d.ctid, 2, x.ctid, 'public.note', 'note_isbn_fkey'
from "pg_temp"."wb_delete_1" as d
join only "public"."note" as c on d."k_isbn" operator("pg_catalog".=) c."isbn"
join "pg_temp"."wb_delete_2" as x on c."id" operator("pg_catalog".=) x."k_id";

/* engine.plan.settle-removals */
create temporary table wb_removal_settled as
with recursive blocked as (
  select load, src, child, constraint_name, false as derived from pg_temp.wb_removal where not repointed
  union
  select e.parent, e.parent_src, e.child, e.constraint_name, true
  from blocked as b join pg_temp.wb_removal_edge as e on e.load operator(pg_catalog.=) b.load and e.src operator(pg_catalog.=) b.src
), stays as (
  select distinct on (load, src) load, src, child, constraint_name from blocked order by load, src, derived, child, constraint_name
), late as (
  select r.load, r.src from pg_temp.wb_removal as r
  where not exists (select 1 from stays as s where s.load operator(pg_catalog.=) r.load and s.src operator(pg_catalog.=) r.src)
  union
  select e.parent, e.parent_src
  from late as l join pg_temp.wb_removal_edge as e on e.load operator(pg_catalog.=) l.load and e.src operator(pg_catalog.=) l.src
)
select load, src, child, constraint_name, true as stays from stays
union all
select l.load, l.src, null, null, false from late as l
where not exists (select 1 from stays as s where s.load operator(pg_catalog.=) l.load and s.src operator(pg_catalog.=) l.src);

/* engine.plan.clear-removals */ delete from pg_temp.wb_removal;

/* engine.plan.drop-blocked */ drop table if exists "pg_temp"."wb_blocked_0";

/* engine.plan.create-blocked */
create temporary table "wb_blocked_0" as select d.*, w.child, w.constraint_name from "pg_temp"."wb_delete_0" as d join pg_temp.wb_removal_settled as w on w.load operator(pg_catalog.=) 0 and w.stays and w.src operator(pg_catalog.=) d.ctid;

/* engine.plan.move-blocked */
delete from "pg_temp"."wb_delete_0" as d using pg_temp.wb_removal_settled as w
where w.load operator(pg_catalog.=) 0 and w.stays and w.src operator(pg_catalog.=) d.ctid;

/* engine.plan.count-blocked-deletes */
select b.child, b.constraint_name as "constraint", pg_catalog.count(*)::integer as count, pg_catalog.min(b."k_id"::pg_catalog.text) as example
from "pg_temp"."wb_blocked_0" as b group by 1, 2 order by 1, 2;

/* engine.plan.count-blocked-deletes */
select b.child, b.constraint_name as "constraint", pg_catalog.count(*)::integer as count, pg_catalog.min(b."k_isbn"::pg_catalog.text) as example
from "pg_temp"."wb_blocked_1" as b group by 1, 2 order by 1, 2;

/* engine.plan.keep-late */
insert into pg_temp.wb_removal (load, src, child, constraint_name, repointed) select load, src, '', '', true from pg_temp.wb_removal_settled where not stays;

/* engine.plan.drop-settled */ drop table pg_temp.wb_removal_settled, pg_temp.wb_removal_edge;

/* engine.plan.count-deletes */
select (pg_catalog.count(*) operator(pg_catalog.-) pg_catalog.count(w.src))::integer as early, pg_catalog.count(w.src)::integer as late
from "pg_temp"."wb_delete_0" as d left join pg_temp.wb_removal as w on w.load operator(pg_catalog.=) 0 and w.src operator(pg_catalog.=) d.ctid;

/* engine.plan.note-blocked */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, null, 'reference.inbound', null, b.constraint_name, pg_catalog.left(b."k_id"::pg_catalog.text, 200),
  (('A row of ' operator(pg_catalog.||) b.child) operator(pg_catalog.||) ' refers to the row, so it stays: delete or change that row too')
from "pg_temp"."wb_blocked_0" as b;

/* engine.plan.note-blocked */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, null, 'reference.inbound', null, b.constraint_name, pg_catalog.left(b."k_isbn"::pg_catalog.text, 200),
  (('A row of ' operator(pg_catalog.||) b.child) operator(pg_catalog.||) ' refers to the row, so it stays: delete or change that row too')
from "pg_temp"."wb_blocked_1" as b;

/* engine.undo.mark-kept */
update "pg_temp"."wb_gone_0" as g set verdict = 'blocked' from "pg_temp"."wb_blocked_0" as b
where g."k_id" operator("pg_catalog".=) b."k_id";

/* engine.undo.mark-kept */
update "pg_temp"."wb_gone_1" as g set verdict = 'blocked' from "pg_temp"."wb_blocked_1" as b
where g."k_isbn" operator("pg_catalog".=) b."k_isbn";

/* engine.validate.count-missing */
select pg_catalog.bool_or(not (s."id" is not null)) as "c0", pg_catalog.bool_or(not (s."mail" is not null)) as "c1", pg_catalog.bool_or(not (s."name" is not null)) as "c2"
from "pg_temp"."wb_stage_0" as s;

/* engine.validate.find-duplicates */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, s.ctid, 'key.duplicate', null, 'key', pg_catalog.left(row(s."id")::pg_catalog.text, 200), 'The row has the same id as another row of public.author in the archive'
from "pg_temp"."wb_stage_0" as s
join (select s."id" as "c0" from "pg_temp"."wb_stage_0" as s where s."id" is not null and not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid) group by s."id" having pg_catalog.count(*) operator(pg_catalog.>) 1) as d on d."c0" operator("pg_catalog".=) s."id"
where not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.find-broken-check-of-changed */
insert into pg_temp.wb_issue (load, src, code, constraint_name, value, message)
select 0, f.waybill_src, 'check.violated', 'author_name_check', pg_catalog.left(f.waybill_name operator(pg_catalog.||) ': ' operator(pg_catalog.||) row(f."name")::pg_catalog.text, 200), 'The row as it would become breaks the CHECK author_name_check of public.author'
from (
  select ch.src as waybill_src, ch.name as waybill_name, ch."k_id", t."id" as "id", case when ch."o_mail" operator(pg_catalog.=) 'i' then ch."i_mail" else t."mail" end as "mail", case when ch."o_name" operator(pg_catalog.=) 'i' then ch."i_name" else t."name" end as "name"
  from "pg_temp"."wb_change_0" as ch join only "public"."author" as t on t."id" operator("pg_catalog".=) ch."k_id"
  where ch.verdict operator(pg_catalog.=) 'update'
) as f where ((name <> ''::text)) is false;

/* engine.validate.find-broken-check */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, s.ctid, 'check.violated', null, 'author_name_check', pg_catalog.left(row(s."name")::pg_catalog.text, 200), 'The row breaks the CHECK author_name_check of public.author'
from "pg_temp"."wb_stage_0" as s where ((name <> ''::text)) is false and not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.find-duplicates */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, s.ctid, 'unique.violated', null, 'author_mail_key', pg_catalog.left(row(s."mail")::pg_catalog.text, 200), 'The row has the same mail as another row of public.author in the archive'
from "pg_temp"."wb_stage_0" as s
join (select s."mail" as "c0" from "pg_temp"."wb_stage_0" as s where s."mail" is not null and not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid) group by s."mail" having pg_catalog.count(*) operator(pg_catalog.>) 1) as d on d."c0" operator("pg_catalog".=) s."mail"
where not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.find-taken */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, s.ctid, 'unique.violated', null, 'author_mail_key', pg_catalog.left(row(s."mail")::pg_catalog.text, 200), 'Another row of public.author has the same mail under another key'
from "pg_temp"."wb_stage_0" as s
where not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid) and exists (select 1 from only "public"."author" as t where t."mail" operator("pg_catalog".=) s."mail" and not (exists (select 1 from "pg_temp"."wb_change_0" as a where a.verdict operator(pg_catalog.=) 'update' and (a."o_mail" operator(pg_catalog.=) 'i') and t."id" operator("pg_catalog".=) "a"."k_id") or exists (select 1 from "pg_temp"."wb_delete_0" as d where t."id" operator("pg_catalog".=) d."k_id" and not exists (select 1 from pg_temp.wb_removal as w where w.load operator(pg_catalog.=) 0 and w.src operator(pg_catalog.=) d.ctid))));

/* engine.validate.find-taken-of-changed */
insert into pg_temp.wb_issue (load, src, code, constraint_name, value, message)
select 0, f.waybill_src, 'unique.violated', 'author_mail_key', pg_catalog.left(f.waybill_name operator(pg_catalog.||) ': ' operator(pg_catalog.||) row(f."mail")::pg_catalog.text, 200), 'The row would become the same in mail as another row of public.author'
from (
  select ch.src as waybill_src, ch.name as waybill_name, ch."k_id", t."id" as "id", case when ch."o_mail" operator(pg_catalog.=) 'i' then ch."i_mail" else t."mail" end as "mail", case when ch."o_name" operator(pg_catalog.=) 'i' then ch."i_name" else t."name" end as "name"
  from "pg_temp"."wb_change_0" as ch join only "public"."author" as t on t."id" operator("pg_catalog".=) ch."k_id"
  where ch.verdict operator(pg_catalog.=) 'update'
) as f where exists (select 1 from "pg_temp"."wb_change_0" as c where c.src operator(pg_catalog.=) f.waybill_src and (c."o_mail" operator(pg_catalog.=) 'i')) and (exists (select 1 from only "public"."author" as t where t."mail" operator("pg_catalog".=) f."mail" and not (t."id" operator("pg_catalog".=) "f"."k_id") and not (exists (select 1 from "pg_temp"."wb_change_0" as a where a.verdict operator(pg_catalog.=) 'update' and (a."o_mail" operator(pg_catalog.=) 'i') and t."id" operator("pg_catalog".=) "a"."k_id") or exists (select 1 from "pg_temp"."wb_delete_0" as d where t."id" operator("pg_catalog".=) d."k_id" and not exists (select 1 from pg_temp.wb_removal as w where w.load operator(pg_catalog.=) 0 and w.src operator(pg_catalog.=) d.ctid)))) or exists (select 1 from (
  select ch.src as waybill_src, ch.name as waybill_name, ch."k_id", t."id" as "id", case when ch."o_mail" operator(pg_catalog.=) 'i' then ch."i_mail" else t."mail" end as "mail", case when ch."o_name" operator(pg_catalog.=) 'i' then ch."i_name" else t."name" end as "name"
  from "pg_temp"."wb_change_0" as ch join only "public"."author" as t on t."id" operator("pg_catalog".=) ch."k_id"
  where ch.verdict operator(pg_catalog.=) 'update'
) as o where o."mail" operator("pg_catalog".=) f."mail" and o.waybill_src operator(pg_catalog.<>) f.waybill_src and exists (select 1 from "pg_temp"."wb_change_0" as c where c.src operator(pg_catalog.=) o.waybill_src and (c."o_mail" operator(pg_catalog.=) 'i'))) or exists (select 1 from "pg_temp"."wb_stage_0" as s where not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid) and s."mail" operator("pg_catalog".=) f."mail"));

/* engine.validate.count-missing */
select pg_catalog.bool_or(not (s."isbn" is not null)) as "c0", pg_catalog.bool_or(not (s."author_id" is not null)) as "c1"
from "pg_temp"."wb_stage_1" as s;

/* engine.validate.find-duplicates */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'key.duplicate', null, 'key', pg_catalog.left(row(s."isbn")::pg_catalog.text, 200), 'The row has the same isbn as another row of public.book in the archive'
from "pg_temp"."wb_stage_1" as s
join (select s."isbn" as "c0" from "pg_temp"."wb_stage_1" as s where s."isbn" is not null and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) group by s."isbn" having pg_catalog.count(*) operator(pg_catalog.>) 1) as d on d."c0" operator("pg_catalog".=) s."isbn"
where not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.find-duplicates */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'unique.violated', null, 'book_author_id_pages_key', pg_catalog.left(row(s."author_id", s."pages")::pg_catalog.text, 200), 'The row has the same author_id, pages as another row of public.book in the archive'
from "pg_temp"."wb_stage_1" as s
join (select s."author_id" as "c0", s."pages" as "c1" from "pg_temp"."wb_stage_1" as s where true and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) group by s."author_id", s."pages" having pg_catalog.count(*) operator(pg_catalog.>) 1) as d on (d."c0" operator("pg_catalog".=) s."author_id" or (d."c0" is null and (s."author_id") is null)) and (d."c1" operator("pg_catalog".=) s."pages" or (d."c1" is null and (s."pages") is null))
where not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.find-taken */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'unique.violated', null, 'book_author_id_pages_key', pg_catalog.left(row(s."author_id", s."pages")::pg_catalog.text, 200), 'Another row of public.book has the same author_id, pages under another key'
from "pg_temp"."wb_stage_1" as s
where not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and exists (select 1 from only "public"."book" as t where (t."author_id" operator("pg_catalog".=) s."author_id" or (t."author_id" is null and (s."author_id") is null)) and (t."pages" operator("pg_catalog".=) s."pages" or (t."pages" is null and (s."pages") is null)) and not (exists (select 1 from "pg_temp"."wb_delete_1" as d where t."isbn" operator("pg_catalog".=) d."k_isbn" and not exists (select 1 from pg_temp.wb_removal as w where w.load operator(pg_catalog.=) 1 and w.src operator(pg_catalog.=) d.ctid))));

/* engine.validate.find-taken-by-expression */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'unique.violated', null, 'book_lower_idx', pg_catalog.left(row(n."waybill_k0")::pg_catalog.text, 200), 'The unique index book_lower_idx of public.book has no room for the row: another one has the same value'
from (select s.ctid as src, (lower(isbn)) as "waybill_k0" from "pg_temp"."wb_stage_1" as s where ((pages > 0)) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid)) as n join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) n.src
where n."waybill_k0" is not null and exists (select 1 from (select "waybill_k0" from (select s.ctid as src, (lower(isbn)) as "waybill_k0" from "pg_temp"."wb_stage_1" as s where ((pages > 0)) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid)) as n where n."waybill_k0" is not null group by "waybill_k0" having pg_catalog.count(*) operator(pg_catalog.>) 1) as o where o."waybill_k0" operator("pg_catalog".=) n."waybill_k0");

/* engine.validate.find-taken-by-expression */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'unique.violated', null, 'book_lower_idx', pg_catalog.left(row(n."waybill_k0")::pg_catalog.text, 200), 'The unique index book_lower_idx of public.book has no room for the row: another one has the same value'
from (select s.ctid as src, (lower(isbn)) as "waybill_k0" from "pg_temp"."wb_stage_1" as s where ((pages > 0)) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid)) as n join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) n.src
where n."waybill_k0" is not null and exists (select 1 from (select (lower(isbn)) as "waybill_k0" from only "public"."book" as t where ((pages > 0))) as o where o."waybill_k0" operator("pg_catalog".=) n."waybill_k0");

/* engine.validate.find-duplicates */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 2, s.ctid, 'unique.violated', null, 'note_id_isbn_key', pg_catalog.left(row(s."id", s."isbn")::pg_catalog.text, 200), 'The row has the same id, isbn as another row of public.note in the archive'
from "pg_temp"."wb_stage_2" as s
join (select s."id" as "c0", s."isbn" as "c1" from "pg_temp"."wb_stage_2" as s where s."id" is not null and s."isbn" is not null and not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid) group by s."id", s."isbn" having pg_catalog.count(*) operator(pg_catalog.>) 1) as d on d."c0" operator("pg_catalog".=) s."id" and d."c1" operator("pg_catalog".=) s."isbn"
where not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.find-taken */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 2, s.ctid, 'unique.violated', null, 'note_id_isbn_key', pg_catalog.left(row(s."id", s."isbn")::pg_catalog.text, 200), 'Another row of public.note has the same id, isbn under another key'
from "pg_temp"."wb_stage_2" as s
where not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid) and exists (select 1 from only "public"."note" as t where t."id" operator("pg_catalog".=) s."id" and t."isbn" operator("pg_catalog".=) s."isbn" and not (exists (select 1 from "pg_temp"."wb_delete_2" as d where t."id" operator("pg_catalog".=) d."k_id" and not exists (select 1 from pg_temp.wb_removal as w where w.load operator(pg_catalog.=) 2 and w.src operator(pg_catalog.=) d.ctid))));

/* engine.validate.find-duplicates */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 2, s.ctid, 'unique.violated', null, 'note_pkey', pg_catalog.left(row(s."id")::pg_catalog.text, 200), 'The row has the same id as another row of public.note in the archive'
from "pg_temp"."wb_stage_2" as s
join (select s."id" as "c0" from "pg_temp"."wb_stage_2" as s where s."id" is not null and not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid) group by s."id" having pg_catalog.count(*) operator(pg_catalog.>) 1) as d on d."c0" operator("pg_catalog".=) s."id"
where not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.find-taken */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 2, s.ctid, 'id.taken', null, 'note_pkey', pg_catalog.left(row(s."id")::pg_catalog.text, 200), 'The id of the new row belongs to another row of public.note; configure ids: ''remap'' with a default for it, or a key'
from "pg_temp"."wb_stage_2" as s
where not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid) and exists (select 1 from only "public"."note" as t where t."id" operator("pg_catalog".=) s."id" and not (exists (select 1 from "pg_temp"."wb_delete_2" as d where t."id" operator("pg_catalog".=) d."k_id" and not exists (select 1 from pg_temp.wb_removal as w where w.load operator(pg_catalog.=) 2 and w.src operator(pg_catalog.=) d.ctid))));

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.missing', 'author_id', 'book_author_id_fkey', pg_catalog.left(row(s."author_id")::pg_catalog.text, 200), 'The row refers to public.author, and there is no such row in the archive or in the target'
from "pg_temp"."wb_stage_1" as s
where (s."author_id" is not null) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_stage_0" as p where "p"."id" operator("pg_catalog".=) s."author_id") and not exists (select 1 from only "public"."author" as q where "q"."id" operator("pg_catalog".=) s."author_id") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'book_author_id_fkey');

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.missing', 'sequel_of', 'book_sequel_of_fkey', pg_catalog.left(row(s."sequel_of")::pg_catalog.text, 200), 'The row refers to public.book, and there is no such row in the archive or in the target'
from "pg_temp"."wb_stage_1" as s
where (s."sequel_of" is not null) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_stage_1" as p where "p"."isbn" operator("pg_catalog".=) s."sequel_of") and not exists (select 1 from only "public"."book" as q where "q"."isbn" operator("pg_catalog".=) s."sequel_of") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'book_sequel_of_fkey');

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 2, s.ctid, 'reference.missing', 'isbn', 'note_isbn_fkey', pg_catalog.left(row(s."isbn")::pg_catalog.text, 200), 'The row refers to public.book, and there is no such row in the archive or in the target'
from "pg_temp"."wb_stage_2" as s
where (s."isbn" is not null) and not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_stage_1" as p where "p"."isbn" operator("pg_catalog".=) s."isbn") and not exists (select 1 from only "public"."book" as q where "q"."isbn" operator("pg_catalog".=) s."isbn") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 2 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'note_isbn_fkey');

/* engine.validate.add-rejects */
insert into "pg_temp"."wb_reject_0" (src)
select distinct i.src from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 0 and i.src is not null
on conflict do nothing;

/* engine.plan.mark-blocked */
update "pg_temp"."wb_change_0" as ch set verdict = 'blocked'
where exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 0 and i.src operator(pg_catalog.=) ch.src);

/* engine.plan.count-matched */
select m.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.sum(pg_catalog.hashtidextended(m.src, 0))::pg_catalog.text as keys
from "pg_temp"."wb_match_0" as m
group by 1 order by 1;

/* engine.plan.count-changed */
select ch.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.count(*) filter (where ch."o_mail" operator(pg_catalog.=) 'i')::bigint as "c0", pg_catalog.count(*) filter (where ch."o_name" operator(pg_catalog.=) 'i')::bigint as "c1"
from "pg_temp"."wb_change_0" as ch group by 1 order by 1;

/* engine.plan.count-gone */
select g.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.sum(pg_catalog.hashtextextended(g.name, 0))::pg_catalog.text as keys
from "pg_temp"."wb_gone_0" as g group by 1 order by 1;

/* engine.plan.count-blocked */
select pg_catalog.count(distinct i.src)::bigint as count, coalesce(pg_catalog.sum(pg_catalog.hashtextextended(i.src::pg_catalog.text operator(pg_catalog.||) i.code, 0)), 0)::pg_catalog.text as keys
from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 0 and i.src is not null;

/* engine.plan.hash-changed */
select coalesce(pg_catalog.sum(pg_catalog.hashtextextended(row(ch.name, ch.verdict, case when ch."o_mail" operator(pg_catalog.=) '=' then null else row(ch."o_mail", ch."c_mail", ch."i_mail")::pg_catalog.text end, case when ch."o_name" operator(pg_catalog.=) '=' then null else row(ch."o_name", ch."c_name", ch."i_name")::pg_catalog.text end)::pg_catalog.text, 0)), 0)::pg_catalog.text as keys
from "pg_temp"."wb_change_0" as ch;

/* engine.plan.count-issues */
select load, code, pg_catalog.count(*)::integer as count from pg_temp.wb_issue group by 1, 2 order by 1, 2;

/* engine.undo.count */
select u.state, pg_catalog.count(*)::integer as count,
  pg_catalog.sum(pg_catalog.hashtextextended(row(u."k_id", u.code)::pg_catalog.text, 0))::pg_catalog.text as keys
from "pg_temp"."wb_undo_0" as u where u.state is not null group by 1 order by 1;

/* engine.undo.count-gone */
select g.verdict as state, pg_catalog.count(*)::integer as count, pg_catalog.sum(pg_catalog.hashtextextended(g.name, 0))::pg_catalog.text as keys
from "pg_temp"."wb_gone_0" as g group by 1 order by 1;

/* engine.undo.count */
select u.state, pg_catalog.count(*)::integer as count,
  pg_catalog.sum(pg_catalog.hashtextextended(row(u."k_isbn", u.code)::pg_catalog.text, 0))::pg_catalog.text as keys
from "pg_temp"."wb_undo_1" as u where u.state is not null group by 1 order by 1;

/* engine.validate.number-issues */
update pg_temp.wb_issue as i set row_number = n.row_number from (select s.ctid as src, pg_catalog.row_number() over (order by s.ctid) as row_number from "pg_temp"."wb_stage_0" as s) as n
where i.load operator(pg_catalog.=) 0 and i.row_number is null and i.src operator(pg_catalog.=) n.src;

copy (
  /* engine.validate.issue-lines */
  select pg_catalog.json_strip_nulls(pg_catalog.json_build_object('code', i.code, 'table', n.id, 'row', i.row_number, 'position', i.position, 'column', i.column_name, 'constraint', i.constraint_name, 'value', i.value, 'message', i.message))::pg_catalog.text
  from pg_temp.wb_issue as i join (values (0, 'public.author'), (1, 'public.book'), (2, 'public.note')) as n(load, id) on n.load operator(pg_catalog.=) i.load
  order by i.load, i.row_number, i.code
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.author'::pg_catalog.text, 'row', ch.name, 'verdict', ch.verdict, 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (ch."o_mail") operator(pg_catalog.<>) '=' then (case when coalesce(ch."k_base mail", false) then pg_catalog.json_build_object('column', 'mail'::pg_catalog.text, 'base', (ch."b_mail")::pg_catalog.text, 'current', (ch."c_mail")::pg_catalog.text, 'incoming', (ch."i_mail")::pg_catalog.text, 'outcome', case ch."o_mail" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'mail'::pg_catalog.text, 'current', (ch."c_mail")::pg_catalog.text, 'incoming', (ch."i_mail")::pg_catalog.text, 'outcome', case ch."o_mail" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end, case when (ch."o_name") operator(pg_catalog.<>) '=' then (case when coalesce(ch."k_base name", false) then pg_catalog.json_build_object('column', 'name'::pg_catalog.text, 'base', (ch."b_name")::pg_catalog.text, 'current', (ch."c_name")::pg_catalog.text, 'incoming', (ch."i_name")::pg_catalog.text, 'outcome', case ch."o_name" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'name'::pg_catalog.text, 'current', (ch."c_name")::pg_catalog.text, 'incoming', (ch."i_name")::pg_catalog.text, 'outcome', case ch."o_name" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_change_0" as ch where ch.verdict operator(pg_catalog.=) any (array['keep', 'conflict', 'blocked']) order by ch.name
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.author'::pg_catalog.text, 'row', g.name, 'verdict', g.verdict, 'deletedBy', 'incoming', 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end) operator(pg_catalog.<>) '=' then (pg_catalog.json_build_object('column', 'mail'::pg_catalog.text, 'current', (t."mail")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end))::pg_catalog.text end, case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end) operator(pg_catalog.<>) '=' then (pg_catalog.json_build_object('column', 'name'::pg_catalog.text, 'current', (t."name")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end))::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_gone_0" as g join only "public"."author" as t on "t"."id" operator("pg_catalog".=) "g"."k_id" 
  where g.verdict operator(pg_catalog.=) any (array['keep', 'conflict', 'blocked']) order by g.name
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.undo.missing-lines */
  select pg_catalog.json_build_object('table', 'public.author'::pg_catalog.text, 'row', u."k_id"::pg_catalog.text, 'verdict', u.state, 'deletedBy', 'current',
    'cells', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('column', c.key, 'base', u.after operator(pg_catalog.->>) c.key, 'current', null, 'incoming', c.value, 'outcome', 'current') order by c.key), '[]') from pg_catalog.jsonb_each_text(u.before) as c))::pg_catalog.text
  from "pg_temp"."wb_undo_0" as u where u.code operator(pg_catalog.=) 'row.missing' order by u.place
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.book'::pg_catalog.text, 'row', g.name, 'verdict', g.verdict, 'deletedBy', 'incoming', 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end) operator(pg_catalog.<>) '=' then (pg_catalog.json_build_object('column', 'author_id'::pg_catalog.text, 'current', (t."author_id")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end))::pg_catalog.text end, case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end) operator(pg_catalog.<>) '=' then (pg_catalog.json_build_object('column', 'sequel_of'::pg_catalog.text, 'current', (t."sequel_of")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end))::pg_catalog.text end, case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end) operator(pg_catalog.<>) '=' then (pg_catalog.json_build_object('column', 'pages'::pg_catalog.text, 'current', (t."pages")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end))::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_gone_1" as g join only "public"."book" as t on "t"."isbn" operator("pg_catalog".=) "g"."k_isbn" 
  where g.verdict operator(pg_catalog.=) any (array['keep', 'conflict', 'blocked']) order by g.name
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.undo.missing-lines */
  select pg_catalog.json_build_object('table', 'public.book'::pg_catalog.text, 'row', u."k_isbn"::pg_catalog.text, 'verdict', u.state, 'deletedBy', 'current',
    'cells', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('column', c.key, 'base', u.after operator(pg_catalog.->>) c.key, 'current', null, 'incoming', c.value, 'outcome', 'current') order by c.key), '[]') from pg_catalog.jsonb_each_text(u.before) as c))::pg_catalog.text
  from "pg_temp"."wb_undo_1" as u where u.code operator(pg_catalog.=) 'row.missing' order by u.place
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.note'::pg_catalog.text, 'row', g.name, 'verdict', g.verdict, 'deletedBy', 'incoming', 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end) operator(pg_catalog.<>) '=' then (pg_catalog.json_build_object('column', 'isbn'::pg_catalog.text, 'current', (t."isbn")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end))::pg_catalog.text end, case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end) operator(pg_catalog.<>) '=' then (pg_catalog.json_build_object('column', 'body'::pg_catalog.text, 'current', (t."body")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i'  else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end))::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_gone_2" as g join only "public"."note" as t on "t"."id" operator("pg_catalog".=) "g"."k_id" 
  where g.verdict operator(pg_catalog.=) any (array['keep', 'conflict', 'blocked']) order by g.name
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.undo.missing-lines */
  select pg_catalog.json_build_object('table', 'public.note'::pg_catalog.text, 'row', u."k_id"::pg_catalog.text, 'verdict', u.state, 'deletedBy', 'current',
    'cells', (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('column', c.key, 'base', u.after operator(pg_catalog.->>) c.key, 'current', null, 'incoming', c.value, 'outcome', 'current') order by c.key), '[]') from pg_catalog.jsonb_each_text(u.before) as c))::pg_catalog.text
  from "pg_temp"."wb_undo_2" as u where u.code operator(pg_catalog.=) 'row.missing' order by u.place
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

/* engine.apply.sequence-stand */
select q.last_value::pg_catalog.text as last_value, q.is_called, p.seqincrement::pg_catalog.text as increment, p.seqmax::pg_catalog.text as maximum, p.seqmin::pg_catalog.text as minimum, written.highest::pg_catalog.text as highest, written.lowest::pg_catalog.text as lowest
from "public"."author_id_seq" as q
cross join (select pg_catalog.max(s."id") as highest, pg_catalog.min(s."id") as lowest from "pg_temp"."wb_stage_0" as s where not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_0" as x where x.src operator(pg_catalog.=) s.ctid)) as written
join pg_catalog.pg_sequence as p on p.seqrelid operator(pg_catalog.=) '"public"."author_id_seq"'::pg_catalog.regclass;

/* engine.apply.sequence-stand */
select q.last_value::pg_catalog.text as last_value, q.is_called, p.seqincrement::pg_catalog.text as increment, p.seqmax::pg_catalog.text as maximum, p.seqmin::pg_catalog.text as minimum, written.highest::pg_catalog.text as highest, written.lowest::pg_catalog.text as lowest
from "public"."note_id_seq" as q
cross join (select pg_catalog.max(s."id") as highest, pg_catalog.min(s."id") as lowest from "pg_temp"."wb_stage_2" as s where not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_2" as x where x.src operator(pg_catalog.=) s.ctid)) as written
join pg_catalog.pg_sequence as p on p.seqrelid operator(pg_catalog.=) '"public"."note_id_seq"'::pg_catalog.regclass;

/* engine.apply.delete-component */
with "deleted_0" as (
  delete from only "public"."note" as t using "pg_temp"."wb_delete_2" as d
  where t."id" operator("pg_catalog".=) d."k_id" and not exists (select 1 from pg_temp.wb_removal as w where w.load operator(pg_catalog.=) 2 and w.src operator(pg_catalog.=) d.ctid)
  returning t."id", t."isbn", t."body"
), "recorded_0" as (
  insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, "before")
  select 'run-TEST', 'public', 'note', 'delete',
    (i.place operator(pg_catalog./) 10000) operator(pg_catalog.+) (select coalesce(pg_catalog.max(l.chunk) operator(pg_catalog.+) 1, 0) from "waybill"."ledger" as l where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'note' and l.verdict operator(pg_catalog.=) 'delete'),
    pg_catalog.count(*), pg_catalog.min(i.id), pg_catalog.max(i.id), case when (pg_catalog.max(i.id)::numeric operator(pg_catalog.-) pg_catalog.min(i.id)) operator(pg_catalog.+) 1 operator(pg_catalog.=) pg_catalog.count(*) then null else pg_catalog.array_agg(i.id order by i.place) end, null::pg_catalog.text[], pg_catalog.array_agg(i.name order by i.place), pg_catalog.array_agg(i.image order by i.place)
  from (
    select r."id"::bigint as id, null::pg_catalog.text as key, (select (array[p.origin_database] operator(pg_catalog.||) p.origin_key)::pg_catalog.text from "waybill"."provenance" as p where p.table_schema operator(pg_catalog.=) 'public' and p.table_name operator(pg_catalog.=) 'note' and p.key operator(pg_catalog.=) array[r."id"::pg_catalog.text] order by 1 limit 1) as name, pg_catalog.jsonb_object(array['id', 'isbn', 'body']::pg_catalog.text[], array[(r."id")::pg_catalog.text, (r."isbn")::pg_catalog.text, (r."body")::pg_catalog.text]::pg_catalog.text[]) as image, pg_catalog.row_number() over (order by r."id"::bigint) operator(pg_catalog.-) 1 as place
    from "deleted_0" as r
  ) as i group by i.place operator(pg_catalog./) 10000
), "forgotten_0" as (
  delete from "waybill"."provenance" as p using "deleted_0" as r where p.table_schema operator(pg_catalog.=) 'public' and p.table_name operator(pg_catalog.=) 'note' and p.key operator(pg_catalog.=) array[r."id"::pg_catalog.text]
)
select (select pg_catalog.count(*) from "deleted_0")::integer as "n0";

/* engine.apply.delete-component */
with "deleted_0" as (
  delete from only "public"."book" as t using "pg_temp"."wb_delete_1" as d
  where t."isbn" operator("pg_catalog".=) d."k_isbn" and not exists (select 1 from pg_temp.wb_removal as w where w.load operator(pg_catalog.=) 1 and w.src operator(pg_catalog.=) d.ctid)
  returning t."isbn", t."author_id", t."sequel_of", t."pages"
), "recorded_0" as (
  insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, "before")
  select 'run-TEST', 'public', 'book', 'delete',
    (i.place operator(pg_catalog./) 10000) operator(pg_catalog.+) (select coalesce(pg_catalog.max(l.chunk) operator(pg_catalog.+) 1, 0) from "waybill"."ledger" as l where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'book' and l.verdict operator(pg_catalog.=) 'delete'),
    pg_catalog.count(*), pg_catalog.min(i.id), pg_catalog.max(i.id), null::bigint[], pg_catalog.array_agg(i.key order by i.place), null::pg_catalog.text[], pg_catalog.array_agg(i.image order by i.place)
  from (
    select null::bigint as id, array[r."isbn"::pg_catalog.text]::pg_catalog.text as key, null::pg_catalog.text as name, pg_catalog.jsonb_object(array['isbn', 'author_id', 'sequel_of', 'pages']::pg_catalog.text[], array[(r."isbn")::pg_catalog.text, (r."author_id")::pg_catalog.text, (r."sequel_of")::pg_catalog.text, (r."pages")::pg_catalog.text]::pg_catalog.text[]) as image, pg_catalog.row_number() over (order by r."isbn") operator(pg_catalog.-) 1 as place
    from "deleted_0" as r
  ) as i group by i.place operator(pg_catalog./) 10000
)
select (select pg_catalog.count(*) from "deleted_0")::integer as "n0";

/* engine.apply.insert-component */
with "inserted_0" as (
  insert into "public"."author" ("id", "mail", "name") overriding system value
  select s."id", s."mail", s."name"
  from "pg_temp"."wb_stage_0" as s
where not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_0" as x where x.src operator(pg_catalog.=) s.ctid)
  returning "id"
), "recorded_0" as (
  select 1
)
select (select pg_catalog.count(*) from "inserted_0")::bigint as "n0";

/* engine.apply.insert-component */
with "inserted_0" as (
  insert into "public"."book" ("isbn", "author_id", "sequel_of", "pages")
  select s."isbn", s."author_id", s."sequel_of", s."pages"
  from "pg_temp"."wb_stage_1" as s
where not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_1" as x where x.src operator(pg_catalog.=) s.ctid)
  returning "isbn"
), "recorded_0" as (
  select 1
)
select (select pg_catalog.count(*) from "inserted_0")::bigint as "n0";

/* engine.apply.insert-component */
with "inserted_0" as (
  insert into "public"."note" ("id", "isbn", "body")
  select s."id", s."isbn", s."body"
  from "pg_temp"."wb_stage_2" as s
where not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_2" as x where x.src operator(pg_catalog.=) s.ctid)
  returning "id"
), "recorded_0" as (
  select 1
)
select (select pg_catalog.count(*) from "inserted_0")::bigint as "n0";

/* engine.undo.record-restored */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, "after")
  select 'run-TEST', 'public', 'author', 'insert',
    (i.place operator(pg_catalog./) 10000) operator(pg_catalog.+) (select coalesce(pg_catalog.max(l.chunk) operator(pg_catalog.+) 1, 0) from "waybill"."ledger" as l where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'author' and l.verdict operator(pg_catalog.=) 'insert'),
    pg_catalog.count(*), pg_catalog.min(i.id), pg_catalog.max(i.id), case when (pg_catalog.max(i.id)::numeric operator(pg_catalog.-) pg_catalog.min(i.id)) operator(pg_catalog.+) 1 operator(pg_catalog.=) pg_catalog.count(*) then null else pg_catalog.array_agg(i.id order by i.place) end, null::pg_catalog.text[], null::pg_catalog.text[], pg_catalog.array_agg(i.image order by i.place)
  from (
    select r."id"::bigint as id, null::pg_catalog.text as key, null::pg_catalog.text as name, pg_catalog.jsonb_object(array['id', 'mail', 'name']::pg_catalog.text[], array[(r."id")::pg_catalog.text, (r."mail")::pg_catalog.text, (r."name")::pg_catalog.text]::pg_catalog.text[]) as image, pg_catalog.row_number() over (order by r."id"::bigint) operator(pg_catalog.-) 1 as place
    from (select t."id", t."mail", t."name" from "pg_temp"."wb_stage_0" as s join only "public"."author" as t on t."id" operator("pg_catalog".=) s."id" where not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_0" as x where x.src operator(pg_catalog.=) s.ctid)) as r
  ) as i group by i.place operator(pg_catalog./) 10000;

/* engine.undo.record-restored */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, "after")
  select 'run-TEST', 'public', 'book', 'insert',
    (i.place operator(pg_catalog./) 10000) operator(pg_catalog.+) (select coalesce(pg_catalog.max(l.chunk) operator(pg_catalog.+) 1, 0) from "waybill"."ledger" as l where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'book' and l.verdict operator(pg_catalog.=) 'insert'),
    pg_catalog.count(*), pg_catalog.min(i.id), pg_catalog.max(i.id), null::bigint[], pg_catalog.array_agg(i.key order by i.place), null::pg_catalog.text[], pg_catalog.array_agg(i.image order by i.place)
  from (
    select null::bigint as id, array[r."isbn"::pg_catalog.text]::pg_catalog.text as key, null::pg_catalog.text as name, pg_catalog.jsonb_object(array['isbn', 'author_id', 'sequel_of', 'pages']::pg_catalog.text[], array[(r."isbn")::pg_catalog.text, (r."author_id")::pg_catalog.text, (r."sequel_of")::pg_catalog.text, (r."pages")::pg_catalog.text]::pg_catalog.text[]) as image, pg_catalog.row_number() over (order by r."isbn") operator(pg_catalog.-) 1 as place
    from (select t."isbn", t."author_id", t."sequel_of", t."pages" from "pg_temp"."wb_stage_1" as s join only "public"."book" as t on t."isbn" operator("pg_catalog".=) s."isbn" where not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_1" as x where x.src operator(pg_catalog.=) s.ctid)) as r
  ) as i group by i.place operator(pg_catalog./) 10000;

/* engine.undo.record-restored */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, "after")
  select 'run-TEST', 'public', 'note', 'insert',
    (i.place operator(pg_catalog./) 10000) operator(pg_catalog.+) (select coalesce(pg_catalog.max(l.chunk) operator(pg_catalog.+) 1, 0) from "waybill"."ledger" as l where l.run_id operator(pg_catalog.=) 'run-TEST' and l.table_schema operator(pg_catalog.=) 'public' and l.table_name operator(pg_catalog.=) 'note' and l.verdict operator(pg_catalog.=) 'insert'),
    pg_catalog.count(*), pg_catalog.min(i.id), pg_catalog.max(i.id), case when (pg_catalog.max(i.id)::numeric operator(pg_catalog.-) pg_catalog.min(i.id)) operator(pg_catalog.+) 1 operator(pg_catalog.=) pg_catalog.count(*) then null else pg_catalog.array_agg(i.id order by i.place) end, null::pg_catalog.text[], null::pg_catalog.text[], pg_catalog.array_agg(i.image order by i.place)
  from (
    select r."id"::bigint as id, null::pg_catalog.text as key, null::pg_catalog.text as name, pg_catalog.jsonb_object(array['id', 'isbn', 'body']::pg_catalog.text[], array[(r."id")::pg_catalog.text, (r."isbn")::pg_catalog.text, (r."body")::pg_catalog.text]::pg_catalog.text[]) as image, pg_catalog.row_number() over (order by r."id"::bigint) operator(pg_catalog.-) 1 as place
    from (select t."id", t."isbn", t."body" from "pg_temp"."wb_stage_2" as s join only "public"."note" as t on t."id" operator("pg_catalog".=) s."id" where not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_2" as x where x.src operator(pg_catalog.=) s.ctid)) as r
  ) as i group by i.place operator(pg_catalog./) 10000;

/* engine.undo.restore-provenance */
insert into "waybill"."provenance" (table_schema, table_name, origin_database, origin_key, key, run_id)
select 'public', 'note', o.parts[1], o.parts[2:], array[u."k_id"::pg_catalog.text], 'run-TEST'
from "pg_temp"."wb_undo_2" as u cross join lateral (select u.origin::pg_catalog.text[] as parts) as o
where u.state is null and u.verdict operator(pg_catalog.=) 'delete' and u.origin is not null
  and exists (select 1 from only "public"."note" as t where t."id" operator("pg_catalog".=) u."k_id")
on conflict (table_schema, table_name, origin_database, origin_key) do update set key = excluded.key, run_id = excluded.run_id;

copy (
  /* engine.ledger.lines */
  select pg_catalog.json_build_object('table', (l.table_schema operator(pg_catalog.||) '.') operator(pg_catalog.||) l.table_name, 'verdict', l.verdict, 'chunk', l.chunk, 'n', l.n, 'lo', l.lo, 'hi', l.hi, 'ids', l.ids, 'keys', l.keys, 'names', l.names, 'before', l.before, 'after', l.after, 'found', l.found::pg_catalog.text[])::pg_catalog.text
  from "waybill"."ledger" as l where l.run_id operator(pg_catalog.=) 'run-TEST'
  order by l.table_schema, l.table_name, l.verdict, l.chunk
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

/* engine.marker.complete */
update "waybill"."run" set plan_hash = $1, summary = $2::pg_catalog.jsonb where run_id operator(pg_catalog.=) $3;
