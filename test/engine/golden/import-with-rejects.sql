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

/* engine.stage.create */
create temporary table "wb_stage_2" ("id" integer, "isbn" pg_catalog.text, "body" pg_catalog.json, "origin_database" pg_catalog.text, "origin_key" pg_catalog.text[]);

/* engine.stage.copy */
copy "pg_temp"."wb_stage_2" ("id", "isbn", "body", "origin_database", "origin_key") from stdin (format text);

/* engine.stage.analyze */
analyze "pg_temp"."wb_stage_2" ("id", "isbn");

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

/* engine.resolve.is-empty */ select not exists (select 1 from only "public"."author") as empty;

/* engine.resolve.is-empty */ select not exists (select 1 from only "public"."book") as empty;

/* engine.resolve.is-empty */ select not exists (select 1 from only "public"."note") as empty;

/* engine.resolve.create-known */
create temporary table "wb_known_0" as
select s."id" as "s_id", t."id" as "t_id"
from "pg_temp"."wb_stage_0" as s
join only "public"."author" as t on t."mail" operator("pg_catalog".=) s."mail";

/* engine.resolve.match-rows */
create temporary table "wb_match_0" as
select s.ctid as src, case when row(s."name")::pg_catalog.record operator(pg_catalog.*=) row(t."name")::pg_catalog.record then 'same' else 'keep' end as verdict, t."id" as "t_id"
from "pg_temp"."wb_stage_0" as s
join only "public"."author" as t on t."mail" operator("pg_catalog".=) s."mail";

/* engine.resolve.match-rows */
create temporary table "wb_match_1" as
select s.ctid as src, case when row("r0"."t_id", s."sequel_of", s."pages")::pg_catalog.record operator(pg_catalog.*=) row(t."author_id", t."sequel_of", t."pages")::pg_catalog.record and ((s."author_id" is not null)) operator(pg_catalog.=) (t."author_id" is not null) then 'same' else 'keep' end as verdict, t."isbn" as "t_isbn"
from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_known_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."author_id"
join only "public"."book" as t on t."isbn" operator("pg_catalog".=) s."isbn";

/* engine.resolve.match-rows */
create temporary table "wb_match_2" as
select s.ctid as src, case when row(s."isbn")::pg_catalog.record operator(pg_catalog.*=) row(t."isbn")::pg_catalog.record and case
    when s."body" is null or t."body" is null then s."body" is null and t."body" is null
    when row(s."body")::pg_catalog.record operator(pg_catalog.*=) row(t."body")::pg_catalog.record then true
    when pg_catalog.strpos(s."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(t."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else s."body"::pg_catalog.jsonb operator(pg_catalog.=) t."body"::pg_catalog.jsonb end then 'same' else 'keep' end as verdict, t."id" as "t_id"
from "pg_temp"."wb_stage_2" as s
join only "public"."note" as t on s."origin_database" operator(pg_catalog.=) '01DATABASE' and "t"."id" operator("pg_catalog".=) (s."origin_key")[1]::integer and not exists (select 1 from "waybill"."provenance" as e where e.table_schema operator(pg_catalog.=) 'public' and e.table_name operator(pg_catalog.=) 'note'
  and e.key operator(pg_catalog.=) array["t"."id"::pg_catalog.text] and (e.origin_database operator(pg_catalog.<>) '01DATABASE' or e.origin_key operator(pg_catalog.<>) e.key))
union all
select s.ctid as src, case when row(s."isbn")::pg_catalog.record operator(pg_catalog.*=) row(t."isbn")::pg_catalog.record and case
    when s."body" is null or t."body" is null then s."body" is null and t."body" is null
    when row(s."body")::pg_catalog.record operator(pg_catalog.*=) row(t."body")::pg_catalog.record then true
    when pg_catalog.strpos(s."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(t."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else s."body"::pg_catalog.jsonb operator(pg_catalog.=) t."body"::pg_catalog.jsonb end then 'same' else 'keep' end as verdict, t."id" as "t_id"
from "pg_temp"."wb_stage_2" as s
join "waybill"."provenance" as p on p.table_schema operator(pg_catalog.=) 'public' and p.table_name operator(pg_catalog.=) 'note'
  and p.origin_database operator(pg_catalog.=) s."origin_database" and p.origin_key operator(pg_catalog.=) s."origin_key"
join only "public"."note" as t on "t"."id" operator("pg_catalog".=) (p.key)[1]::integer
where (s."origin_database" operator(pg_catalog.<>) '01DATABASE' or not exists (select 1 from only "public"."note" as h where "h"."id" operator("pg_catalog".=) (s."origin_key")[1]::integer and not exists (select 1 from "waybill"."provenance" as e where e.table_schema operator(pg_catalog.=) 'public' and e.table_name operator(pg_catalog.=) 'note'
  and e.key operator(pg_catalog.=) array["h"."id"::pg_catalog.text] and (e.origin_database operator(pg_catalog.<>) '01DATABASE' or e.origin_key operator(pg_catalog.<>) e.key))));

/* engine.validate.count-missing */
select pg_catalog.bool_or(not (s."mail" is not null)) as "c0", pg_catalog.bool_or(not (s."name" is not null)) as "c1"
from "pg_temp"."wb_stage_0" as s;

/* engine.validate.find-broken-check */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, s.ctid, 'check.violated', null, 'author_name_check', pg_catalog.left(row(s."name")::pg_catalog.text, 200), 'The row breaks the CHECK author_name_check of public.author'
from "pg_temp"."wb_stage_0" as s where ((name <> ''::text)) is false and not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.find-broken-check */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, s.ctid, 'check.violated', null, 'author_name_check1', pg_catalog.left(row(s."name")::pg_catalog.text, 200), 'The row breaks the CHECK author_name_check1 of public.author'
from "pg_temp"."wb_stage_0" as s where ((name <> 'Ann'::text)) is false and not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.count-missing */
select pg_catalog.bool_or(not (s."isbn" is not null)) as "c0", pg_catalog.bool_or(not (s."author_id" is not null)) as "c1"
from "pg_temp"."wb_stage_1" as s;

/* engine.validate.find-taken */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'unique.violated', null, 'book_author_id_pages_key', pg_catalog.left(row("r0"."t_id", s."pages")::pg_catalog.text, 200), 'Another row of public.book has the same author_id, pages under another key'
from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_known_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."author_id"
where not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and exists (select 1 from only "public"."book" as t where (t."author_id" operator("pg_catalog".=) "r0"."t_id" or (t."author_id" is null and ("r0"."t_id") is null)) and (t."pages" operator("pg_catalog".=) s."pages" or (t."pages" is null and (s."pages") is null)) and not (false));

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

/* engine.validate.find-duplicate-origins */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 2, s.ctid, 'key.duplicate', null, null, pg_catalog.left(s."origin_key"::pg_catalog.text, 200), 'The row has the same origin as another row of public.note in the archive'
from "pg_temp"."wb_stage_2" as s
join (select s."origin_database", s."origin_key" from "pg_temp"."wb_stage_2" as s group by 1, 2 having pg_catalog.count(*) operator(pg_catalog.>) 1) as d on d."origin_database" operator(pg_catalog.=) s."origin_database" and d."origin_key" operator(pg_catalog.=) s."origin_key"
where not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.missing', 'author_id', 'book_author_id_fkey', pg_catalog.left(row(s."author_id")::pg_catalog.text, 200), 'The row refers to public.author, and there is no such row in the archive or in the target'
from "pg_temp"."wb_stage_1" as s
where (s."author_id" is not null) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_stage_0" as p where "p"."id" operator("pg_catalog".=) s."author_id") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'book_author_id_fkey');

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

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.rejected', 'author_id', 'book_author_id_fkey', pg_catalog.left(row(s."author_id")::pg_catalog.text, 200), 'The row refers to public.author, and the row it refers to stays out'
from "pg_temp"."wb_stage_1" as s
where (s."author_id" is not null) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_1" as x where x.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_stage_0" as p where "p"."id" operator("pg_catalog".=) s."author_id" and not exists (select 1 from "pg_temp"."wb_reject_0" as x where x.src operator(pg_catalog.=) p.ctid)) and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'book_author_id_fkey');

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.rejected', 'sequel_of', 'book_sequel_of_fkey', pg_catalog.left(row(s."sequel_of")::pg_catalog.text, 200), 'The row refers to public.book, and the row it refers to stays out'
from "pg_temp"."wb_stage_1" as s
where (s."sequel_of" is not null) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_1" as x where x.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_stage_1" as p where "p"."isbn" operator("pg_catalog".=) s."sequel_of" and not exists (select 1 from "pg_temp"."wb_reject_1" as x where x.src operator(pg_catalog.=) p.ctid)) and not exists (select 1 from only "public"."book" as q where "q"."isbn" operator("pg_catalog".=) s."sequel_of") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'book_sequel_of_fkey');

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 2, s.ctid, 'reference.rejected', 'isbn', 'note_isbn_fkey', pg_catalog.left(row(s."isbn")::pg_catalog.text, 200), 'The row refers to public.book, and the row it refers to stays out'
from "pg_temp"."wb_stage_2" as s
where (s."isbn" is not null) and not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_2" as x where x.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_stage_1" as p where "p"."isbn" operator("pg_catalog".=) s."isbn" and not exists (select 1 from "pg_temp"."wb_reject_1" as x where x.src operator(pg_catalog.=) p.ctid)) and not exists (select 1 from only "public"."book" as q where "q"."isbn" operator("pg_catalog".=) s."isbn") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 2 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'note_isbn_fkey');

/* engine.plan.count-matched */
select m.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.sum(pg_catalog.hashtidextended(m.src, 0))::pg_catalog.text as keys
from "pg_temp"."wb_match_0" as m
group by 1 order by 1;

/* engine.plan.count-blocked */
select pg_catalog.count(distinct i.src)::bigint as count, coalesce(pg_catalog.sum(pg_catalog.hashtextextended(i.src::pg_catalog.text operator(pg_catalog.||) i.code, 0)), 0)::pg_catalog.text as keys
from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 0 and i.src is not null;

/* engine.plan.count-issues */
select load, code, pg_catalog.count(*)::integer as count from pg_temp.wb_issue group by 1, 2 order by 1, 2;

/* engine.validate.number-issues */
update pg_temp.wb_issue as i set row_number = n.row_number from (select s.ctid as src, pg_catalog.row_number() over (order by s.ctid) as row_number from "pg_temp"."wb_stage_0" as s) as n
where i.load operator(pg_catalog.=) 0 and i.row_number is null and i.src operator(pg_catalog.=) n.src;

copy (
  /* engine.validate.issue-lines */
  select pg_catalog.json_strip_nulls(pg_catalog.json_build_object('code', i.code, 'table', n.id, 'row', i.row_number, 'position', i.position, 'column', i.column_name, 'constraint', i.constraint_name, 'value', i.value, 'message', i.message))::pg_catalog.text
  from pg_temp.wb_issue as i join (values (0, 'public.author'), (1, 'public.book'), (2, 'public.note')) as n(load, id) on n.load operator(pg_catalog.=) i.load
  order by i.load, i.row_number, i.code
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

/* engine.apply.sequence-stand */
select q.last_value::pg_catalog.text as last_value, q.is_called, p.seqincrement::pg_catalog.text as increment, p.seqmax::pg_catalog.text as maximum, p.seqmin::pg_catalog.text as minimum, written.highest::pg_catalog.text as highest, written.lowest::pg_catalog.text as lowest
from "public"."note_id_seq" as q
cross join (select pg_catalog.max(s."id") as highest, pg_catalog.min(s."id") as lowest from only "public"."note" as s) as written
join pg_catalog.pg_sequence as p on p.seqrelid operator(pg_catalog.=) '"public"."note_id_seq"'::pg_catalog.regclass;

/* engine.resolve.reserve-ids */
create temporary table "wb_new_0" as
select n.src, pg_catalog.nextval('"public"."author_id_seq"'::pg_catalog.regclass)::integer as id
from (select s.ctid as src from "pg_temp"."wb_stage_0" as s where not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_reject_0" as x where x.src operator(pg_catalog.=) s.ctid) order by s.ctid) as n where false;

/* engine.resolve.reserve-ids */
create temporary table "wb_new_2" as
select n.src, pg_catalog.nextval('"public"."note_id_seq"'::pg_catalog.regclass)::integer as id
from (select s.ctid as src from "pg_temp"."wb_stage_2" as s where not exists (select 1 from "pg_temp"."wb_reject_2" as x where x.src operator(pg_catalog.=) s.ctid) order by s.ctid) as n;

/* engine.resolve.lock-parents */
select pg_catalog.count(*)::integer as count from (
  select 1 from only "public"."author" as t
  where exists (select 1 from "pg_temp"."wb_known_0" as k where t."id" operator("pg_catalog".=) k."t_id" and (exists (select 1 from "pg_temp"."wb_stage_1" as s where k."s_id" operator("pg_catalog".=) s."author_id" and not exists (select 1 from "pg_temp"."wb_reject_1" as x where x.src operator(pg_catalog.=) s.ctid))))
  for share of t
) as locked;

/* engine.resolve.create-map */
create temporary table "wb_map_0" as
select s."id" as "s_id", m."t_id" as "t_id", s."mail" as "k_mail", false as is_new
from "pg_temp"."wb_match_0" as m join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src
union all
select s."id" as "s_id", n.id as "t_id", s."mail" as "k_mail", true as is_new
from "pg_temp"."wb_stage_0" as s
join "pg_temp"."wb_new_0" as n on n.src operator(pg_catalog.=) s.ctid
where true;

/* engine.apply.insert-component */
with "inserted_0" as (
  insert into "public"."book" ("isbn", "author_id", "sequel_of", "pages")
  select s."isbn", coalesce("r0"."t_id", s."author_id"), s."sequel_of", s."pages"
  from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_map_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."author_id"
where not exists (select 1 from "pg_temp"."wb_reject_1" as x where x.src operator(pg_catalog.=) s.ctid)
  returning "isbn"
), "recorded_0" as (
  select 1
)
select (select pg_catalog.count(*) from "inserted_0")::bigint as "n0";

/* engine.ledger.record-new */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'book', 'insert', r.chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[],
  pg_catalog.array_agg(r.key order by r.place), pg_catalog.array_agg(r."name" order by r.place),
  null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (
    select pg_catalog.row_number() over (order by w.waybill_src) as place, null::bigint as id, array[(w."isbn")::pg_catalog.text]::pg_catalog.text as key, w.waybill_name as name
    from (select s.ctid as waybill_src, array[s."isbn"::pg_catalog.text]::pg_catalog.text as waybill_name, s."isbn" as "isbn" from "pg_temp"."wb_stage_1" as s
where not exists (select 1 from "pg_temp"."wb_reject_1" as x where x.src operator(pg_catalog.=) s.ctid)) as w
  ) as q
) as r group by r.chunk;

/* engine.apply.insert-component */
with "inserted_0" as (
  insert into "public"."note" ("id", "isbn", "body")
  select n.id, s."isbn", s."body"
  from "pg_temp"."wb_stage_2" as s
join "pg_temp"."wb_new_2" as n on n.src operator(pg_catalog.=) s.ctid
where true
  returning "id"
), "recorded_0" as (
  select 1
)
select (select pg_catalog.count(*) from "inserted_0")::bigint as "n0";

/* engine.ledger.record-new */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'note', 'insert', r.chunk, pg_catalog.count(*), pg_catalog.min(r.id), pg_catalog.max(r.id), pg_catalog.array_agg(r.id order by r.place),
  null::pg_catalog.text[], pg_catalog.array_agg(r."name" order by r.place),
  null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (
    select pg_catalog.row_number() over (order by w.waybill_src) as place, w."id"::bigint as id, null::pg_catalog.text as key, w.waybill_name as name
    from (select s.ctid as waybill_src, array[s."id"::pg_catalog.text]::pg_catalog.text as waybill_name, n.id as "id" from "pg_temp"."wb_stage_2" as s
join "pg_temp"."wb_new_2" as n on n.src operator(pg_catalog.=) s.ctid
where true) as w
  ) as q
) as r group by r.chunk;

/* engine.ledger.record-kept */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'author', 'keep', r.chunk, pg_catalog.count(*), pg_catalog.min(r.id), pg_catalog.max(r.id), pg_catalog.array_agg(r.id order by r.place),
  null::pg_catalog.text[], pg_catalog.array_agg(r."name" order by r.place),
  null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], pg_catalog.array_agg(r."found" order by r.place)
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (
    select pg_catalog.row_number() over (order by s.ctid) as place, m."k_id"::bigint as id, null::pg_catalog.text as key, array[s."mail"::pg_catalog.text]::pg_catalog.text as name, pg_catalog.hashtextextended(row(t."id", t."mail", t."name")::pg_catalog.text, 0) as found
    from (select m.src, m."t_id" as "k_id" from "pg_temp"."wb_match_0" as m where m.verdict operator(pg_catalog.=) 'keep') as m join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src join only "public"."author" as t on t."id" operator("pg_catalog".=) m."k_id"
  ) as q
) as r group by r.chunk;

/* engine.ledger.record-left-out */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'author', 'blocked', 1000000 operator(pg_catalog.+) r.chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], null::pg_catalog.text[], pg_catalog.array_agg(r.name order by r.place), null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (select array[s."mail"::pg_catalog.text]::pg_catalog.text as name, pg_catalog.row_number() over (order by s.ctid) as place from "pg_temp"."wb_reject_0" as m join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src) as q
) as r group by r.chunk;

/* engine.ledger.record-left-out */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'book', 'blocked', 1000000 operator(pg_catalog.+) r.chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], null::pg_catalog.text[], pg_catalog.array_agg(r.name order by r.place), null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (select array[s."isbn"::pg_catalog.text]::pg_catalog.text as name, pg_catalog.row_number() over (order by s.ctid) as place from "pg_temp"."wb_reject_1" as m join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) m.src) as q
) as r group by r.chunk;

/* engine.ledger.record-left-out */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'note', 'blocked', 1000000 operator(pg_catalog.+) r.chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], null::pg_catalog.text[], pg_catalog.array_agg(r.name order by r.place), null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (select array[s."id"::pg_catalog.text]::pg_catalog.text as name, pg_catalog.row_number() over (order by s.ctid) as place from "pg_temp"."wb_reject_2" as m join "pg_temp"."wb_stage_2" as s on s.ctid operator(pg_catalog.=) m.src) as q
) as r group by r.chunk;

/* engine.ledger.record-provenance */
insert into "waybill"."provenance" (table_schema, table_name, origin_database, origin_key, key, run_id)
select 'public', 'note', s."origin_database", s."origin_key", array[(n.id)::pg_catalog.text], 'run-TEST'
from "pg_temp"."wb_stage_2" as s
join "pg_temp"."wb_new_2" as n on n.src operator(pg_catalog.=) s.ctid
where true and s."origin_database" is not null
on conflict (table_schema, table_name, origin_database, origin_key) do update set key = excluded.key, run_id = excluded.run_id;

copy (
  /* engine.ledger.lines */
  select pg_catalog.json_build_object('table', (l.table_schema operator(pg_catalog.||) '.') operator(pg_catalog.||) l.table_name, 'verdict', l.verdict, 'chunk', l.chunk, 'n', l.n, 'lo', l.lo, 'hi', l.hi, 'ids', l.ids, 'keys', l.keys, 'names', l.names, 'before', l.before, 'after', l.after, 'found', l.found::pg_catalog.text[])::pg_catalog.text
  from "waybill"."ledger" as l where l.run_id operator(pg_catalog.=) 'run-TEST'
  order by l.table_schema, l.table_name, l.verdict, l.chunk
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

/* engine.reject.create-carry */
create temporary table "wb_carry_0" (src pg_catalog.tid primary key);

/* engine.reject.carry-rejected */
insert into "pg_temp"."wb_carry_0" select x.src from "pg_temp"."wb_reject_0" as x on conflict do nothing;

/* engine.reject.carry-parents */
insert into "pg_temp"."wb_carry_0"
select distinct p.ctid from "pg_temp"."wb_carry_1" as c join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) c.src join "pg_temp"."wb_stage_0" as p on p."id" operator("pg_catalog".=) s."author_id"
on conflict do nothing;

/* engine.reject.carry-parents */
insert into "pg_temp"."wb_carry_1"
select distinct p.ctid from "pg_temp"."wb_carry_1" as c join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) c.src join "pg_temp"."wb_stage_1" as p on p."isbn" operator("pg_catalog".=) s."sequel_of"
on conflict do nothing;

/* engine.reject.carry-parents */
insert into "pg_temp"."wb_carry_1"
select distinct p.ctid from "pg_temp"."wb_carry_2" as c join "pg_temp"."wb_stage_2" as s on s.ctid operator(pg_catalog.=) c.src join "pg_temp"."wb_stage_1" as p on p."isbn" operator("pg_catalog".=) s."isbn"
on conflict do nothing;

/* engine.reject.count-carried */
select ((select pg_catalog.count(*) from "pg_temp"."wb_carry_0") operator(pg_catalog.+) 0)::integer as count;

copy (
  /* engine.reject.copy-carried */
  select s."id", s."mail", s."name" from "pg_temp"."wb_stage_0" as s where exists (select 1 from "pg_temp"."wb_carry_0" as c where c.src operator(pg_catalog.=) s.ctid)
) to stdout;

copy (
  /* engine.reject.copy-carried */
  select s."isbn", s."author_id", s."sequel_of", s."pages" from "pg_temp"."wb_stage_1" as s where exists (select 1 from "pg_temp"."wb_carry_1" as c where c.src operator(pg_catalog.=) s.ctid)
) to stdout;

copy (
  /* engine.reject.copy-carried */
  select s."id", s."isbn", s."body", s."origin_database", s."origin_key" from "pg_temp"."wb_stage_2" as s where exists (select 1 from "pg_temp"."wb_carry_2" as c where c.src operator(pg_catalog.=) s.ctid)
) to stdout;

/* engine.marker.complete */
update "waybill"."run" set plan_hash = $1, summary = $2::pg_catalog.jsonb where run_id operator(pg_catalog.=) $3;
