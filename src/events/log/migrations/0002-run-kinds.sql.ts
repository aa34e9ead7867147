/** Frozen once released: a later change is a new migration (STYLE, How SQL lives here). */
export const extendTables: readonly string[] = [
  `alter table waybill.run_state
  add column resolutions jsonb not null default '[]',
  add column takes_back text,
  add column taken_back_by text,
  add column lost boolean not null default false`,
  `create index run_state_takes_back on waybill.run_state (takes_back) where takes_back is not null`,
];

const tableNames = (path: string): string =>
  `coalesce((select array_agg(entry ->> 'table' order by entry ->> 'table') from jsonb_array_elements(${path}) as entry), '{}')`;

const hasConflicts = (path: string): string =>
  `exists (select from jsonb_array_elements(${path} -> 'tables') as entry where (entry -> 'counts' ->> 'conflict')::bigint > 0)`;

/** As in 0001, with what these kinds of run bring. Uses nothing but the event, so a rebuild gives the same rows. */
export const replaceProject: readonly string[] = [
  // A rollback that was itself taken back does not count: so each link of the chain is settled from the one above it.
  `create function waybill.project_taken_back(last_run text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
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
end $$`,

  `create function waybill.project_request(happened waybill.event) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
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
end $$`,

  `create or replace function waybill.project_run(happened waybill.event) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
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
        tables = ${tableNames(`happened.data -> 'tables'`)},
        state = case
          when approved_plan_hash is null and (input ->> 'approval' = 'required' or ${hasConflicts('happened.data')}) then 'planned'
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
        tables = ${tableNames(`happened.data -> 'tables'`)}
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
end $$`,

  `create function waybill.project_restored(happened waybill.event) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  update waybill.known_database set version = happened.version, position = happened.position where stream = happened.stream;
  update waybill.run_state set lost = true where run_id in (select jsonb_array_elements_text(happened.data -> 'lostRuns'));
  -- Newest first: what a lost rollback had taken back is there again, unless it is lost itself.
  perform waybill.project_taken_back(undone.takes_back)
  from (select takes_back from waybill.run_state where lost and takes_back is not null order by run_id desc) as undone;
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
  elsif not waybill.project_run(happened) then
    raise exception using errcode = 'WB003', message = format('Event type %s is unknown to this version of Waybill', happened.type);
  end if;
end $$`,
];
