-- The store's schema as its migrations leave it. Written by test/events/schema.test.ts with UPDATE_SCHEMA=1.

create table waybill.api_key (
  key_id text not null,
  name text not null,
  scopes text[] not null,
  databases text[],
  tables text[],
  signed text not null,
  expires_at timestamp with time zone,
  generation integer not null default 1,
  overlap_until timestamp with time zone,
  revoked_at timestamp with time zone,
  created_by text not null,
  created_at timestamp with time zone not null,
  version bigint not null,
  "position" bigint not null,
  constraint api_key_name_key UNIQUE (name),
  constraint api_key_pkey PRIMARY KEY (key_id)
);

create table waybill.database_secret (
  name text not null,
  url bytea not null,
  sealed boolean not null,
  at timestamp with time zone not null,
  constraint database_secret_pkey PRIMARY KEY (name)
);

create table waybill.event (
  "position" bigint not null,
  id text not null,
  stream text not null,
  version bigint not null,
  type text not null,
  schema_version integer not null,
  data jsonb not null,
  metadata jsonb not null,
  at timestamp with time zone not null,
  hash bytea not null,
  constraint event_id_key UNIQUE (id),
  constraint event_stream_version_key UNIQUE (stream, version),
  constraint event_pkey PRIMARY KEY ("position"),
  constraint event_hash_check CHECK ((octet_length(hash) = 32)),
  constraint event_id_check CHECK ((id ~ '^[0-9A-HJKMNP-TV-Z]{26}$'::text)),
  constraint event_position_check CHECK (("position" > 0)),
  constraint event_version_check CHECK ((version > 0))
);
CREATE INDEX event_actor_position ON waybill.event USING btree (((metadata ->> 'actor'::text)), "position");
CREATE INDEX event_type_position ON waybill.event USING btree (type, "position");
CREATE TRIGGER event_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON waybill.event FOR EACH STATEMENT EXECUTE FUNCTION waybill.refuse_change(); -- always

create table waybill.head (
  singleton boolean not null default true,
  "position" bigint not null,
  hash bytea not null,
  at timestamp with time zone,
  constraint head_pkey PRIMARY KEY (singleton),
  constraint head_singleton_check CHECK (singleton)
);
CREATE TRIGGER head_stays BEFORE INSERT OR DELETE OR TRUNCATE ON waybill.head FOR EACH STATEMENT EXECUTE FUNCTION waybill.refuse_change(); -- always

create table waybill.idempotency (
  actor text not null,
  key text not null,
  input_hash text not null,
  event_id text not null,
  result jsonb not null,
  at timestamp with time zone not null,
  constraint idempotency_pkey PRIMARY KEY (actor, key)
);

create table waybill.inbox_file (
  inbox_id text not null,
  folder text not null,
  name text not null,
  sha256 text not null,
  bytes bigint not null,
  upload_id text,
  arrived_by text not null,
  state text not null,
  run_id text,
  code text,
  actor text not null,
  arrived_at timestamp with time zone not null,
  settled_at timestamp with time zone,
  version bigint not null,
  "position" bigint not null,
  constraint inbox_file_pkey PRIMARY KEY (inbox_id),
  constraint inbox_file_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'taken'::text, 'imported'::text, 'failed'::text, 'rejected'::text, 'gone'::text])))
);
CREATE INDEX inbox_file_content ON waybill.inbox_file USING btree (sha256, inbox_id);
CREATE INDEX inbox_file_name ON waybill.inbox_file USING btree (folder, name, inbox_id);
CREATE INDEX inbox_file_run ON waybill.inbox_file USING btree (run_id);
CREATE UNIQUE INDEX inbox_file_waiting ON waybill.inbox_file USING btree (folder, name) WHERE (state = ANY (ARRAY['waiting'::text, 'taken'::text]));

create table waybill.key_secret (
  key_id text not null,
  generation integer not null,
  hash bytea not null,
  signing bytea not null,
  sealed boolean not null,
  constraint key_secret_pkey PRIMARY KEY (key_id, generation)
);

create table waybill.key_use (
  key_id text not null,
  last_at timestamp with time zone not null,
  address text not null,
  constraint key_use_pkey PRIMARY KEY (key_id)
);

create table waybill.known_database (
  stream text not null,
  name text not null,
  server text not null,
  database_id text,
  system_identifier text,
  oid bigint,
  first_position bigint not null,
  registered_at timestamp with time zone not null,
  identified_at timestamp with time zone,
  version bigint not null,
  "position" bigint not null,
  constraint known_database_name_key UNIQUE (name),
  constraint known_database_pkey PRIMARY KEY (stream)
);

create table waybill.lease (
  run_id text not null,
  attempt integer not null,
  worker text not null,
  worker_lock integer not null,
  expires_at timestamp with time zone not null,
  constraint lease_pkey PRIMARY KEY (run_id)
);

create table waybill.run_progress (
  run_id text not null,
  attempt integer not null,
  sequence bigint not null,
  progress jsonb not null,
  at timestamp with time zone not null,
  constraint run_progress_pkey PRIMARY KEY (run_id)
);

create table waybill.run_state (
  run_id text not null,
  kind text not null,
  state text not null,
  database_name text not null,
  upload text,
  tables text[] not null,
  input jsonb not null,
  actor text not null,
  api_key text,
  client text not null,
  attempt integer not null default 0,
  attempts_lost integer not null default 0,
  retries integer not null default 0,
  drifts integer not null default 0,
  between_attempts boolean not null default false,
  cancel_requested boolean not null default false,
  plan jsonb,
  approved_plan_hash text,
  result jsonb,
  failure jsonb,
  requested_position bigint not null,
  requested_at timestamp with time zone not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  version bigint not null,
  "position" bigint not null,
  resolutions jsonb not null default '[]'::jsonb,
  takes_back text,
  taken_back_by text,
  lost boolean not null default false,
  constraint run_state_pkey PRIMARY KEY (run_id)
);
CREATE INDEX run_state_open ON waybill.run_state USING btree (state) WHERE (state = ANY (ARRAY['requested'::text, 'running'::text, 'planned'::text, 'approved'::text]));
CREATE UNIQUE INDEX run_state_requested_position ON waybill.run_state USING btree (requested_position);
CREATE INDEX run_state_tables ON waybill.run_state USING gin (tables);
CREATE INDEX run_state_takes_back ON waybill.run_state USING btree (takes_back) WHERE (takes_back IS NOT NULL);

create table waybill.store_migration (
  id integer not null default nextval('waybill.store_migration_id_seq'::regclass),
  name character varying(255) not null,
  executed_at timestamp(6) with time zone not null default CURRENT_TIMESTAMP(6),
  constraint store_migration_pkey PRIMARY KEY (id)
);

create table waybill.upload (
  upload_id text not null,
  sha256 text not null,
  bytes bigint not null,
  name text not null,
  actor text not null,
  times integer not null,
  first_position bigint not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  version bigint not null,
  "position" bigint not null,
  constraint upload_sha256_key UNIQUE (sha256),
  constraint upload_pkey PRIMARY KEY (upload_id)
);

CREATE OR REPLACE FUNCTION waybill.append(appending jsonb, expected jsonb)
 RETURNS TABLE(event_position bigint, event_id text, event_version bigint)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION waybill.check_expected(expected jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION waybill.event_hash(previous bytea, happened waybill.event)
 RETURNS bytea
 LANGUAGE sql
 STABLE
 SET search_path TO 'pg_catalog', 'pg_temp'
RETURN sha256((previous || convert_to((jsonb_build_array((happened)."position", (happened).id, (happened).stream, (happened).version, (happened).type, (happened).schema_version, (happened).data, (happened).metadata, to_char(((happened).at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text)))::text, 'UTF8'::name)));

CREATE OR REPLACE FUNCTION waybill.project(happened waybill.event)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION waybill.project_aside(happened waybill.event)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if happened.type in ('SnapshotWritten', 'SnapshotFailed') then
    return true;
  end if;
  return waybill.project_files_in(happened);
end $function$;

CREATE OR REPLACE FUNCTION waybill.project_files_in(happened waybill.event)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  d constant jsonb := happened.data;
  id constant text := substr(happened.stream, position('-' in happened.stream) + 1);
begin
  case happened.type
    when 'KeyCreated' then
      insert into waybill.api_key (key_id, name, scopes, databases, tables, signed, expires_at, created_by, created_at, version, position)
      values (
        id, d ->> 'name', array(select jsonb_array_elements_text(d -> 'scopes')), case when jsonb_typeof(d -> 'databases') = 'array' then array(select jsonb_array_elements_text(d -> 'databases')) end, case when jsonb_typeof(d -> 'tables') = 'array' then array(select jsonb_array_elements_text(d -> 'tables')) end,
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
end $function$;

CREATE OR REPLACE FUNCTION waybill.project_request(happened waybill.event)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  kind_asked constant text := lower(substring(happened.type from '^(Import|Export|Merge|Replace|Rollback|Replay)Requested$'));
begin
  if kind_asked is null then
    return false;
  end if;
  insert into waybill.run_state (run_id, kind, state, database_name, upload, tables, input, takes_back, actor, api_key, client, requested_position, requested_at, version, position)
  values (
    substr(happened.stream, 5),
    kind_asked,
    'requested',
    happened.data ->> 'database',
    happened.data ->> 'upload',
    coalesce((select array_agg(name order by name) from jsonb_array_elements_text(happened.data -> 'tables') as name), '{}'),
    happened.data,
    case kind_asked when 'rollback' then happened.data ->> 'run' end,
    happened.metadata ->> 'actor', happened.metadata ->> 'apiKey', happened.metadata ->> 'client',
    happened.position, happened.at, happened.version, happened.position
  );
  return true;
end $function$;

CREATE OR REPLACE FUNCTION waybill.project_restored(happened waybill.event)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  update waybill.known_database set version = happened.version, position = happened.position where stream = happened.stream;
  update waybill.run_state set lost = true where run_id in (select jsonb_array_elements_text(happened.data -> 'lostRuns'));
  -- Newest first: what a lost rollback had taken back is there again, unless it is lost itself.
  perform waybill.project_taken_back(undone.takes_back)
  from (select takes_back from waybill.run_state where lost and takes_back is not null order by run_id desc) as undone;
end $function$;

CREATE OR REPLACE FUNCTION waybill.project_run(happened waybill.event)
 RETURNS boolean
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  if waybill.project_request(happened) then
    return true;
  end if;

  update waybill.run_state set version = happened.version, position = happened.position where run_id = substr(happened.stream, 5);
  case happened.type
    when 'RunStarted' then
      update waybill.run_state
      set state = 'running', attempt = (happened.data ->> 'attempt')::integer, between_attempts = false, started_at = coalesce(started_at, happened.at)
      where run_id = substr(happened.stream, 5);
    when 'RunAttemptLost' then
      update waybill.run_state
      set attempts_lost = attempts_lost + 1, retries = retries + case happened.data ->> 'cause' when 'retry' then 1 else 0 end, between_attempts = true
      where run_id = substr(happened.stream, 5);
    when 'RunDrifted' then
      update waybill.run_state set drifts = drifts + 1 where run_id = substr(happened.stream, 5);
    when 'RunPlanned' then
      update waybill.run_state
      set plan = happened.data,
        tables = coalesce((select array_agg(entry ->> 'table' order by entry ->> 'table') from jsonb_array_elements(happened.data -> 'tables') as entry), '{}'),
        state = case
          when approved_plan_hash is null and (input ->> 'approval' = 'required' or exists (select from jsonb_array_elements(happened.data -> 'tables') as entry where (entry -> 'counts' ->> 'conflict')::bigint > 0)) then 'planned'
          else state
        end
      where run_id = substr(happened.stream, 5);
    when 'ConflictsResolved' then
      update waybill.run_state set resolutions = resolutions || (happened.data -> 'resolutions') where run_id = substr(happened.stream, 5);
    when 'PlanApproved' then
      update waybill.run_state set state = 'approved', approved_plan_hash = happened.data ->> 'planHash' where run_id = substr(happened.stream, 5);
    when 'CancelRequested' then
      update waybill.run_state set cancel_requested = true where run_id = substr(happened.stream, 5);
    when 'RunCompleted' then
      update waybill.run_state
      set state = 'completed', result = happened.data, between_attempts = false, ended_at = happened.at,
        tables = coalesce((select array_agg(entry ->> 'table' order by entry ->> 'table') from jsonb_array_elements(happened.data -> 'tables') as entry), '{}')
      where run_id = substr(happened.stream, 5);
      perform waybill.project_taken_back(takes_back) from waybill.run_state where run_id = substr(happened.stream, 5) and takes_back is not null;
    when 'RunRefused' then
      update waybill.run_state set state = 'refused', failure = happened.data, between_attempts = false, ended_at = happened.at where run_id = substr(happened.stream, 5);
    when 'RunFailed' then
      update waybill.run_state set state = 'failed', failure = happened.data, between_attempts = false, ended_at = happened.at where run_id = substr(happened.stream, 5);
    when 'RunCancelled' then
      update waybill.run_state set state = 'cancelled', failure = happened.data, between_attempts = false, ended_at = happened.at where run_id = substr(happened.stream, 5);
    else
      return false;
  end case;
  return true;
end $function$;

CREATE OR REPLACE FUNCTION waybill.project_taken_back(last_run text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
declare
  target text := last_run;
begin
  while target is not null loop
    update waybill.run_state as taken
    set taken_back_by = (
      select max(taking.run_id)
      from waybill.run_state as taking
      where taking.takes_back = taken.run_id and taking.state = 'completed' and taking.taken_back_by is null and not taking.lost
    )
    where taken.run_id = target;
    select takes_back into target from waybill.run_state where run_id = target;
  end loop;
end $function$;

CREATE OR REPLACE FUNCTION waybill.rebuild_read_models()
 RETURNS bigint
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$;

CREATE OR REPLACE FUNCTION waybill.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  raise exception using errcode = 'WB002', message = format('The log is append-only: %s on %s.%s is refused', lower(tg_op), tg_table_schema, tg_table_name);
end $function$;
