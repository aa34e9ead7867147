import { sql, type Statement } from '../infra/postgres/sql.ts';

export type OwnExportRow = { readonly state: 'requested' | 'running' | 'completed'; readonly sha256: string | null };

/**
 * Exports that may have written this file of the exchange folder: those that still run, and those that wrote that name, with
 * what they wrote. What has arrived under the name since then was somebody else's, and so is what lies there after it.
 */
export const exportsOf = (name: string, path: string): Statement => sql`/* events.own-export.exports-of */
with exported as (
  select run_id, state, result, ended_at, input ->> 'out' as out,
    coalesce(input ->> 'to', case coalesce(input ->> 'format', 'archive') when 'archive' then 'backup' else 'exchange' end) as place
  from waybill.run_state
  where kind = 'export' and state = any (array['requested', 'running', 'completed'])
)
select state, null as sha256
from exported
where state <> 'completed' and (place = 'exchange' or starts_with(out, '/'))
union all
select state, file.value ->> 'sha256'
from exported, jsonb_array_elements(
  coalesce(result -> 'files', jsonb_build_array(jsonb_build_object('name', result -> 'file', 'sha256', result -> 'archive' -> 'sha256')))
) as file
where state = 'completed' and (place = 'exchange' and file.value ->> 'name' = ${name} or file.value ->> 'name' = ${path})
  and ended_at > coalesce((select max(arrived_at) from waybill.inbox_file where folder = 'exchange' and name = ${name}), '-infinity')`;
