export const addTables: readonly string[] = [
  // `databases` and `tables`: null for all.
  `create table waybill.api_key (
  key_id text primary key,
  name text not null unique,
  scopes text[] not null,
  databases text[],
  tables text[],
  signed text not null,
  expires_at timestamptz,
  generation integer not null default 1,
  overlap_until timestamptz,
  revoked_at timestamptz,
  created_by text not null,
  created_at timestamptz not null,
  version bigint not null,
  position bigint not null
)`,
  // Beside the log, like the URLs of databases: no read model, never rebuilt.
  `create table waybill.key_secret (
  key_id text not null,
  generation integer not null,
  hash bytea not null,
  signing bytea not null,
  sealed boolean not null,
  primary key (key_id, generation)
)`,
  `create table waybill.key_use (
  key_id text primary key,
  last_at timestamptz not null,
  address text not null
)`,
  `create table waybill.inbox_file (
  inbox_id text primary key,
  folder text not null,
  name text not null,
  sha256 text not null,
  bytes bigint not null,
  upload_id text,
  arrived_by text not null,
  state text not null check (state in ('waiting', 'taken', 'imported', 'failed', 'rejected', 'gone')),
  run_id text,
  code text,
  actor text not null,
  arrived_at timestamptz not null,
  settled_at timestamptz,
  version bigint not null,
  position bigint not null
)`,
  `create unique index inbox_file_waiting on waybill.inbox_file (folder, name) where state in ('waiting', 'taken')`,
  `create index inbox_file_run on waybill.inbox_file (run_id)`,
  `create index inbox_file_content on waybill.inbox_file (sha256, inbox_id)`,
  `create index inbox_file_name on waybill.inbox_file (folder, name, inbox_id)`,
];

const listOrAll = (name: string): string => `case when jsonb_typeof(d -> '${name}') = 'array' then array(select jsonb_array_elements_text(d -> '${name}')) end`;

/** As in 0002, with keys and files that arrive. `project_aside` is asked first: `project_run` takes every stream for a run's. */
export const projectFilesIn: readonly string[] = [
  `create function waybill.project_aside(happened waybill.event) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  d constant jsonb := happened.data;
  id constant text := substr(happened.stream, position('-' in happened.stream) + 1);
begin
  case happened.type
    when 'KeyCreated' then
      insert into waybill.api_key (key_id, name, scopes, databases, tables, signed, expires_at, created_by, created_at, version, position)
      values (
        id, d ->> 'name', array(select jsonb_array_elements_text(d -> 'scopes')), ${listOrAll('databases')}, ${listOrAll('tables')},
        d ->> 'signed', (d ->> 'expiresAt')::timestamptz, happened.metadata ->> 'actor', happened.at, happened.version, happened.position
      );
    when 'KeyRotated' then
      update waybill.api_key
      set generation = (d ->> 'generation')::integer, overlap_until = (d ->> 'overlapUntil')::timestamptz, version = happened.version, position = happened.position
      where key_id = id;
    when 'KeyRevoked' then
      update waybill.api_key set revoked_at = happened.at, version = happened.version, position = happened.position where key_id = id;
    when 'InboxFileArrived' then
      insert into waybill.inbox_file (inbox_id, folder, name, sha256, bytes, upload_id, arrived_by, state, actor, arrived_at, version, position)
      values (
        id, d ->> 'folder', d ->> 'name', d ->> 'sha256', (d ->> 'bytes')::bigint, d ->> 'upload', d ->> 'by', 'waiting',
        happened.metadata ->> 'actor', happened.at, happened.version, happened.position
      );
    when 'InboxFileTaken' then
      update waybill.inbox_file set state = 'taken', run_id = d ->> 'run', code = null, version = happened.version, position = happened.position where inbox_id = id;
    when 'InboxFileSettled' then
      update waybill.inbox_file
      set state = d ->> 'state', code = d ->> 'code', settled_at = happened.at, version = happened.version, position = happened.position
      where inbox_id = id;
    when 'InboxFileRejected' then
      update waybill.inbox_file set state = 'rejected', settled_at = happened.at, version = happened.version, position = happened.position where inbox_id = id;
    when 'InboxFileRetried' then
      update waybill.inbox_file
      set state = 'waiting', code = null, settled_at = null, version = happened.version, position = happened.position
      where inbox_id = id;
    when 'InboxFileGone' then
      update waybill.inbox_file set state = 'gone', settled_at = happened.at, version = happened.version, position = happened.position where inbox_id = id;
    when 'AccessRefused' then null;
    when 'SeedSynced' then null;
    when 'LinkMade' then null;
    when 'RetentionApplied' then null;
    else
      return false;
  end case;
  return true;
end $$`,

  `create or replace function waybill.project(happened waybill.event) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if happened.type = 'UploadStored' then
    insert into waybill.upload as known (upload_id, sha256, bytes, name, actor, times, first_position, first_at, last_at, version, position)
    values (
      substr(happened.stream, 8), happened.data ->> 'sha256', (happened.data ->> 'bytes')::bigint, happened.data ->> 'name', happened.metadata ->> 'actor',
      1, happened.position, happened.at, happened.at, happened.version, happened.position
    )
    on conflict (upload_id) do update
    set times = known.times + 1, name = excluded.name, last_at = excluded.last_at, version = excluded.version, position = excluded.position;
  elsif happened.type = 'DatabaseRegistered' then
    insert into waybill.known_database as known (stream, name, server, first_position, registered_at, version, position)
    values (happened.stream, happened.data ->> 'name', happened.data ->> 'server', happened.position, happened.at, happened.version, happened.position)
    on conflict (stream) do update set server = excluded.server, registered_at = excluded.registered_at, version = excluded.version, position = excluded.position;
  elsif happened.type = 'DatabaseIdentified' then
    update waybill.known_database
    set database_id = happened.data ->> 'databaseId', system_identifier = happened.data ->> 'systemIdentifier', oid = (happened.data ->> 'oid')::bigint,
      identified_at = happened.at, version = happened.version, position = happened.position
    where stream = happened.stream;
  elsif happened.type = 'DatabaseRestored' then
    perform waybill.project_restored(happened);
  elsif not waybill.project_aside(happened) and not waybill.project_run(happened) then
    raise exception using errcode = 'WB003', message = format('Event type %s is unknown to this version of Waybill', happened.type);
  end if;
end $$`,

  `create or replace function waybill.rebuild_read_models() returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  happened waybill.event;
  last_position bigint;
begin
  select position into strict last_position from waybill.head for update;
  delete from waybill.run_state;
  delete from waybill.upload;
  delete from waybill.known_database;
  delete from waybill.api_key;
  delete from waybill.inbox_file;
  for happened in select * from waybill.event order by position loop
    perform waybill.project(happened);
  end loop;
  return last_position;
end $$`,
];
