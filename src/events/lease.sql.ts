import { sql, type Statement } from '../infra/postgres/sql.ts';

/** First key of the advisory lock that every live worker's session holds; the second is the worker's own number. */
export const workerLockClass = 0x7762_6c6c;

const thisDatabase = sql`(select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())`;

export const holdWorkerLock = (number: number): Statement => sql`/* events.lease.hold-worker-lock */
select pg_catalog.pg_try_advisory_lock(${workerLockClass}, ${number}) as held`;

export type Holder = { readonly worker: string; readonly workerLock: number; readonly leaseSeconds: number };

/** Time is the store's clock alone: workers' clocks may be wrong. An earlier attempt's row is taken over. */
export const takeLease = (runId: string, attempt: number, holder: Holder): Statement => sql`/* events.lease.take-lease */
insert into waybill.lease as held (run_id, attempt, worker, worker_lock, expires_at)
values (${runId}, ${attempt}, ${holder.worker}, ${holder.workerLock}, pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => ${holder.leaseSeconds}))
on conflict (run_id) do update
set attempt = excluded.attempt, worker = excluded.worker, worker_lock = excluded.worker_lock, expires_at = excluded.expires_at
where held.attempt < excluded.attempt`;

/** What is still this worker's of the runs it is at, with the cancels that were asked for meanwhile. */
export const renewLeases = (holder: Holder, runIds: readonly string[]): Statement => sql`/* events.lease.renew-leases */
with renewed as (
  update waybill.lease
  set expires_at = pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => ${holder.leaseSeconds}), worker_lock = ${holder.workerLock}
  where worker = ${holder.worker} and run_id = any(${[...runIds]})
  returning run_id, attempt
)
select renewed.run_id, renewed.attempt, run.cancel_requested
from renewed
join waybill.run_state as run on run.run_id = renewed.run_id`;

export const heldLeases = (worker: string): Statement => sql`/* events.lease.held-leases */
select held.run_id, held.attempt, run.cancel_requested
from waybill.lease as held
join waybill.run_state as run on run.run_id = held.run_id
where held.worker = ${worker}`;

export const endLease = (runId: string, attempt: number, worker: string): Statement => sql`/* events.lease.end-lease */
delete from waybill.lease where run_id = ${runId} and attempt = ${attempt} and worker = ${worker}`;

/** Nobody's any more: the lease ran out, or the session that stood for its worker is gone. */
const abandoned = sql`(
  held.expires_at < pg_catalog.clock_timestamp()
  or not exists (
    select from pg_catalog.pg_locks as present
    where present.locktype = 'advisory' and present.granted and present.objsubid = 2 and present.database = ${thisDatabase}
      and present.classid = ${workerLockClass}::pg_catalog.oid and present.objid = held.worker_lock::pg_catalog.oid
  )
)`;

export const findAbandoned = (): Statement => sql`/* events.lease.find-abandoned */
select held.run_id, held.attempt, held.worker, held.expires_at < pg_catalog.clock_timestamp() as expired
from waybill.lease as held
where ${abandoned}`;

/** Deletes it only if that is still so; a worker that renews meanwhile waits for this row and then finds it gone. */
export const seizeLease = (runId: string, attempt: number): Statement => sql`/* events.lease.seize-lease */
delete from waybill.lease as held
where held.run_id = ${runId} and held.attempt = ${attempt} and ${abandoned}`;
