/**
 * The head row is locked first, so positions are gapless in commit order and a reader behind `position > cursor` can miss
 * nothing (DESIGN 4: a sequence lost 13 % under 12 writers, an xmin fence stalls on any open write transaction).
 */
export const createAppend: readonly string[] = [
  `create function waybill.event_hash(previous bytea, happened waybill.event) returns bytea
language sql stable set search_path = pg_catalog, pg_temp
return sha256(previous || convert_to(
  jsonb_build_array(
    happened.position, happened.id, happened.stream, happened.version, happened.type, happened.schema_version, happened.data, happened.metadata,
    to_char(happened.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  )::text, 'UTF8'))`,

  `create function waybill.check_expected(expected jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  conflicting record;
begin
  select wanted.key as stream, wanted.value ->> 'kind' as kind, (wanted.value ->> 'version')::bigint as wanted_version, present.version as present_version
  into conflicting
  from jsonb_each(expected) as wanted
  cross join lateral (select coalesce(max(version), 0) as version from waybill.event where stream = wanted.key) as present
  where case wanted.value ->> 'kind'
    when 'exact' then present.version <> (wanted.value ->> 'version')::bigint
    when 'none' then present.version <> 0
    when 'any' then false
    else true
  end
  limit 1;
  if found then
    raise exception using errcode = 'WB001',
      message = format('Stream %s is at version %s, expected was %s', conflicting.stream, conflicting.present_version, coalesce(conflicting.wanted_version::text, conflicting.kind));
  end if;
end $$`,

  `create function waybill.append(appending jsonb, expected jsonb) returns table (event_position bigint, event_id text, event_version bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  last_head waybill.head;
  happened waybill.event;
  item jsonb;
begin
  select * into strict last_head from waybill.head for update;
  perform waybill.check_expected(expected);
  for item in select entry.value from jsonb_array_elements(appending) with ordinality as entry (value, place) order by entry.place loop
    happened.position := last_head.position + 1;
    happened.id := item ->> 'id';
    happened.stream := item ->> 'stream';
    select coalesce(max(stored.version), 0) + 1 into happened.version from waybill.event as stored where stored.stream = happened.stream;
    happened.type := item ->> 'type';
    happened.schema_version := (item ->> 'schemaVersion')::integer;
    happened.data := item -> 'data';
    happened.metadata := item -> 'metadata';
    happened.at := clock_timestamp();
    happened.hash := waybill.event_hash(last_head.hash, happened);
    insert into waybill.event (position, id, stream, version, type, schema_version, data, metadata, at, hash)
    values (happened.position, happened.id, happened.stream, happened.version, happened.type, happened.schema_version, happened.data, happened.metadata, happened.at, happened.hash);
    perform waybill.project(happened);
    last_head.position := happened.position;
    last_head.hash := happened.hash;
    last_head.at := happened.at;
    event_position := happened.position;
    event_id := happened.id;
    event_version := happened.version;
    return next;
  end loop;
  update waybill.head set position = last_head.position, hash = last_head.hash, at = last_head.at;
  perform pg_notify('waybill_event', last_head.position::text);
end $$`,

  `create function waybill.refuse_change() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  raise exception using errcode = 'WB002', message = format('The log is append-only: %s on %s.%s is refused', lower(tg_op), tg_table_schema, tg_table_name);
end $$`,
  `create trigger event_is_append_only before update or delete or truncate on waybill.event for each statement execute function waybill.refuse_change()`,
  `create trigger head_stays before insert or delete or truncate on waybill.head for each statement execute function waybill.refuse_change()`,
  // ALWAYS: session_replication_role = replica would switch an ordinary trigger off.
  `alter table waybill.event enable always trigger event_is_append_only`,
  `alter table waybill.head enable always trigger head_stays`,
  `revoke update, delete, truncate, references, trigger on waybill.event from public, current_user`,
  `revoke insert, delete, truncate, references, trigger on waybill.head from public, current_user`,
];
