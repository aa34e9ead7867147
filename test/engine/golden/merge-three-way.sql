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
select s.ctid as src, case when row(s."name")::pg_catalog.record operator(pg_catalog.*=) row(t."name")::pg_catalog.record then 'same' else 'differs' end as verdict, t."id" as "t_id"
from "pg_temp"."wb_stage_0" as s
join only "public"."author" as t on t."mail" operator("pg_catalog".=) s."mail";

/* engine.resolve.match-rows */
create temporary table "wb_match_1" as
select s.ctid as src, case when row("r0"."t_id", s."sequel_of", s."pages")::pg_catalog.record operator(pg_catalog.*=) row(t."author_id", t."sequel_of", t."pages")::pg_catalog.record and ((s."author_id" is not null)) operator(pg_catalog.=) (t."author_id" is not null) then 'same' else 'differs' end as verdict, t."isbn" as "t_isbn"
from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_known_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."author_id"
join only "public"."book" as t on t."isbn" operator("pg_catalog".=) s."isbn";

/* engine.resolve.match-rows */
create temporary table "wb_match_2" as
select s.ctid as src, case when row(s."isbn")::pg_catalog.record operator(pg_catalog.*=) row(t."isbn")::pg_catalog.record and case
    when s."body" is null or t."body" is null then s."body" is null and t."body" is null
    when row(s."body")::pg_catalog.record operator(pg_catalog.*=) row(t."body")::pg_catalog.record then true
    when pg_catalog.strpos(s."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(t."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else s."body"::pg_catalog.jsonb operator(pg_catalog.=) t."body"::pg_catalog.jsonb end then 'same' else 'differs' end as verdict, t."id" as "t_id"
from "pg_temp"."wb_stage_2" as s
join only "public"."note" as t on s."origin_database" operator(pg_catalog.=) '01DATABASE' and "t"."id" operator("pg_catalog".=) (s."origin_key")[1]::integer and not exists (select 1 from "waybill"."provenance" as e where e.table_schema operator(pg_catalog.=) 'public' and e.table_name operator(pg_catalog.=) 'note'
  and e.key operator(pg_catalog.=) array["t"."id"::pg_catalog.text] and (e.origin_database operator(pg_catalog.<>) '01DATABASE' or e.origin_key operator(pg_catalog.<>) e.key))
union all
select s.ctid as src, case when row(s."isbn")::pg_catalog.record operator(pg_catalog.*=) row(t."isbn")::pg_catalog.record and case
    when s."body" is null or t."body" is null then s."body" is null and t."body" is null
    when row(s."body")::pg_catalog.record operator(pg_catalog.*=) row(t."body")::pg_catalog.record then true
    when pg_catalog.strpos(s."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(t."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else s."body"::pg_catalog.jsonb operator(pg_catalog.=) t."body"::pg_catalog.jsonb end then 'same' else 'differs' end as verdict, t."id" as "t_id"
from "pg_temp"."wb_stage_2" as s
join "waybill"."provenance" as p on p.table_schema operator(pg_catalog.=) 'public' and p.table_name operator(pg_catalog.=) 'note'
  and p.origin_database operator(pg_catalog.=) s."origin_database" and p.origin_key operator(pg_catalog.=) s."origin_key"
join only "public"."note" as t on "t"."id" operator("pg_catalog".=) (p.key)[1]::integer
where (s."origin_database" operator(pg_catalog.<>) '01DATABASE' or not exists (select 1 from only "public"."note" as h where "h"."id" operator("pg_catalog".=) (s."origin_key")[1]::integer and not exists (select 1 from "waybill"."provenance" as e where e.table_schema operator(pg_catalog.=) 'public' and e.table_name operator(pg_catalog.=) 'note'
  and e.key operator(pg_catalog.=) array["h"."id"::pg_catalog.text] and (e.origin_database operator(pg_catalog.<>) '01DATABASE' or e.origin_key operator(pg_catalog.<>) e.key))));

/* engine.plan.create-need */
create temporary table "wb_need_0" as
select n.*, pg_catalog.row_number() over () as need from (
select 'differing' as kind, m.src, m."t_id" as "k_id", "s"."mail" as "l_0"
from "pg_temp"."wb_match_0" as m join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src where m.verdict operator(pg_catalog.=) 'differs'
union all
select 'arriving' as kind, s.ctid as src, null::integer as "k_id", "s"."mail" as "l_0"
from "pg_temp"."wb_stage_0" as s where not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid)
union all
select 'gone' as kind, null::pg_catalog.tid as src, t."id" as "k_id", "t"."mail" as "l_0"
from only "public"."author" as t where not exists (select 1 from "pg_temp"."wb_match_0" as m where t."id" operator("pg_catalog".=) m."t_id")
) as n;

/* engine.plan.create-base */
create temporary table "wb_base_0" as
select null::bigint as need, t."id" as "k_id", t."name" as "b_name", false as "o_name" from only "public"."author" as t where false;

/* engine.plan.count-wanting */
select pg_catalog.count(*)::bigint as count from "pg_temp"."wb_need_0" as n where not exists (select 1 from "pg_temp"."wb_base_0" as x where x.need operator(pg_catalog.=) n.need);

/* engine.plan.fill-base */
insert into "pg_temp"."wb_base_0" (need, "k_id", "b_name", "o_name")
select n.need, n."k_id", b."b_name", true
from "pg_temp"."wb_need_0" as n join (
  select "s"."mail" as "l_0", s."name" as "b_name"
  from "pg_temp"."wb_stage_100000" as s
  
) as b on n."l_0" operator("pg_catalog".=) b."l_0"
where not exists (select 1 from "pg_temp"."wb_base_0" as x where x.need operator(pg_catalog.=) n.need);

/* engine.plan.settle-absent */
delete from "pg_temp"."wb_need_0" as n
where n.kind operator(pg_catalog.=) 'gone' and not exists (select 1 from "pg_temp"."wb_base_0" as x where x.need operator(pg_catalog.=) n.need)
  and not exists (select 1 from (select "s"."mail" as "l_0" from "pg_temp"."wb_stage_100000" as s) as b where n."l_0" operator("pg_catalog".=) b."l_0");

/* engine.plan.create-change */
create temporary table "wb_change_0" as
select cells.src, cells.name, case when cells."o_name" operator(pg_catalog.=) 'x' then 'conflict' when cells."o_name" operator(pg_catalog.=) 'i' then 'update' when cells."o_name" operator(pg_catalog.=) 'c' then 'keep' else 'same' end as verdict, cells."k_id", cells."i_name", cells."c_name", (cells."o_name")::"char" as "o_name", cells."b_name", cells."k_base name"
from (
  select m.src, "s"."mail"::pg_catalog.text as name, m."t_id" as "k_id", s."name" as "i_name", t."name" as "c_name", case when (row(s."name")::pg_catalog.record operator(pg_catalog.*=) row(t."name")::pg_catalog.record) then '=' when (b."o_name" and (row(s."name")::pg_catalog.record operator(pg_catalog.*=) row(b."b_name")::pg_catalog.record)) then 'c' when (b."o_name" and (row(t."name")::pg_catalog.record operator(pg_catalog.*=) row(b."b_name")::pg_catalog.record)) then 'i' else 'x' end as "o_name", b."b_name", b."o_name" as "k_base name"
  from "pg_temp"."wb_match_0" as m
  join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src
  join only "public"."author" as t on t."id" operator("pg_catalog".=) m."t_id"
left join "pg_temp"."wb_base_0" as b on b."k_id" operator("pg_catalog".=) m."t_id"
  where m.verdict operator(pg_catalog.=) 'differs'
  offset 0
) as cells;

/* engine.plan.create-gone */
create temporary table "wb_gone_0" as
select n.need, case when (not b."o_name" or (row(t."name")::pg_catalog.record operator(pg_catalog.*=) row(b."b_name")::pg_catalog.record)) then 'delete' else 'conflict' end as verdict, "t"."mail"::pg_catalog.text as name, n."k_id"
from "pg_temp"."wb_need_0" as n join "pg_temp"."wb_base_0" as b on b.need operator(pg_catalog.=) n.need
join only "public"."author" as t on t."id" operator("pg_catalog".=) n."k_id"
where n.kind operator(pg_catalog.=) 'gone';

/* engine.plan.create-stay */
create temporary table "wb_stay_0" as
select y.src, y.need, y.verdict from (
  select n.src, n.need, case when (not b."o_name" or (row(s."name")::pg_catalog.record operator(pg_catalog.*=) row(b."b_name")::pg_catalog.record)) then 'keep' else 'conflict' end as verdict
  from "pg_temp"."wb_need_0" as n join "pg_temp"."wb_base_0" as b on b.need operator(pg_catalog.=) n.need
  join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) n.src
  where n.kind operator(pg_catalog.=) 'arriving'
) as y where y.verdict operator(pg_catalog.<>) 'insert';

/* engine.plan.create-need */
create temporary table "wb_need_1" as
select n.*, pg_catalog.row_number() over () as need from (
select 'differing' as kind, m.src, m."t_isbn" as "k_isbn", "s"."isbn" as "l_0"
from "pg_temp"."wb_match_1" as m join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) m.src where m.verdict operator(pg_catalog.=) 'differs'
union all
select 'arriving' as kind, s.ctid as src, null::pg_catalog.text as "k_isbn", "s"."isbn" as "l_0"
from "pg_temp"."wb_stage_1" as s where not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid)
union all
select 'gone' as kind, null::pg_catalog.tid as src, t."isbn" as "k_isbn", "t"."isbn" as "l_0"
from only "public"."book" as t where not exists (select 1 from "pg_temp"."wb_match_1" as m where t."isbn" operator("pg_catalog".=) m."t_isbn")
) as n;

/* engine.plan.create-base */
create temporary table "wb_base_1" as
select null::bigint as need, t."isbn" as "k_isbn", null::pg_catalog.text as "b_author_id", false as "o_author_id", t."sequel_of" as "b_sequel_of", false as "o_sequel_of", t."pages" as "b_pages", false as "o_pages" from only "public"."book" as t where false;

/* engine.plan.fill-base */
insert into "pg_temp"."wb_base_1" (need, "k_isbn", "b_author_id", "o_author_id", "b_sequel_of", "o_sequel_of", "b_pages", "o_pages")
select n.need, n."k_isbn", b."b_author_id", true, b."b_sequel_of", true, b."b_pages", true
from "pg_temp"."wb_need_1" as n join (
  select "s"."isbn" as "l_0", "s.parent.book_author_id_fkey"."mail"::pg_catalog.text as "b_author_id", s."sequel_of" as "b_sequel_of", s."pages" as "b_pages"
  from "pg_temp"."wb_stage_100001" as s
left join "pg_temp"."wb_stage_100000" as "s.parent.book_author_id_fkey" on "s.parent.book_author_id_fkey"."id" operator("pg_catalog".=) "s"."author_id"
  
) as b on n."l_0" operator("pg_catalog".=) b."l_0"
where not exists (select 1 from "pg_temp"."wb_base_1" as x where x.need operator(pg_catalog.=) n.need);

/* engine.plan.settle-absent */
delete from "pg_temp"."wb_need_1" as n
where n.kind operator(pg_catalog.=) 'gone' and not exists (select 1 from "pg_temp"."wb_base_1" as x where x.need operator(pg_catalog.=) n.need)
  and not exists (select 1 from (select "s"."isbn" as "l_0" from "pg_temp"."wb_stage_100001" as s) as b where n."l_0" operator("pg_catalog".=) b."l_0");

/* engine.plan.create-change */
create temporary table "wb_change_1" as
select cells.src, cells.name, case when cells."o_author_id" operator(pg_catalog.=) 'x' or cells."o_sequel_of" operator(pg_catalog.=) 'x' or cells."o_pages" operator(pg_catalog.=) 'x' then 'conflict' when cells."o_author_id" operator(pg_catalog.=) 'i' or cells."o_sequel_of" operator(pg_catalog.=) 'i' or cells."o_pages" operator(pg_catalog.=) 'i' then 'update' when cells."o_author_id" operator(pg_catalog.=) 'c' or cells."o_sequel_of" operator(pg_catalog.=) 'c' or cells."o_pages" operator(pg_catalog.=) 'c' then 'keep' else 'same' end as verdict, cells."k_isbn", cells."i_author_id", cells."c_author_id", (cells."o_author_id")::"char" as "o_author_id", cells."b_author_id", cells."k_base author_id", cells."i_sequel_of", cells."c_sequel_of", (cells."o_sequel_of")::"char" as "o_sequel_of", cells."b_sequel_of", cells."k_base sequel_of", cells."i_pages", cells."c_pages", (cells."o_pages")::"char" as "o_pages", cells."b_pages", cells."k_base pages", cells."p_author_id", cells."q_author_id"
from (
  select m.src, "s"."isbn"::pg_catalog.text as name, m."t_isbn" as "k_isbn", "r0"."t_id" as "i_author_id", t."author_id" as "c_author_id", case when ((row("r0"."t_id")::pg_catalog.record operator(pg_catalog.*=) row(t."author_id")::pg_catalog.record) and ((s."author_id" is not null)) operator(pg_catalog.=) (t."author_id" is not null)) then '=' when (b."o_author_id" and (row("s.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.record operator(pg_catalog.*=) row(b."b_author_id")::pg_catalog.record)) then 'c' when (b."o_author_id" and (row("t.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.record operator(pg_catalog.*=) row(b."b_author_id")::pg_catalog.record)) then 'i' else 'x' end as "o_author_id", b."b_author_id", b."o_author_id" as "k_base author_id", s."sequel_of" as "i_sequel_of", t."sequel_of" as "c_sequel_of", case when (row(s."sequel_of")::pg_catalog.record operator(pg_catalog.*=) row(t."sequel_of")::pg_catalog.record) then '=' when (b."o_sequel_of" and (row(s."sequel_of")::pg_catalog.record operator(pg_catalog.*=) row(b."b_sequel_of")::pg_catalog.record)) then 'c' when (b."o_sequel_of" and (row(t."sequel_of")::pg_catalog.record operator(pg_catalog.*=) row(b."b_sequel_of")::pg_catalog.record)) then 'i' else 'x' end as "o_sequel_of", b."b_sequel_of", b."o_sequel_of" as "k_base sequel_of", s."pages" as "i_pages", t."pages" as "c_pages", case when (row(s."pages")::pg_catalog.record operator(pg_catalog.*=) row(t."pages")::pg_catalog.record) then '=' when (b."o_pages" and (row(s."pages")::pg_catalog.record operator(pg_catalog.*=) row(b."b_pages")::pg_catalog.record)) then 'c' when (b."o_pages" and (row(t."pages")::pg_catalog.record operator(pg_catalog.*=) row(b."b_pages")::pg_catalog.record)) then 'i' else 'x' end as "o_pages", b."b_pages", b."o_pages" as "k_base pages", "s.parent.book_author_id_fkey"."mail"::pg_catalog.text as "p_author_id", "t.parent.book_author_id_fkey"."mail"::pg_catalog.text as "q_author_id"
  from "pg_temp"."wb_match_1" as m
  join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) m.src
left join "pg_temp"."wb_known_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."author_id"
  join only "public"."book" as t on t."isbn" operator("pg_catalog".=) m."t_isbn"
left join "pg_temp"."wb_base_1" as b on b."k_isbn" operator("pg_catalog".=) m."t_isbn"
left join "pg_temp"."wb_stage_0" as "s.parent.book_author_id_fkey" on "s.parent.book_author_id_fkey"."id" operator("pg_catalog".=) "s"."author_id"
left join only "public"."author" as "t.parent.book_author_id_fkey" on "t.parent.book_author_id_fkey"."id" operator("pg_catalog".=) "t"."author_id"
  where m.verdict operator(pg_catalog.=) 'differs'
  offset 0
) as cells;

/* engine.plan.create-gone */
create temporary table "wb_gone_1" as
select n.need, case when (not b."o_author_id" or (row("t.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.record operator(pg_catalog.*=) row(b."b_author_id")::pg_catalog.record)) and (not b."o_sequel_of" or (row(t."sequel_of")::pg_catalog.record operator(pg_catalog.*=) row(b."b_sequel_of")::pg_catalog.record)) and (not b."o_pages" or (row(t."pages")::pg_catalog.record operator(pg_catalog.*=) row(b."b_pages")::pg_catalog.record)) then 'delete' else 'conflict' end as verdict, "t"."isbn"::pg_catalog.text as name, n."k_isbn"
from "pg_temp"."wb_need_1" as n join "pg_temp"."wb_base_1" as b on b.need operator(pg_catalog.=) n.need
join only "public"."book" as t on t."isbn" operator("pg_catalog".=) n."k_isbn"
left join only "public"."author" as "t.parent.book_author_id_fkey" on "t.parent.book_author_id_fkey"."id" operator("pg_catalog".=) "t"."author_id"
where n.kind operator(pg_catalog.=) 'gone';

/* engine.plan.create-stay */
create temporary table "wb_stay_1" as
select y.src, y.need, y.verdict from (
  select n.src, n.need, case when (not b."o_author_id" or (row("s.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.record operator(pg_catalog.*=) row(b."b_author_id")::pg_catalog.record)) and (not b."o_sequel_of" or (row(s."sequel_of")::pg_catalog.record operator(pg_catalog.*=) row(b."b_sequel_of")::pg_catalog.record)) and (not b."o_pages" or (row(s."pages")::pg_catalog.record operator(pg_catalog.*=) row(b."b_pages")::pg_catalog.record)) then 'keep' else 'conflict' end as verdict
  from "pg_temp"."wb_need_1" as n join "pg_temp"."wb_base_1" as b on b.need operator(pg_catalog.=) n.need
  join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) n.src
left join "pg_temp"."wb_stage_0" as "s.parent.book_author_id_fkey" on "s.parent.book_author_id_fkey"."id" operator("pg_catalog".=) "s"."author_id"
  where n.kind operator(pg_catalog.=) 'arriving'
) as y where y.verdict operator(pg_catalog.<>) 'insert';

/* engine.plan.create-need */
create temporary table "wb_need_2" as
select n.*, pg_catalog.row_number() over () as need from (
select 'differing' as kind, m.src, m."t_id" as "k_id", "s"."origin_database" as "l_0", "s"."origin_key"::pg_catalog.text as "l_1"
from "pg_temp"."wb_match_2" as m join "pg_temp"."wb_stage_2" as s on s.ctid operator(pg_catalog.=) m.src where m.verdict operator(pg_catalog.=) 'differs'
union all
select 'arriving' as kind, s.ctid as src, null::integer as "k_id", "s"."origin_database" as "l_0", "s"."origin_key"::pg_catalog.text as "l_1"
from "pg_temp"."wb_stage_2" as s where not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid)
union all
select 'gone' as kind, null::pg_catalog.tid as src, t."id" as "k_id", coalesce("t.key.origin"."origin_database", '01DATABASE') as "l_0", coalesce("t.key.origin"."origin_key", array["t"."id"::pg_catalog.text])::pg_catalog.text as "l_1"
from only "public"."note" as t
left join (select distinct on (v.key) v.key, v.origin_database, v.origin_key from "waybill"."provenance" as v
  where v.table_schema operator(pg_catalog.=) 'public' and v.table_name operator(pg_catalog.=) 'note'
  order by v.key, v.origin_database, v.origin_key) as "t.key.origin" on "t.key.origin"."key" operator(pg_catalog.=) array["t"."id"::pg_catalog.text] where not exists (select 1 from "pg_temp"."wb_match_2" as m where t."id" operator("pg_catalog".=) m."t_id")
) as n;

/* engine.plan.create-base */
create temporary table "wb_base_2" as
select null::bigint as need, t."id" as "k_id", t."isbn" as "b_isbn", false as "o_isbn", t."body" as "b_body", false as "o_body" from only "public"."note" as t where false;

/* engine.plan.fill-base */
insert into "pg_temp"."wb_base_2" (need, "k_id", "b_isbn", "o_isbn", "b_body", "o_body")
select n.need, n."k_id", b."b_isbn", true, b."b_body", true
from "pg_temp"."wb_need_2" as n join (
  select "s"."origin_database" as "l_0", "s"."origin_key"::pg_catalog.text as "l_1", s."isbn" as "b_isbn", s."body" as "b_body"
  from "pg_temp"."wb_stage_100002" as s
  
) as b on n."l_0" operator("pg_catalog".=) b."l_0" and n."l_1" operator("pg_catalog".=) b."l_1"
where not exists (select 1 from "pg_temp"."wb_base_2" as x where x.need operator(pg_catalog.=) n.need);

/* engine.plan.settle-absent */
delete from "pg_temp"."wb_need_2" as n
where n.kind operator(pg_catalog.=) 'gone' and not exists (select 1 from "pg_temp"."wb_base_2" as x where x.need operator(pg_catalog.=) n.need)
  and not exists (select 1 from (select "s"."origin_database" as "l_0", "s"."origin_key"::pg_catalog.text as "l_1" from "pg_temp"."wb_stage_100002" as s) as b where n."l_0" operator("pg_catalog".=) b."l_0" and n."l_1" operator("pg_catalog".=) b."l_1");

/* engine.plan.create-change */
create temporary table "wb_change_2" as
select cells.src, cells.name, case when cells."o_isbn" operator(pg_catalog.=) 'x' or cells."o_body" operator(pg_catalog.=) 'x' then 'conflict' when cells."o_isbn" operator(pg_catalog.=) 'i' or cells."o_body" operator(pg_catalog.=) 'i' then 'update' when cells."o_isbn" operator(pg_catalog.=) 'c' or cells."o_body" operator(pg_catalog.=) 'c' then 'keep' else 'same' end as verdict, cells."k_id", cells."i_isbn", cells."c_isbn", (cells."o_isbn")::"char" as "o_isbn", cells."b_isbn", cells."k_base isbn", cells."i_body", cells."c_body", (cells."o_body")::"char" as "o_body", cells."b_body", cells."k_base body"
from (
  select m.src, case when "s"."origin_database" is not null then array["s"."origin_database"::pg_catalog.text, "s"."origin_key"::pg_catalog.text::pg_catalog.text]::pg_catalog.text end as name, m."t_id" as "k_id", s."isbn" as "i_isbn", t."isbn" as "c_isbn", case when (row(s."isbn")::pg_catalog.record operator(pg_catalog.*=) row(t."isbn")::pg_catalog.record) then '=' when (b."o_isbn" and (row(s."isbn")::pg_catalog.record operator(pg_catalog.*=) row(b."b_isbn")::pg_catalog.record)) then 'c' when (b."o_isbn" and (row(t."isbn")::pg_catalog.record operator(pg_catalog.*=) row(b."b_isbn")::pg_catalog.record)) then 'i' else 'x' end as "o_isbn", b."b_isbn", b."o_isbn" as "k_base isbn", s."body" as "i_body", t."body" as "c_body", case when case
    when s."body" is null or t."body" is null then s."body" is null and t."body" is null
    when row(s."body")::pg_catalog.record operator(pg_catalog.*=) row(t."body")::pg_catalog.record then true
    when pg_catalog.strpos(s."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(t."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else s."body"::pg_catalog.jsonb operator(pg_catalog.=) t."body"::pg_catalog.jsonb end then '=' when (b."o_body" and case
    when s."body" is null or b."b_body" is null then s."body" is null and b."b_body" is null
    when row(s."body")::pg_catalog.record operator(pg_catalog.*=) row(b."b_body")::pg_catalog.record then true
    when pg_catalog.strpos(s."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(b."b_body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else s."body"::pg_catalog.jsonb operator(pg_catalog.=) b."b_body"::pg_catalog.jsonb end) then 'c' when (b."o_body" and case
    when t."body" is null or b."b_body" is null then t."body" is null and b."b_body" is null
    when row(t."body")::pg_catalog.record operator(pg_catalog.*=) row(b."b_body")::pg_catalog.record then true
    when pg_catalog.strpos(t."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(b."b_body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else t."body"::pg_catalog.jsonb operator(pg_catalog.=) b."b_body"::pg_catalog.jsonb end) then 'i' else 'x' end as "o_body", b."b_body", b."o_body" as "k_base body"
  from "pg_temp"."wb_match_2" as m
  join "pg_temp"."wb_stage_2" as s on s.ctid operator(pg_catalog.=) m.src
  join only "public"."note" as t on t."id" operator("pg_catalog".=) m."t_id"
left join "pg_temp"."wb_base_2" as b on b."k_id" operator("pg_catalog".=) m."t_id"
  where m.verdict operator(pg_catalog.=) 'differs'
  offset 0
) as cells;

/* engine.plan.create-gone */
create temporary table "wb_gone_2" as
select n.need, case when (not b."o_isbn" or (row(t."isbn")::pg_catalog.record operator(pg_catalog.*=) row(b."b_isbn")::pg_catalog.record)) and (not b."o_body" or case
    when t."body" is null or b."b_body" is null then t."body" is null and b."b_body" is null
    when row(t."body")::pg_catalog.record operator(pg_catalog.*=) row(b."b_body")::pg_catalog.record then true
    when pg_catalog.strpos(t."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(b."b_body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else t."body"::pg_catalog.jsonb operator(pg_catalog.=) b."b_body"::pg_catalog.jsonb end) then 'delete' else 'conflict' end as verdict, case when coalesce("t.key.origin"."origin_database", '01DATABASE') is not null then array[coalesce("t.key.origin"."origin_database", '01DATABASE')::pg_catalog.text, coalesce("t.key.origin"."origin_key", array["t"."id"::pg_catalog.text])::pg_catalog.text::pg_catalog.text]::pg_catalog.text end as name, n."k_id"
from "pg_temp"."wb_need_2" as n join "pg_temp"."wb_base_2" as b on b.need operator(pg_catalog.=) n.need
join only "public"."note" as t on t."id" operator("pg_catalog".=) n."k_id"
left join (select distinct on (v.key) v.key, v.origin_database, v.origin_key from "waybill"."provenance" as v
  where v.table_schema operator(pg_catalog.=) 'public' and v.table_name operator(pg_catalog.=) 'note'
  order by v.key, v.origin_database, v.origin_key) as "t.key.origin" on "t.key.origin"."key" operator(pg_catalog.=) array["t"."id"::pg_catalog.text]
where n.kind operator(pg_catalog.=) 'gone';

/* engine.plan.create-stay */
create temporary table "wb_stay_2" as
select y.src, y.need, y.verdict from (
  select n.src, n.need, case when (not b."o_isbn" or (row(s."isbn")::pg_catalog.record operator(pg_catalog.*=) row(b."b_isbn")::pg_catalog.record)) and (not b."o_body" or case
    when s."body" is null or b."b_body" is null then s."body" is null and b."b_body" is null
    when row(s."body")::pg_catalog.record operator(pg_catalog.*=) row(b."b_body")::pg_catalog.record then true
    when pg_catalog.strpos(s."body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 or pg_catalog.strpos(b."b_body"::pg_catalog.text, '\u0000') operator(pg_catalog.>) 0 then false
    else s."body"::pg_catalog.jsonb operator(pg_catalog.=) b."b_body"::pg_catalog.jsonb end) then 'keep' else 'conflict' end as verdict
  from "pg_temp"."wb_need_2" as n join "pg_temp"."wb_base_2" as b on b.need operator(pg_catalog.=) n.need
  join "pg_temp"."wb_stage_2" as s on s.ctid operator(pg_catalog.=) n.src
  where n.kind operator(pg_catalog.=) 'arriving'
) as y where y.verdict operator(pg_catalog.<>) 'insert';

/* engine.plan.create-delete */
create temporary table "wb_delete_0" ("k_id" integer);

/* engine.plan.fill-delete */
insert into "pg_temp"."wb_delete_0" ("k_id") select "k_id" from "pg_temp"."wb_gone_0" as g where g.verdict operator(pg_catalog.=) 'delete';

/* engine.plan.create-delete */
create temporary table "wb_delete_1" ("k_isbn" pg_catalog.text);

/* engine.plan.fill-delete */
insert into "pg_temp"."wb_delete_1" ("k_isbn") select "k_isbn" from "pg_temp"."wb_gone_1" as g where g.verdict operator(pg_catalog.=) 'delete';

/* engine.plan.drop-removals */ drop table if exists pg_temp.wb_removal, pg_temp.wb_removal_edge;

/* engine.plan.create-removals */
create temporary table wb_removal (load integer not null, src pg_catalog.tid not null, child pg_catalog.text not null, constraint_name pg_catalog.text not null, repointed boolean not null);

/* engine.plan.create-removal-edges */
create temporary table wb_removal_edge (parent integer not null, parent_src pg_catalog.tid not null, load integer not null, src pg_catalog.tid not null, child pg_catalog.text not null, constraint_name pg_catalog.text not null);

/* engine.plan.find-referenced */
insert into pg_temp.wb_removal (load, src, child, constraint_name, repointed)
select 0, d.ctid, 'public.book', 'book_author_id_fkey', pg_catalog.bool_and(g.verdict is not null and not coalesce(d."k_id" operator("pg_catalog".=) case when g."o_author_id" operator(pg_catalog.=) 'i' then g."i_author_id" else c."author_id" end, false))
from "pg_temp"."wb_delete_0" as d
join only "public"."book" as c on d."k_id" operator("pg_catalog".=) c."author_id"
left join "pg_temp"."wb_change_1" as g on g.verdict operator(pg_catalog.=) 'update' and c."isbn" operator("pg_catalog".=) g."k_isbn"
where not exists (select 1 from "pg_temp"."wb_delete_1" as x where c."isbn" operator("pg_catalog".=) x."k_isbn")
group by d.ctid;

/* engine.plan.find-newly-referenced */
insert into pg_temp.wb_removal (load, src, child, constraint_name, repointed)
select distinct 0, d.ctid, 'public.book', 'book_author_id_fkey', false
from "pg_temp"."wb_change_1" as g
join only "public"."book" as c on g.verdict operator(pg_catalog.=) 'update' and c."isbn" operator("pg_catalog".=) g."k_isbn"
join (select d.ctid, d."k_id" as "k_id" from "pg_temp"."wb_delete_0" as d) as d
  on d."k_id" operator("pg_catalog".=) case when g."o_author_id" operator(pg_catalog.=) 'i' then g."i_author_id" else c."author_id" end
where g."o_author_id" operator(pg_catalog.=) 'i' and not exists (select 1 from "pg_temp"."wb_delete_1" as x where c."isbn" operator("pg_catalog".=) x."k_isbn");

/* engine.plan.find-referenced */
insert into pg_temp.wb_removal (load, src, child, constraint_name, repointed)
select 1, d.ctid, 'public.book', 'book_sequel_of_fkey', pg_catalog.bool_and(g.verdict is not null and not coalesce(d."k_isbn" operator("pg_catalog".=) case when g."o_sequel_of" operator(pg_catalog.=) 'i' then g."i_sequel_of" else c."sequel_of" end, false))
from "pg_temp"."wb_delete_1" as d
join only "public"."book" as c on d."k_isbn" operator("pg_catalog".=) c."sequel_of"
left join "pg_temp"."wb_change_1" as g on g.verdict operator(pg_catalog.=) 'update' and c."isbn" operator("pg_catalog".=) g."k_isbn"
where not exists (select 1 from "pg_temp"."wb_delete_1" as x where c."isbn" operator("pg_catalog".=) x."k_isbn")
group by d.ctid;

/* engine.plan.find-newly-referenced */
insert into pg_temp.wb_removal (load, src, child, constraint_name, repointed)
select distinct 1, d.ctid, 'public.book', 'book_sequel_of_fkey', false
from "pg_temp"."wb_change_1" as g
join only "public"."book" as c on g.verdict operator(pg_catalog.=) 'update' and c."isbn" operator("pg_catalog".=) g."k_isbn"
join (select d.ctid, d."k_isbn" as "k_isbn" from "pg_temp"."wb_delete_1" as d) as d
  on d."k_isbn" operator("pg_catalog".=) case when g."o_sequel_of" operator(pg_catalog.=) 'i' then g."i_sequel_of" else c."sequel_of" end
where g."o_sequel_of" operator(pg_catalog.=) 'i' and not exists (select 1 from "pg_temp"."wb_delete_1" as x where c."isbn" operator("pg_catalog".=) x."k_isbn");

/* engine.plan.find-referenced */
insert into pg_temp.wb_removal (load, src, child, constraint_name, repointed)
select 1, d.ctid, 'public.note', 'note_isbn_fkey', pg_catalog.bool_and(g.verdict is not null and not coalesce(d."k_isbn" operator("pg_catalog".=) case when g."o_isbn" operator(pg_catalog.=) 'i' then g."i_isbn" else c."isbn" end, false))
from "pg_temp"."wb_delete_1" as d
join only "public"."note" as c on d."k_isbn" operator("pg_catalog".=) c."isbn"
left join "pg_temp"."wb_change_2" as g on g.verdict operator(pg_catalog.=) 'update' and c."id" operator("pg_catalog".=) g."k_id"
where not exists (select 1 from "pg_temp"."wb_delete_2" as x where c."id" operator("pg_catalog".=) x."k_id")
group by d.ctid;

/* engine.plan.find-newly-referenced */
insert into pg_temp.wb_removal (load, src, child, constraint_name, repointed)
select distinct 1, d.ctid, 'public.note', 'note_isbn_fkey', false
from "pg_temp"."wb_change_2" as g
join only "public"."note" as c on g.verdict operator(pg_catalog.=) 'update' and c."id" operator("pg_catalog".=) g."k_id"
join (select d.ctid, d."k_isbn" as "k_isbn" from "pg_temp"."wb_delete_1" as d) as d
  on d."k_isbn" operator("pg_catalog".=) case when g."o_isbn" operator(pg_catalog.=) 'i' then g."i_isbn" else c."isbn" end
where g."o_isbn" operator(pg_catalog.=) 'i' and not exists (select 1 from "pg_temp"."wb_delete_2" as x where c."id" operator("pg_catalog".=) x."k_id");

/* engine.plan.count-removals */ select pg_catalog.count(*)::bigint as count from pg_temp.wb_removal;

/* engine.plan.count-deletes */
select (pg_catalog.count(*) operator(pg_catalog.-) pg_catalog.count(w.src))::integer as early, pg_catalog.count(w.src)::integer as late
from "pg_temp"."wb_delete_0" as d left join pg_temp.wb_removal as w on w.load operator(pg_catalog.=) 0 and w.src operator(pg_catalog.=) d.ctid;

/* engine.validate.count-missing */
select pg_catalog.bool_or(not (s."mail" is not null)) as "c0", pg_catalog.bool_or(not (s."name" is not null)) as "c1"
from "pg_temp"."wb_stage_0" as s;

/* engine.validate.find-broken-check-of-changed */
insert into pg_temp.wb_issue (load, src, code, constraint_name, value, message)
select 0, f.waybill_src, 'check.violated', 'author_name_check', pg_catalog.left(f.waybill_name operator(pg_catalog.||) ': ' operator(pg_catalog.||) row(f."name")::pg_catalog.text, 200), 'The row as it would become breaks the CHECK author_name_check of public.author'
from (
  select ch.src as waybill_src, ch.name as waybill_name, ch."k_id", t."id" as "id", t."mail" as "mail", case when ch."o_name" operator(pg_catalog.=) 'i' then ch."i_name" else t."name" end as "name"
  from "pg_temp"."wb_change_0" as ch join only "public"."author" as t on t."id" operator("pg_catalog".=) ch."k_id"
  where ch.verdict operator(pg_catalog.=) 'update'
) as f where ((name <> ''::text)) is false;

/* engine.validate.find-broken-check */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 0, s.ctid, 'check.violated', null, 'author_name_check', pg_catalog.left(row(s."name")::pg_catalog.text, 200), 'The row breaks the CHECK author_name_check of public.author'
from "pg_temp"."wb_stage_0" as s where ((name <> ''::text)) is false and not exists (select 1 from "pg_temp"."wb_stay_0" as y where y.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.count-missing */
select pg_catalog.bool_or(not (s."isbn" is not null)) as "c0", pg_catalog.bool_or(not (s."author_id" is not null)) as "c1"
from "pg_temp"."wb_stage_1" as s;

/* engine.validate.find-taken */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'unique.violated', null, 'book_author_id_pages_key', pg_catalog.left(row("r0"."t_id", s."pages")::pg_catalog.text, 200), 'Another row of public.book has the same author_id, pages under another key'
from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_known_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."author_id"
where not exists (select 1 from "pg_temp"."wb_stay_1" as y where y.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and exists (select 1 from only "public"."book" as t where (t."author_id" operator("pg_catalog".=) "r0"."t_id" or (t."author_id" is null and ("r0"."t_id") is null)) and (t."pages" operator("pg_catalog".=) s."pages" or (t."pages" is null and (s."pages") is null)) and not (exists (select 1 from "pg_temp"."wb_change_1" as a where a.verdict operator(pg_catalog.=) 'update' and (a."o_author_id" operator(pg_catalog.=) 'i' or a."o_pages" operator(pg_catalog.=) 'i') and t."isbn" operator("pg_catalog".=) "a"."k_isbn") or exists (select 1 from "pg_temp"."wb_delete_1" as d where t."isbn" operator("pg_catalog".=) d."k_isbn" and not exists (select 1 from pg_temp.wb_removal as w where w.load operator(pg_catalog.=) 1 and w.src operator(pg_catalog.=) d.ctid))));

/* engine.validate.find-taken-of-changed */
insert into pg_temp.wb_issue (load, src, code, constraint_name, value, message)
select 1, f.waybill_src, 'unique.violated', 'book_author_id_pages_key', pg_catalog.left(f.waybill_name operator(pg_catalog.||) ': ' operator(pg_catalog.||) row(f."author_id", f."pages")::pg_catalog.text, 200), 'The row would become the same in author_id, pages as another row of public.book'
from (
  select ch.src as waybill_src, ch.name as waybill_name, ch."k_isbn", t."isbn" as "isbn", case when ch."o_author_id" operator(pg_catalog.=) 'i' then ch."i_author_id" else t."author_id" end as "author_id", case when ch."o_sequel_of" operator(pg_catalog.=) 'i' then ch."i_sequel_of" else t."sequel_of" end as "sequel_of", case when ch."o_pages" operator(pg_catalog.=) 'i' then ch."i_pages" else t."pages" end as "pages"
  from "pg_temp"."wb_change_1" as ch join only "public"."book" as t on t."isbn" operator("pg_catalog".=) ch."k_isbn"
  where ch.verdict operator(pg_catalog.=) 'update'
) as f where exists (select 1 from "pg_temp"."wb_change_1" as c where c.src operator(pg_catalog.=) f.waybill_src and (c."o_author_id" operator(pg_catalog.=) 'i' or c."o_pages" operator(pg_catalog.=) 'i')) and (exists (select 1 from only "public"."book" as t where (t."author_id" operator("pg_catalog".=) f."author_id" or (t."author_id" is null and f."author_id" is null)) and (t."pages" operator("pg_catalog".=) f."pages" or (t."pages" is null and f."pages" is null)) and not (t."isbn" operator("pg_catalog".=) "f"."k_isbn") and not (exists (select 1 from "pg_temp"."wb_change_1" as a where a.verdict operator(pg_catalog.=) 'update' and (a."o_author_id" operator(pg_catalog.=) 'i' or a."o_pages" operator(pg_catalog.=) 'i') and t."isbn" operator("pg_catalog".=) "a"."k_isbn") or exists (select 1 from "pg_temp"."wb_delete_1" as d where t."isbn" operator("pg_catalog".=) d."k_isbn" and not exists (select 1 from pg_temp.wb_removal as w where w.load operator(pg_catalog.=) 1 and w.src operator(pg_catalog.=) d.ctid)))) or exists (select 1 from (
  select ch.src as waybill_src, ch.name as waybill_name, ch."k_isbn", t."isbn" as "isbn", case when ch."o_author_id" operator(pg_catalog.=) 'i' then ch."i_author_id" else t."author_id" end as "author_id", case when ch."o_sequel_of" operator(pg_catalog.=) 'i' then ch."i_sequel_of" else t."sequel_of" end as "sequel_of", case when ch."o_pages" operator(pg_catalog.=) 'i' then ch."i_pages" else t."pages" end as "pages"
  from "pg_temp"."wb_change_1" as ch join only "public"."book" as t on t."isbn" operator("pg_catalog".=) ch."k_isbn"
  where ch.verdict operator(pg_catalog.=) 'update'
) as o where (o."author_id" operator("pg_catalog".=) f."author_id" or (o."author_id" is null and f."author_id" is null)) and (o."pages" operator("pg_catalog".=) f."pages" or (o."pages" is null and f."pages" is null)) and o.waybill_src operator(pg_catalog.<>) f.waybill_src and exists (select 1 from "pg_temp"."wb_change_1" as c where c.src operator(pg_catalog.=) o.waybill_src and (c."o_author_id" operator(pg_catalog.=) 'i' or c."o_pages" operator(pg_catalog.=) 'i'))) or exists (select 1 from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_known_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."author_id" where not exists (select 1 from "pg_temp"."wb_stay_1" as y where y.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and ("r0"."t_id" operator("pg_catalog".=) f."author_id" or ("r0"."t_id" is null and f."author_id" is null)) and (s."pages" operator("pg_catalog".=) f."pages" or (s."pages" is null and f."pages" is null))));

/* engine.validate.find-duplicate-origins */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 2, s.ctid, 'key.duplicate', null, null, pg_catalog.left(s."origin_key"::pg_catalog.text, 200), 'The row has the same origin as another row of public.note in the archive'
from "pg_temp"."wb_stage_2" as s
join (select s."origin_database", s."origin_key" from "pg_temp"."wb_stage_2" as s group by 1, 2 having pg_catalog.count(*) operator(pg_catalog.>) 1) as d on d."origin_database" operator(pg_catalog.=) s."origin_database" and d."origin_key" operator(pg_catalog.=) s."origin_key"
where not exists (select 1 from "pg_temp"."wb_stay_2" as y where y.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid);

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.missing', 'author_id', 'book_author_id_fkey', pg_catalog.left(row(s."author_id")::pg_catalog.text, 200), 'The row refers to public.author, and there is no such row in the archive or in the target'
from "pg_temp"."wb_stage_1" as s
where (s."author_id" is not null) and not exists (select 1 from "pg_temp"."wb_stay_1" as y where y.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_stage_0" as p where "p"."id" operator("pg_catalog".=) s."author_id" and not exists (select 1 from "pg_temp"."wb_stay_0" as y where y.src operator(pg_catalog.=) p.ctid)) and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'book_author_id_fkey');

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.missing', 'author_id', 'book_author_id_fkey', pg_catalog.left(row(s."author_id")::pg_catalog.text, 200), 'The row refers to public.author, and there is no such row in the archive or in the target'
from "pg_temp"."wb_change_1" as ch join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) ch.src
where (s."author_id" is not null) and ch.verdict operator(pg_catalog.=) 'update' and (ch."o_author_id" operator(pg_catalog.=) 'i') and not exists (select 1 from "pg_temp"."wb_stage_0" as p where "p"."id" operator("pg_catalog".=) s."author_id" and not exists (select 1 from "pg_temp"."wb_stay_0" as y where y.src operator(pg_catalog.=) p.ctid)) and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'book_author_id_fkey');

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.missing', 'sequel_of', 'book_sequel_of_fkey', pg_catalog.left(row(s."sequel_of")::pg_catalog.text, 200), 'The row refers to public.book, and there is no such row in the archive or in the target'
from "pg_temp"."wb_stage_1" as s
where (s."sequel_of" is not null) and not exists (select 1 from "pg_temp"."wb_stay_1" as y where y.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_stage_1" as p where "p"."isbn" operator("pg_catalog".=) s."sequel_of" and not exists (select 1 from "pg_temp"."wb_stay_1" as y where y.src operator(pg_catalog.=) p.ctid)) and not exists (select 1 from only "public"."book" as q where "q"."isbn" operator("pg_catalog".=) s."sequel_of") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'book_sequel_of_fkey');

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 1, s.ctid, 'reference.missing', 'sequel_of', 'book_sequel_of_fkey', pg_catalog.left(row(s."sequel_of")::pg_catalog.text, 200), 'The row refers to public.book, and there is no such row in the archive or in the target'
from "pg_temp"."wb_change_1" as ch join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) ch.src
where (s."sequel_of" is not null) and ch.verdict operator(pg_catalog.=) 'update' and (ch."o_sequel_of" operator(pg_catalog.=) 'i') and not exists (select 1 from "pg_temp"."wb_stage_1" as p where "p"."isbn" operator("pg_catalog".=) s."sequel_of" and not exists (select 1 from "pg_temp"."wb_stay_1" as y where y.src operator(pg_catalog.=) p.ctid)) and not exists (select 1 from only "public"."book" as q where "q"."isbn" operator("pg_catalog".=) s."sequel_of") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 1 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'book_sequel_of_fkey');

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 2, s.ctid, 'reference.missing', 'isbn', 'note_isbn_fkey', pg_catalog.left(row(s."isbn")::pg_catalog.text, 200), 'The row refers to public.book, and there is no such row in the archive or in the target'
from "pg_temp"."wb_stage_2" as s
where (s."isbn" is not null) and not exists (select 1 from "pg_temp"."wb_stay_2" as y where y.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_match_2" as m where m.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_stage_1" as p where "p"."isbn" operator("pg_catalog".=) s."isbn" and not exists (select 1 from "pg_temp"."wb_stay_1" as y where y.src operator(pg_catalog.=) p.ctid)) and not exists (select 1 from only "public"."book" as q where "q"."isbn" operator("pg_catalog".=) s."isbn") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 2 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'note_isbn_fkey');

/* engine.validate.find-dangling */
insert into pg_temp.wb_issue (load, src, code, column_name, constraint_name, value, message)
select 2, s.ctid, 'reference.missing', 'isbn', 'note_isbn_fkey', pg_catalog.left(row(s."isbn")::pg_catalog.text, 200), 'The row refers to public.book, and there is no such row in the archive or in the target'
from "pg_temp"."wb_change_2" as ch join "pg_temp"."wb_stage_2" as s on s.ctid operator(pg_catalog.=) ch.src
where (s."isbn" is not null) and ch.verdict operator(pg_catalog.=) 'update' and (ch."o_isbn" operator(pg_catalog.=) 'i') and not exists (select 1 from "pg_temp"."wb_stage_1" as p where "p"."isbn" operator("pg_catalog".=) s."isbn" and not exists (select 1 from "pg_temp"."wb_stay_1" as y where y.src operator(pg_catalog.=) p.ctid)) and not exists (select 1 from only "public"."book" as q where "q"."isbn" operator("pg_catalog".=) s."isbn") and not exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 2 and i.src operator(pg_catalog.=) s.ctid and i.constraint_name operator(pg_catalog.=) 'note_isbn_fkey');

/* engine.plan.mark-blocked */
update "pg_temp"."wb_change_0" as ch set verdict = 'blocked'
where exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 0 and i.src operator(pg_catalog.=) ch.src);

/* engine.plan.count-matched */
select m.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.sum(pg_catalog.hashtidextended(m.src, 0))::pg_catalog.text as keys
from "pg_temp"."wb_match_0" as m
group by 1 order by 1;

/* engine.plan.count-staying */
select y.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.sum(pg_catalog.hashtidextended(y.src, 0))::pg_catalog.text as keys
from "pg_temp"."wb_stay_0" as y
group by 1 order by 1;

/* engine.plan.count-changed */
select ch.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.count(*) filter (where ch."o_name" operator(pg_catalog.=) 'i')::bigint as "c0"
from "pg_temp"."wb_change_0" as ch group by 1 order by 1;

/* engine.plan.count-gone */
select g.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.sum(pg_catalog.hashtextextended(g.name, 0))::pg_catalog.text as keys
from "pg_temp"."wb_gone_0" as g group by 1 order by 1;

/* engine.plan.count-blocked */
select pg_catalog.count(distinct i.src)::bigint as count, coalesce(pg_catalog.sum(pg_catalog.hashtextextended(i.src::pg_catalog.text operator(pg_catalog.||) i.code, 0)), 0)::pg_catalog.text as keys
from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) 0 and i.src is not null;

/* engine.plan.hash-changed */
select coalesce(pg_catalog.sum(pg_catalog.hashtextextended(row(ch.name, ch.verdict, case when ch."o_name" operator(pg_catalog.=) '=' then null else row(ch."o_name", ch."c_name", ch."i_name")::pg_catalog.text end)::pg_catalog.text, 0)), 0)::pg_catalog.text as keys
from "pg_temp"."wb_change_0" as ch;

/* engine.plan.count-changed */
select ch.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.count(*) filter (where ch."o_author_id" operator(pg_catalog.=) 'i')::bigint as "c0", pg_catalog.count(*) filter (where ch."o_sequel_of" operator(pg_catalog.=) 'i')::bigint as "c1", pg_catalog.count(*) filter (where ch."o_pages" operator(pg_catalog.=) 'i')::bigint as "c2"
from "pg_temp"."wb_change_1" as ch group by 1 order by 1;

/* engine.plan.hash-changed */
select coalesce(pg_catalog.sum(pg_catalog.hashtextextended(row(ch.name, ch.verdict, case when ch."o_author_id" operator(pg_catalog.=) '=' then null else row(ch."o_author_id", ch."q_author_id", ch."p_author_id")::pg_catalog.text end, case when ch."o_sequel_of" operator(pg_catalog.=) '=' then null else row(ch."o_sequel_of", ch."c_sequel_of", ch."i_sequel_of")::pg_catalog.text end, case when ch."o_pages" operator(pg_catalog.=) '=' then null else row(ch."o_pages", ch."c_pages", ch."i_pages")::pg_catalog.text end)::pg_catalog.text, 0)), 0)::pg_catalog.text as keys
from "pg_temp"."wb_change_1" as ch;

/* engine.plan.count-changed */
select ch.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.count(*) filter (where ch."o_isbn" operator(pg_catalog.=) 'i')::bigint as "c0", pg_catalog.count(*) filter (where ch."o_body" operator(pg_catalog.=) 'i')::bigint as "c1"
from "pg_temp"."wb_change_2" as ch group by 1 order by 1;

/* engine.plan.hash-changed */
select coalesce(pg_catalog.sum(pg_catalog.hashtextextended(row(ch.name, ch.verdict, case when ch."o_isbn" operator(pg_catalog.=) '=' then null else row(ch."o_isbn", ch."c_isbn", ch."i_isbn")::pg_catalog.text end, case when ch."o_body" operator(pg_catalog.=) '=' then null else row(ch."o_body", ch."c_body", ch."i_body")::pg_catalog.text end)::pg_catalog.text, 0)), 0)::pg_catalog.text as keys
from "pg_temp"."wb_change_2" as ch;

/* engine.plan.count-issues */
select load, code, pg_catalog.count(*)::integer as count from pg_temp.wb_issue group by 1, 2 order by 1, 2;

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.author'::pg_catalog.text, 'row', ch.name, 'verdict', ch.verdict, 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (ch."o_name") operator(pg_catalog.<>) '=' then (case when coalesce(ch."k_base name", false) then pg_catalog.json_build_object('column', 'name'::pg_catalog.text, 'base', (ch."b_name")::pg_catalog.text, 'current', (ch."c_name")::pg_catalog.text, 'incoming', (ch."i_name")::pg_catalog.text, 'outcome', case ch."o_name" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'name'::pg_catalog.text, 'current', (ch."c_name")::pg_catalog.text, 'incoming', (ch."i_name")::pg_catalog.text, 'outcome', case ch."o_name" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_change_0" as ch where ch.verdict operator(pg_catalog.<>) 'keep' order by ch.name
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.author'::pg_catalog.text, 'row', g.name, 'verdict', g.verdict, 'deletedBy', 'incoming', 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_name", false) and ((t."name")::pg_catalog.text operator(pg_catalog.=) (b."b_name")::pg_catalog.text or (t."name" is null and b."b_name" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_name", false) then pg_catalog.json_build_object('column', 'name'::pg_catalog.text, 'base', (b."b_name")::pg_catalog.text, 'current', (t."name")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_name", false) and ((t."name")::pg_catalog.text operator(pg_catalog.=) (b."b_name")::pg_catalog.text or (t."name" is null and b."b_name" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'name'::pg_catalog.text, 'current', (t."name")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_name", false) and ((t."name")::pg_catalog.text operator(pg_catalog.=) (b."b_name")::pg_catalog.text or (t."name" is null and b."b_name" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_gone_0" as g join only "public"."author" as t on "t"."id" operator("pg_catalog".=) "g"."k_id" left join "pg_temp"."wb_base_0" as b on b.need operator(pg_catalog.=) g.need
  where g.verdict operator(pg_catalog.<>) 'keep' order by g.name
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.author'::pg_catalog.text, 'row', "s"."mail"::pg_catalog.text, 'verdict', y.verdict, 'deletedBy', 'current', 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (case when coalesce(b."o_name", false) and ((s."name")::pg_catalog.text operator(pg_catalog.=) (b."b_name")::pg_catalog.text or (s."name" is null and b."b_name" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_name", false) then pg_catalog.json_build_object('column', 'name'::pg_catalog.text, 'base', (b."b_name")::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', (s."name")::pg_catalog.text, 'outcome', case case when coalesce(b."o_name", false) and ((s."name")::pg_catalog.text operator(pg_catalog.=) (b."b_name")::pg_catalog.text or (s."name" is null and b."b_name" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'name'::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', (s."name")::pg_catalog.text, 'outcome', case case when coalesce(b."o_name", false) and ((s."name")::pg_catalog.text operator(pg_catalog.=) (b."b_name")::pg_catalog.text or (s."name" is null and b."b_name" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_stay_0" as y join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) y.src
  left join "pg_temp"."wb_base_0" as b on b.need operator(pg_catalog.=) y.need
  where y.verdict operator(pg_catalog.=) 'conflict' order by s.ctid
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.book'::pg_catalog.text, 'row', ch.name, 'verdict', ch.verdict, 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (ch."o_author_id") operator(pg_catalog.<>) '=' then (case when coalesce(ch."k_base author_id", false) then pg_catalog.json_build_object('column', 'author_id'::pg_catalog.text, 'base', (ch."b_author_id")::pg_catalog.text, 'current', (coalesce(ch."q_author_id", (ch."c_author_id")::pg_catalog.text))::pg_catalog.text, 'incoming', (coalesce(ch."p_author_id", (ch."i_author_id")::pg_catalog.text))::pg_catalog.text, 'outcome', case ch."o_author_id" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'author_id'::pg_catalog.text, 'current', (coalesce(ch."q_author_id", (ch."c_author_id")::pg_catalog.text))::pg_catalog.text, 'incoming', (coalesce(ch."p_author_id", (ch."i_author_id")::pg_catalog.text))::pg_catalog.text, 'outcome', case ch."o_author_id" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end, case when (ch."o_sequel_of") operator(pg_catalog.<>) '=' then (case when coalesce(ch."k_base sequel_of", false) then pg_catalog.json_build_object('column', 'sequel_of'::pg_catalog.text, 'base', (ch."b_sequel_of")::pg_catalog.text, 'current', (ch."c_sequel_of")::pg_catalog.text, 'incoming', (ch."i_sequel_of")::pg_catalog.text, 'outcome', case ch."o_sequel_of" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'sequel_of'::pg_catalog.text, 'current', (ch."c_sequel_of")::pg_catalog.text, 'incoming', (ch."i_sequel_of")::pg_catalog.text, 'outcome', case ch."o_sequel_of" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end, case when (ch."o_pages") operator(pg_catalog.<>) '=' then (case when coalesce(ch."k_base pages", false) then pg_catalog.json_build_object('column', 'pages'::pg_catalog.text, 'base', (ch."b_pages")::pg_catalog.text, 'current', (ch."c_pages")::pg_catalog.text, 'incoming', (ch."i_pages")::pg_catalog.text, 'outcome', case ch."o_pages" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'pages'::pg_catalog.text, 'current', (ch."c_pages")::pg_catalog.text, 'incoming', (ch."i_pages")::pg_catalog.text, 'outcome', case ch."o_pages" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_change_1" as ch where ch.verdict operator(pg_catalog.<>) 'keep' order by ch.name
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.book'::pg_catalog.text, 'row', g.name, 'verdict', g.verdict, 'deletedBy', 'incoming', 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_author_id", false) and (("t.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.text operator(pg_catalog.=) (b."b_author_id")::pg_catalog.text or ("t.parent.book_author_id_fkey"."mail"::pg_catalog.text is null and b."b_author_id" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_author_id", false) then pg_catalog.json_build_object('column', 'author_id'::pg_catalog.text, 'base', (b."b_author_id")::pg_catalog.text, 'current', ("t.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_author_id", false) and (("t.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.text operator(pg_catalog.=) (b."b_author_id")::pg_catalog.text or ("t.parent.book_author_id_fkey"."mail"::pg_catalog.text is null and b."b_author_id" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'author_id'::pg_catalog.text, 'current', ("t.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_author_id", false) and (("t.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.text operator(pg_catalog.=) (b."b_author_id")::pg_catalog.text or ("t.parent.book_author_id_fkey"."mail"::pg_catalog.text is null and b."b_author_id" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end, case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_sequel_of", false) and ((t."sequel_of")::pg_catalog.text operator(pg_catalog.=) (b."b_sequel_of")::pg_catalog.text or (t."sequel_of" is null and b."b_sequel_of" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_sequel_of", false) then pg_catalog.json_build_object('column', 'sequel_of'::pg_catalog.text, 'base', (b."b_sequel_of")::pg_catalog.text, 'current', (t."sequel_of")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_sequel_of", false) and ((t."sequel_of")::pg_catalog.text operator(pg_catalog.=) (b."b_sequel_of")::pg_catalog.text or (t."sequel_of" is null and b."b_sequel_of" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'sequel_of'::pg_catalog.text, 'current', (t."sequel_of")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_sequel_of", false) and ((t."sequel_of")::pg_catalog.text operator(pg_catalog.=) (b."b_sequel_of")::pg_catalog.text or (t."sequel_of" is null and b."b_sequel_of" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end, case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_pages", false) and ((t."pages")::pg_catalog.text operator(pg_catalog.=) (b."b_pages")::pg_catalog.text or (t."pages" is null and b."b_pages" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_pages", false) then pg_catalog.json_build_object('column', 'pages'::pg_catalog.text, 'base', (b."b_pages")::pg_catalog.text, 'current', (t."pages")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_pages", false) and ((t."pages")::pg_catalog.text operator(pg_catalog.=) (b."b_pages")::pg_catalog.text or (t."pages" is null and b."b_pages" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'pages'::pg_catalog.text, 'current', (t."pages")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_pages", false) and ((t."pages")::pg_catalog.text operator(pg_catalog.=) (b."b_pages")::pg_catalog.text or (t."pages" is null and b."b_pages" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_gone_1" as g join only "public"."book" as t on "t"."isbn" operator("pg_catalog".=) "g"."k_isbn" left join "pg_temp"."wb_base_1" as b on b.need operator(pg_catalog.=) g.need
left join only "public"."author" as "t.parent.book_author_id_fkey" on "t.parent.book_author_id_fkey"."id" operator("pg_catalog".=) "t"."author_id"
  where g.verdict operator(pg_catalog.<>) 'keep' order by g.name
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.book'::pg_catalog.text, 'row', "s"."isbn"::pg_catalog.text, 'verdict', y.verdict, 'deletedBy', 'current', 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (case when coalesce(b."o_author_id", false) and (("s.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.text operator(pg_catalog.=) (b."b_author_id")::pg_catalog.text or ("s.parent.book_author_id_fkey"."mail"::pg_catalog.text is null and b."b_author_id" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_author_id", false) then pg_catalog.json_build_object('column', 'author_id'::pg_catalog.text, 'base', (b."b_author_id")::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', ("s.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.text, 'outcome', case case when coalesce(b."o_author_id", false) and (("s.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.text operator(pg_catalog.=) (b."b_author_id")::pg_catalog.text or ("s.parent.book_author_id_fkey"."mail"::pg_catalog.text is null and b."b_author_id" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'author_id'::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', ("s.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.text, 'outcome', case case when coalesce(b."o_author_id", false) and (("s.parent.book_author_id_fkey"."mail"::pg_catalog.text)::pg_catalog.text operator(pg_catalog.=) (b."b_author_id")::pg_catalog.text or ("s.parent.book_author_id_fkey"."mail"::pg_catalog.text is null and b."b_author_id" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end, case when (case when coalesce(b."o_sequel_of", false) and ((s."sequel_of")::pg_catalog.text operator(pg_catalog.=) (b."b_sequel_of")::pg_catalog.text or (s."sequel_of" is null and b."b_sequel_of" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_sequel_of", false) then pg_catalog.json_build_object('column', 'sequel_of'::pg_catalog.text, 'base', (b."b_sequel_of")::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', (s."sequel_of")::pg_catalog.text, 'outcome', case case when coalesce(b."o_sequel_of", false) and ((s."sequel_of")::pg_catalog.text operator(pg_catalog.=) (b."b_sequel_of")::pg_catalog.text or (s."sequel_of" is null and b."b_sequel_of" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'sequel_of'::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', (s."sequel_of")::pg_catalog.text, 'outcome', case case when coalesce(b."o_sequel_of", false) and ((s."sequel_of")::pg_catalog.text operator(pg_catalog.=) (b."b_sequel_of")::pg_catalog.text or (s."sequel_of" is null and b."b_sequel_of" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end, case when (case when coalesce(b."o_pages", false) and ((s."pages")::pg_catalog.text operator(pg_catalog.=) (b."b_pages")::pg_catalog.text or (s."pages" is null and b."b_pages" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_pages", false) then pg_catalog.json_build_object('column', 'pages'::pg_catalog.text, 'base', (b."b_pages")::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', (s."pages")::pg_catalog.text, 'outcome', case case when coalesce(b."o_pages", false) and ((s."pages")::pg_catalog.text operator(pg_catalog.=) (b."b_pages")::pg_catalog.text or (s."pages" is null and b."b_pages" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'pages'::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', (s."pages")::pg_catalog.text, 'outcome', case case when coalesce(b."o_pages", false) and ((s."pages")::pg_catalog.text operator(pg_catalog.=) (b."b_pages")::pg_catalog.text or (s."pages" is null and b."b_pages" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_stay_1" as y join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) y.src
  left join "pg_temp"."wb_base_1" as b on b.need operator(pg_catalog.=) y.need
left join "pg_temp"."wb_stage_0" as "s.parent.book_author_id_fkey" on "s.parent.book_author_id_fkey"."id" operator("pg_catalog".=) "s"."author_id"
  where y.verdict operator(pg_catalog.=) 'conflict' order by s.ctid
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.note'::pg_catalog.text, 'row', ch.name, 'verdict', ch.verdict, 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (ch."o_isbn") operator(pg_catalog.<>) '=' then (case when coalesce(ch."k_base isbn", false) then pg_catalog.json_build_object('column', 'isbn'::pg_catalog.text, 'base', (ch."b_isbn")::pg_catalog.text, 'current', (ch."c_isbn")::pg_catalog.text, 'incoming', (ch."i_isbn")::pg_catalog.text, 'outcome', case ch."o_isbn" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'isbn'::pg_catalog.text, 'current', (ch."c_isbn")::pg_catalog.text, 'incoming', (ch."i_isbn")::pg_catalog.text, 'outcome', case ch."o_isbn" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end, case when (ch."o_body") operator(pg_catalog.<>) '=' then (case when coalesce(ch."k_base body", false) then pg_catalog.json_build_object('column', 'body'::pg_catalog.text, 'base', (ch."b_body")::pg_catalog.text, 'current', (ch."c_body")::pg_catalog.text, 'incoming', (ch."i_body")::pg_catalog.text, 'outcome', case ch."o_body" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'body'::pg_catalog.text, 'current', (ch."c_body")::pg_catalog.text, 'incoming', (ch."i_body")::pg_catalog.text, 'outcome', case ch."o_body" when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_change_2" as ch where ch.verdict operator(pg_catalog.<>) 'keep' order by ch.name
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.note'::pg_catalog.text, 'row', g.name, 'verdict', g.verdict, 'deletedBy', 'incoming', 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_isbn", false) and ((t."isbn")::pg_catalog.text operator(pg_catalog.=) (b."b_isbn")::pg_catalog.text or (t."isbn" is null and b."b_isbn" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_isbn", false) then pg_catalog.json_build_object('column', 'isbn'::pg_catalog.text, 'base', (b."b_isbn")::pg_catalog.text, 'current', (t."isbn")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_isbn", false) and ((t."isbn")::pg_catalog.text operator(pg_catalog.=) (b."b_isbn")::pg_catalog.text or (t."isbn" is null and b."b_isbn" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'isbn'::pg_catalog.text, 'current', (t."isbn")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_isbn", false) and ((t."isbn")::pg_catalog.text operator(pg_catalog.=) (b."b_isbn")::pg_catalog.text or (t."isbn" is null and b."b_isbn" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end, case when (case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_body", false) and ((t."body")::pg_catalog.text operator(pg_catalog.=) (b."b_body")::pg_catalog.text or (t."body" is null and b."b_body" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_body", false) then pg_catalog.json_build_object('column', 'body'::pg_catalog.text, 'base', (b."b_body")::pg_catalog.text, 'current', (t."body")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_body", false) and ((t."body")::pg_catalog.text operator(pg_catalog.=) (b."b_body")::pg_catalog.text or (t."body" is null and b."b_body" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'body'::pg_catalog.text, 'current', (t."body")::pg_catalog.text, 'incoming', (null::pg_catalog.text)::pg_catalog.text, 'outcome', case case when g.verdict operator(pg_catalog.=) 'keep' then 'c' when g.verdict operator(pg_catalog.<>) 'conflict' then 'i' when coalesce(b."o_body", false) and ((t."body")::pg_catalog.text operator(pg_catalog.=) (b."b_body")::pg_catalog.text or (t."body" is null and b."b_body" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_gone_2" as g join only "public"."note" as t on "t"."id" operator("pg_catalog".=) "g"."k_id" left join "pg_temp"."wb_base_2" as b on b.need operator(pg_catalog.=) g.need
  where g.verdict operator(pg_catalog.<>) 'keep' order by g.name
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

copy (
  /* engine.plan.row-lines */
  select pg_catalog.json_build_object('table', 'public.note'::pg_catalog.text, 'row', case when "s"."origin_database" is not null then array["s"."origin_database"::pg_catalog.text, "s"."origin_key"::pg_catalog.text::pg_catalog.text]::pg_catalog.text end, 'verdict', y.verdict, 'deletedBy', 'current', 'cells', (('[' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when (case when coalesce(b."o_isbn", false) and ((s."isbn")::pg_catalog.text operator(pg_catalog.=) (b."b_isbn")::pg_catalog.text or (s."isbn" is null and b."b_isbn" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_isbn", false) then pg_catalog.json_build_object('column', 'isbn'::pg_catalog.text, 'base', (b."b_isbn")::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', (s."isbn")::pg_catalog.text, 'outcome', case case when coalesce(b."o_isbn", false) and ((s."isbn")::pg_catalog.text operator(pg_catalog.=) (b."b_isbn")::pg_catalog.text or (s."isbn" is null and b."b_isbn" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'isbn'::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', (s."isbn")::pg_catalog.text, 'outcome', case case when coalesce(b."o_isbn", false) and ((s."isbn")::pg_catalog.text operator(pg_catalog.=) (b."b_isbn")::pg_catalog.text or (s."isbn" is null and b."b_isbn" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end, case when (case when coalesce(b."o_body", false) and ((s."body")::pg_catalog.text operator(pg_catalog.=) (b."b_body")::pg_catalog.text or (s."body" is null and b."b_body" is null)) then 'c' else 'x' end) operator(pg_catalog.<>) '=' then (case when coalesce(b."o_body", false) then pg_catalog.json_build_object('column', 'body'::pg_catalog.text, 'base', (b."b_body")::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', (s."body")::pg_catalog.text, 'outcome', case case when coalesce(b."o_body", false) and ((s."body")::pg_catalog.text operator(pg_catalog.=) (b."b_body")::pg_catalog.text or (s."body" is null and b."b_body" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) else pg_catalog.json_build_object('column', 'body'::pg_catalog.text, 'current', (null::pg_catalog.text)::pg_catalog.text, 'incoming', (s."body")::pg_catalog.text, 'outcome', case case when coalesce(b."o_body", false) and ((s."body")::pg_catalog.text operator(pg_catalog.=) (b."b_body")::pg_catalog.text or (s."body" is null and b."b_body" is null)) then 'c' else 'x' end when 'i' then 'incoming' when 'c' then 'current' else 'clash' end) end)::pg_catalog.text end]::pg_catalog.text[], ', ')) operator(pg_catalog.||) ']')::pg_catalog.json)::pg_catalog.text
  from "pg_temp"."wb_stay_2" as y join "pg_temp"."wb_stage_2" as s on s.ctid operator(pg_catalog.=) y.src
  left join "pg_temp"."wb_base_2" as b on b.need operator(pg_catalog.=) y.need
  where y.verdict operator(pg_catalog.=) 'conflict' order by s.ctid
) to stdout (format csv, quote e'\x01', delimiter e'\x02');

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

/* engine.plan.create-resolutions */
create temporary table wb_resolution (place integer primary key, table_id pg_catalog.text, row_name pg_catalog.text, column_name pg_catalog.text, take pg_catalog.text not null) on commit drop;

/* engine.plan.insert-resolutions */
insert into pg_temp.wb_resolution
select r.place, r.table_id, r.row_name, r.column_name, r.take
from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[]), pg_catalog.unnest($4::pg_catalog.text[])) with ordinality as r(table_id, row_name, column_name, take, place);

/* engine.plan.resolve-cells */
update "pg_temp"."wb_change_0" as ch
set "o_name" = case when ch."o_name" operator(pg_catalog.=) 'x' then coalesce(case (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.author') and (w.row_name is null or w.row_name operator(pg_catalog.=) ch.name)
      and (w.column_name is null or w.column_name operator(pg_catalog.=) 'name')
    order by w.place desc limit 1) when 'incoming' then 'i' when 'current' then 'c' end, 'x') else ch."o_name"::pg_catalog.text end::"char"
where ch.verdict operator(pg_catalog.=) 'conflict';

/* engine.plan.settle-resolved */
update "pg_temp"."wb_change_0" as ch
set verdict = case when ch."o_name" operator(pg_catalog.=) 'x' then 'conflict' when ch."o_name" operator(pg_catalog.=) 'i' then 'update' when ch."o_name" operator(pg_catalog.=) 'c' then 'keep' else 'same' end
where ch.verdict operator(pg_catalog.=) 'conflict';

/* engine.plan.resolve-staying */
delete from "pg_temp"."wb_stay_0" as y using (select n.src, (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.author') and (w.row_name is null or w.row_name operator(pg_catalog.=) n.name)
      and w.column_name is null
    order by w.place desc limit 1) as take from (select y.src, "s"."mail"::pg_catalog.text as name from "pg_temp"."wb_stay_0" as y join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) y.src where y.verdict operator(pg_catalog.=) 'conflict') as n) as d where d.src operator(pg_catalog.=) y.src and d.take operator(pg_catalog.=) 'incoming';

/* engine.plan.resolve-staying-away */
update "pg_temp"."wb_stay_0" as y set verdict = 'keep' from (select n.src, (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.author') and (w.row_name is null or w.row_name operator(pg_catalog.=) n.name)
      and w.column_name is null
    order by w.place desc limit 1) as take from (select y.src, "s"."mail"::pg_catalog.text as name from "pg_temp"."wb_stay_0" as y join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) y.src where y.verdict operator(pg_catalog.=) 'conflict') as n) as d where d.src operator(pg_catalog.=) y.src and d.take operator(pg_catalog.=) 'current';

/* engine.plan.resolve-gone */
update "pg_temp"."wb_gone_0" as g set verdict = coalesce(case (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.author') and (w.row_name is null or w.row_name operator(pg_catalog.=) g.name)
      and w.column_name is null
    order by w.place desc limit 1) when 'incoming' then 'delete' when 'current' then 'keep' end, g.verdict)
where g.verdict operator(pg_catalog.=) 'conflict';

/* engine.plan.resolve-cells */
update "pg_temp"."wb_change_1" as ch
set "o_author_id" = case when ch."o_author_id" operator(pg_catalog.=) 'x' then coalesce(case (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.book') and (w.row_name is null or w.row_name operator(pg_catalog.=) ch.name)
      and (w.column_name is null or w.column_name operator(pg_catalog.=) 'author_id')
    order by w.place desc limit 1) when 'incoming' then 'i' when 'current' then 'c' end, 'x') else ch."o_author_id"::pg_catalog.text end::"char", "o_sequel_of" = case when ch."o_sequel_of" operator(pg_catalog.=) 'x' then coalesce(case (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.book') and (w.row_name is null or w.row_name operator(pg_catalog.=) ch.name)
      and (w.column_name is null or w.column_name operator(pg_catalog.=) 'sequel_of')
    order by w.place desc limit 1) when 'incoming' then 'i' when 'current' then 'c' end, 'x') else ch."o_sequel_of"::pg_catalog.text end::"char", "o_pages" = case when ch."o_pages" operator(pg_catalog.=) 'x' then coalesce(case (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.book') and (w.row_name is null or w.row_name operator(pg_catalog.=) ch.name)
      and (w.column_name is null or w.column_name operator(pg_catalog.=) 'pages')
    order by w.place desc limit 1) when 'incoming' then 'i' when 'current' then 'c' end, 'x') else ch."o_pages"::pg_catalog.text end::"char"
where ch.verdict operator(pg_catalog.=) 'conflict';

/* engine.plan.settle-resolved */
update "pg_temp"."wb_change_1" as ch
set verdict = case when ch."o_author_id" operator(pg_catalog.=) 'x' or ch."o_sequel_of" operator(pg_catalog.=) 'x' or ch."o_pages" operator(pg_catalog.=) 'x' then 'conflict' when ch."o_author_id" operator(pg_catalog.=) 'i' or ch."o_sequel_of" operator(pg_catalog.=) 'i' or ch."o_pages" operator(pg_catalog.=) 'i' then 'update' when ch."o_author_id" operator(pg_catalog.=) 'c' or ch."o_sequel_of" operator(pg_catalog.=) 'c' or ch."o_pages" operator(pg_catalog.=) 'c' then 'keep' else 'same' end
where ch.verdict operator(pg_catalog.=) 'conflict';

/* engine.plan.resolve-staying */
delete from "pg_temp"."wb_stay_1" as y using (select n.src, (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.book') and (w.row_name is null or w.row_name operator(pg_catalog.=) n.name)
      and w.column_name is null
    order by w.place desc limit 1) as take from (select y.src, "s"."isbn"::pg_catalog.text as name from "pg_temp"."wb_stay_1" as y join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) y.src where y.verdict operator(pg_catalog.=) 'conflict') as n) as d where d.src operator(pg_catalog.=) y.src and d.take operator(pg_catalog.=) 'incoming';

/* engine.plan.resolve-staying-away */
update "pg_temp"."wb_stay_1" as y set verdict = 'keep' from (select n.src, (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.book') and (w.row_name is null or w.row_name operator(pg_catalog.=) n.name)
      and w.column_name is null
    order by w.place desc limit 1) as take from (select y.src, "s"."isbn"::pg_catalog.text as name from "pg_temp"."wb_stay_1" as y join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) y.src where y.verdict operator(pg_catalog.=) 'conflict') as n) as d where d.src operator(pg_catalog.=) y.src and d.take operator(pg_catalog.=) 'current';

/* engine.plan.resolve-gone */
update "pg_temp"."wb_gone_1" as g set verdict = coalesce(case (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.book') and (w.row_name is null or w.row_name operator(pg_catalog.=) g.name)
      and w.column_name is null
    order by w.place desc limit 1) when 'incoming' then 'delete' when 'current' then 'keep' end, g.verdict)
where g.verdict operator(pg_catalog.=) 'conflict';

/* engine.plan.resolve-cells */
update "pg_temp"."wb_change_2" as ch
set "o_isbn" = case when ch."o_isbn" operator(pg_catalog.=) 'x' then coalesce(case (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.note') and (w.row_name is null or w.row_name operator(pg_catalog.=) ch.name)
      and (w.column_name is null or w.column_name operator(pg_catalog.=) 'isbn')
    order by w.place desc limit 1) when 'incoming' then 'i' when 'current' then 'c' end, 'x') else ch."o_isbn"::pg_catalog.text end::"char", "o_body" = case when ch."o_body" operator(pg_catalog.=) 'x' then coalesce(case (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.note') and (w.row_name is null or w.row_name operator(pg_catalog.=) ch.name)
      and (w.column_name is null or w.column_name operator(pg_catalog.=) 'body')
    order by w.place desc limit 1) when 'incoming' then 'i' when 'current' then 'c' end, 'x') else ch."o_body"::pg_catalog.text end::"char"
where ch.verdict operator(pg_catalog.=) 'conflict';

/* engine.plan.settle-resolved */
update "pg_temp"."wb_change_2" as ch
set verdict = case when ch."o_isbn" operator(pg_catalog.=) 'x' or ch."o_body" operator(pg_catalog.=) 'x' then 'conflict' when ch."o_isbn" operator(pg_catalog.=) 'i' or ch."o_body" operator(pg_catalog.=) 'i' then 'update' when ch."o_isbn" operator(pg_catalog.=) 'c' or ch."o_body" operator(pg_catalog.=) 'c' then 'keep' else 'same' end
where ch.verdict operator(pg_catalog.=) 'conflict';

/* engine.plan.resolve-staying */
delete from "pg_temp"."wb_stay_2" as y using (select n.src, (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.note') and (w.row_name is null or w.row_name operator(pg_catalog.=) n.name)
      and w.column_name is null
    order by w.place desc limit 1) as take from (select y.src, case when "s"."origin_database" is not null then array["s"."origin_database"::pg_catalog.text, "s"."origin_key"::pg_catalog.text::pg_catalog.text]::pg_catalog.text end as name from "pg_temp"."wb_stay_2" as y join "pg_temp"."wb_stage_2" as s on s.ctid operator(pg_catalog.=) y.src where y.verdict operator(pg_catalog.=) 'conflict') as n) as d where d.src operator(pg_catalog.=) y.src and d.take operator(pg_catalog.=) 'incoming';

/* engine.plan.resolve-staying-away */
update "pg_temp"."wb_stay_2" as y set verdict = 'keep' from (select n.src, (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.note') and (w.row_name is null or w.row_name operator(pg_catalog.=) n.name)
      and w.column_name is null
    order by w.place desc limit 1) as take from (select y.src, case when "s"."origin_database" is not null then array["s"."origin_database"::pg_catalog.text, "s"."origin_key"::pg_catalog.text::pg_catalog.text]::pg_catalog.text end as name from "pg_temp"."wb_stay_2" as y join "pg_temp"."wb_stage_2" as s on s.ctid operator(pg_catalog.=) y.src where y.verdict operator(pg_catalog.=) 'conflict') as n) as d where d.src operator(pg_catalog.=) y.src and d.take operator(pg_catalog.=) 'current';

/* engine.plan.resolve-gone */
update "pg_temp"."wb_gone_2" as g set verdict = coalesce(case (
    select w.take from pg_temp.wb_resolution as w
    where (w.table_id is null or w.table_id operator(pg_catalog.=) 'public.note') and (w.row_name is null or w.row_name operator(pg_catalog.=) g.name)
      and w.column_name is null
    order by w.place desc limit 1) when 'incoming' then 'delete' when 'current' then 'keep' end, g.verdict)
where g.verdict operator(pg_catalog.=) 'conflict';

/* engine.plan.count-rows */
select pg_catalog.count(*)::bigint as rows from only "public"."book" as t;

/* engine.plan.count-rows */
select pg_catalog.count(*)::bigint as rows from only "public"."note" as t;

/* engine.apply.count-taken */
select pg_catalog.count(*)::bigint as rows, coalesce(pg_catalog.bool_or(ch."o_author_id" operator(pg_catalog.=) 'i'), false) as "c0", coalesce(pg_catalog.bool_or(ch."o_sequel_of" operator(pg_catalog.=) 'i'), false) as "c1", coalesce(pg_catalog.bool_or(ch."o_pages" operator(pg_catalog.=) 'i'), false) as "c2"
from "pg_temp"."wb_change_1" as ch where ch.verdict operator(pg_catalog.=) 'update';

/* engine.apply.sequence-stand */
select q.last_value::pg_catalog.text as last_value, q.is_called, p.seqincrement::pg_catalog.text as increment, p.seqmax::pg_catalog.text as maximum, p.seqmin::pg_catalog.text as minimum, written.highest::pg_catalog.text as highest, written.lowest::pg_catalog.text as lowest
from "public"."note_id_seq" as q
cross join (select pg_catalog.max(s."id") as highest, pg_catalog.min(s."id") as lowest from only "public"."note" as s) as written
join pg_catalog.pg_sequence as p on p.seqrelid operator(pg_catalog.=) '"public"."note_id_seq"'::pg_catalog.regclass;

/* engine.resolve.reserve-ids */
create temporary table "wb_new_0" as
select n.src, pg_catalog.nextval('"public"."author_id_seq"'::pg_catalog.regclass)::integer as id
from (select s.ctid as src from "pg_temp"."wb_stage_0" as s where not exists (select 1 from "pg_temp"."wb_stay_0" as y where y.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_match_0" as m where m.src operator(pg_catalog.=) s.ctid) order by s.ctid) as n where false;

/* engine.resolve.reserve-ids */
create temporary table "wb_new_2" as
select n.src, pg_catalog.nextval('"public"."note_id_seq"'::pg_catalog.regclass)::integer as id
from (select s.ctid as src from "pg_temp"."wb_stage_2" as s where not exists (select 1 from "pg_temp"."wb_stay_2" as y where y.src operator(pg_catalog.=) s.ctid) order by s.ctid) as n;

/* engine.resolve.create-map */
create temporary table "wb_map_0" as
select s."id" as "s_id", m."t_id" as "t_id", s."mail" as "k_mail", false as is_new
from "pg_temp"."wb_match_0" as m join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src
union all
select s."id" as "s_id", n.id as "t_id", s."mail" as "k_mail", true as is_new
from "pg_temp"."wb_stage_0" as s
join "pg_temp"."wb_new_0" as n on n.src operator(pg_catalog.=) s.ctid
where true;

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

/* engine.apply.create-releasing */
create temporary table "wb_release_1_0" as
select ch."k_isbn", pg_catalog.row_number() over (order by ch."k_isbn") as place
from "pg_temp"."wb_change_1" as ch join only "public"."book" as t on t."isbn" operator("pg_catalog".=) ch."k_isbn"
where ch.verdict operator(pg_catalog.=) 'update' and (ch."o_author_id" operator(pg_catalog.=) 'i' or ch."o_pages" operator(pg_catalog.=) 'i') and (
  exists (select 1 from (
  select ch.src as waybill_src, ch.name as waybill_name, ch."k_isbn", t."isbn" as "isbn", case when ch."o_author_id" operator(pg_catalog.=) 'i' then ch."i_author_id" else t."author_id" end as "author_id", case when ch."o_sequel_of" operator(pg_catalog.=) 'i' then ch."i_sequel_of" else t."sequel_of" end as "sequel_of", case when ch."o_pages" operator(pg_catalog.=) 'i' then ch."i_pages" else t."pages" end as "pages"
  from "pg_temp"."wb_change_1" as ch join only "public"."book" as t on t."isbn" operator("pg_catalog".=) ch."k_isbn"
  where ch.verdict operator(pg_catalog.=) 'update'
) as f where f."author_id" operator("pg_catalog".=) t."author_id" and f."pages" operator("pg_catalog".=) t."pages" and not (f."k_isbn" operator("pg_catalog".=) ch."k_isbn"))
  or exists (select 1 from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_known_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."author_id" where not exists (select 1 from "pg_temp"."wb_stay_1" as y where y.src operator(pg_catalog.=) s.ctid) and not exists (select 1 from "pg_temp"."wb_match_1" as m where m.src operator(pg_catalog.=) s.ctid) and "r0"."t_id" operator("pg_catalog".=) t."author_id" and s."pages" operator("pg_catalog".=) t."pages")
);

/* engine.apply.count-releasing */
select pg_catalog.count(*)::integer as count from pg_temp."wb_release_1_0";

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

/* engine.apply.fill-references */
update "pg_temp"."wb_change_1" as ch
set "i_author_id" = coalesce(ch."i_author_id", found."author_id")
from (
  select s.ctid as src, coalesce("r0"."t_id", s."author_id") as "author_id"
  from "pg_temp"."wb_stage_1" as s
left join "pg_temp"."wb_map_0" as "r0" on "r0"."s_id" operator("pg_catalog".=) s."author_id"
  where exists (select 1 from "pg_temp"."wb_change_1" as c where c.src operator(pg_catalog.=) s.ctid and c.verdict operator(pg_catalog.=) 'update' and (("c"."o_author_id" operator(pg_catalog.=) 'i' and "c"."i_author_id" is null)))
) as found
where found.src operator(pg_catalog.=) ch.src;

/* engine.apply.update-rows */
update only "public"."book" as t
set "pages" = case when ch."o_pages" operator(pg_catalog.=) 'i' then ch."i_pages" else t."pages" end
from "pg_temp"."wb_change_1" as ch
where ch.verdict operator(pg_catalog.=) 'update' and t."isbn" operator("pg_catalog".=) "ch"."k_isbn";

/* engine.ledger.record-kept */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'author', 'keep', r.chunk, pg_catalog.count(*), pg_catalog.min(r.id), pg_catalog.max(r.id), pg_catalog.array_agg(r.id order by r.place),
  null::pg_catalog.text[], pg_catalog.array_agg(r."name" order by r.place),
  null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], pg_catalog.array_agg(r."found" order by r.place)
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (
    select pg_catalog.row_number() over (order by s.ctid) as place, m."k_id"::bigint as id, null::pg_catalog.text as key, array[s."mail"::pg_catalog.text]::pg_catalog.text as name, pg_catalog.hashtextextended(row(t."id", t."mail", t."name")::pg_catalog.text, 0) as found
    from (select ch.src, ch."k_id" from "pg_temp"."wb_change_0" as ch where ch.verdict operator(pg_catalog.=) 'keep') as m join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src join only "public"."author" as t on t."id" operator("pg_catalog".=) m."k_id"
  ) as q
) as r group by r.chunk;

/* engine.ledger.record-left-out */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'author', 'keep', 1000000 operator(pg_catalog.+) r.chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], null::pg_catalog.text[], pg_catalog.array_agg(r.name order by r.place), null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (select array[s."mail"::pg_catalog.text]::pg_catalog.text as name, pg_catalog.row_number() over (order by s.ctid) as place from "pg_temp"."wb_stay_0" as m join "pg_temp"."wb_stage_0" as s on s.ctid operator(pg_catalog.=) m.src) as q
) as r group by r.chunk;

/* engine.ledger.record-updated */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'book', 'update', r.chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[],
  pg_catalog.array_agg(r.key order by r.place), null::pg_catalog.text[],
  pg_catalog.array_agg(r."before" order by r.place), pg_catalog.array_agg(r."after" order by r.place), null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (
    select pg_catalog.row_number() over (order by ch."k_isbn") as place, null::bigint as id, array[(ch."k_isbn")::pg_catalog.text]::pg_catalog.text as key, (('{' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when ch."o_pages" operator(pg_catalog.=) 'i' then '"pages":' operator(pg_catalog.||) coalesce(pg_catalog.to_json((ch."c_pages")::pg_catalog.text)::pg_catalog.text, 'null') end]::pg_catalog.text[], ',')) operator(pg_catalog.||) '}')::pg_catalog.jsonb as before, (('{' operator(pg_catalog.||) pg_catalog.array_to_string(array[case when ch."o_pages" operator(pg_catalog.=) 'i' then '"pages":' operator(pg_catalog.||) coalesce(pg_catalog.to_json((ch."i_pages")::pg_catalog.text)::pg_catalog.text, 'null') end]::pg_catalog.text[], ',')) operator(pg_catalog.||) '}')::pg_catalog.jsonb as after
    from "pg_temp"."wb_change_1" as ch where ch.verdict operator(pg_catalog.=) 'update'
  ) as q
) as r group by r.chunk;

/* engine.ledger.record-kept */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'book', 'keep', r.chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[],
  pg_catalog.array_agg(r.key order by r.place), pg_catalog.array_agg(r."name" order by r.place),
  null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], pg_catalog.array_agg(r."found" order by r.place)
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (
    select pg_catalog.row_number() over (order by s.ctid) as place, null::bigint as id, array[(m."k_isbn")::pg_catalog.text]::pg_catalog.text as key, array[s."isbn"::pg_catalog.text]::pg_catalog.text as name, pg_catalog.hashtextextended(row(t."isbn", t."author_id", t."sequel_of", t."pages")::pg_catalog.text, 0) as found
    from (select ch.src, ch."k_isbn" from "pg_temp"."wb_change_1" as ch where ch.verdict operator(pg_catalog.=) 'keep') as m join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) m.src join only "public"."book" as t on t."isbn" operator("pg_catalog".=) m."k_isbn"
  ) as q
) as r group by r.chunk;

/* engine.ledger.record-left-out */
insert into "waybill"."ledger" (run_id, table_schema, table_name, verdict, chunk, n, lo, hi, ids, keys, names, before, after, found)
select 'run-TEST', 'public', 'book', 'keep', 1000000 operator(pg_catalog.+) r.chunk, pg_catalog.count(*), null::bigint, null::bigint, null::bigint[], null::pg_catalog.text[], pg_catalog.array_agg(r.name order by r.place), null::pg_catalog.jsonb[], null::pg_catalog.jsonb[], null::bigint[]
from (
  select q.*, (q.place operator(pg_catalog.-) 1) operator(pg_catalog./) 10000 as chunk
  from (select array[s."isbn"::pg_catalog.text]::pg_catalog.text as name, pg_catalog.row_number() over (order by s.ctid) as place from "pg_temp"."wb_stay_1" as m join "pg_temp"."wb_stage_1" as s on s.ctid operator(pg_catalog.=) m.src) as q
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

/* engine.marker.complete */
update "waybill"."run" set plan_hash = $1, summary = $2::pg_catalog.jsonb where run_id operator(pg_catalog.=) $3;
