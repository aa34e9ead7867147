/** Snapshots are in the log alone. `project_aside` as it was keeps its work under a name that says what it is. */
export const projectSnapshots: readonly string[] = [
  `alter function waybill.project_aside(waybill.event) rename to project_files_in`,
  `create function waybill.project_aside(happened waybill.event) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if happened.type in ('SnapshotWritten', 'SnapshotFailed') then
    return true;
  end if;
  return waybill.project_files_in(happened);
end $$`,
];
