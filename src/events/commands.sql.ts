import { sql, type Statement } from '../infra/postgres/sql.ts';

export const findUpload = (sha256: string): Statement => sql`/* events.commands.find-upload */
select upload_id from waybill.upload where sha256 = ${sha256}`;

export const findUploads = (sha256s: readonly string[]): Statement => sql`/* events.commands.find-uploads */
select sha256, upload_id from waybill.upload where sha256 = any (${sha256s}::pg_catalog.text[])`;

export const findDatabase = (name: string): Statement => sql`/* events.commands.find-database */
select stream from waybill.known_database where name = ${name}`;

/** What later runs did to a run. */
export const findAfterwards = (runId: string): Statement => sql`/* events.commands.find-afterwards */
select taken_back_by, lost from waybill.run_state where run_id = ${runId}`;
