const tableNames = (path: string): string =>
  `coalesce((select array_agg(entry ->> 'table' order by entry ->> 'table') from jsonb_array_elements(${path}) as entry), '{}')`;

/** Read models from one event, inside the appending transaction. Uses nothing but the event, so a rebuild gives the same rows. */
export const createProject: readonly string[] = [
  `create function waybill.project_run(happened waybill.event) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if happened.type in ('ImportRequested', 'ExportRequested') then
    insert into waybill.run_state (run_id, kind, state, database_name, upload, tables, input, actor, api_key, client, requested_position, requested_at, version, position)
    values (
      substr(happened.stream, 5),
      case happened.type when 'ImportRequested' then 'import' else 'export' end,
      'requested',
      happened.data ->> 'database',
      happened.data ->> 'upload',
      coalesce((select array_agg(name order by name) from jsonb_array_elements_text(happened.data -> 'tables') as name), '{}'),
      happened.data, happened.metadata ->> 'actor', happened.metadata ->> 'apiKey', happened.metadata ->> 'client',
      happened.position, happened.at, happened.version, happened.position
    );
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
        state = case when input ->> 'approval' = 'required' and approved_plan_hash is null then 'planned' else state end
      where run_id = substr(happened.stream, 5);
    when 'PlanApproved' then
      update waybill.run_state set state = 'approved', approved_plan_hash = happened.data ->> 'planHash' where run_id = substr(happened.stream, 5);
    when 'CancelRequested' then
      update waybill.run_state set cancel_requested = true where run_id = substr(happened.stream, 5);
    when 'RunCompleted' then
      update waybill.run_state
      set state = 'completed', result = happened.data, between_attempts = false, ended_at = happened.at,
        tables = ${tableNames(`happened.data -> 'tables'`)}
      where run_id = substr(happened.stream, 5);
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

  `create function waybill.project(happened waybill.event) returns void
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
  elsif not waybill.project_run(happened) then
    raise exception using errcode = 'WB003', message = format('Event type %s is unknown to this version of Waybill', happened.type);
  end if;
end $$`,

  `create function waybill.rebuild_read_models() returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  happened waybill.event;
  last_position bigint;
begin
  select position into strict last_position from waybill.head for update;
  delete from waybill.run_state;
  delete from waybill.upload;
  delete from waybill.known_database;
  for happened in select * from waybill.event order by position loop
    perform waybill.project(happened);
  end loop;
  return last_position;
end $$`,
];
