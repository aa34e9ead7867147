import { openStore } from '../../src/events/store.ts';
import type { RunOutcome } from '../../src/events/job.ts';
import { startWorker } from '../../src/events/worker.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';

/**
 * A worker as a process of its own, for tests that kill or stop it: `node worker-process.ts STORE_URL NAME LEASE_SECONDS WORK_MS`.
 * Its handler writes one row (run, attempt, worker) to public.work when it begins and one when it is through.
 */
const [, , url = '', name = '', leaseSeconds = '5', workMs = '0'] = process.argv;
const store = await openStore(url, { purpose: `test ${name}` });
const session = await openSession(url, { purpose: `test ${name} work` });
const note = (runId: string, attempt: number, step: string): Promise<number> =>
  session.run(sql`insert into public.work (run_id, attempt, worker, step) values (${runId}, ${attempt}, ${name}, ${step})`);

const work = async (job: { runId: string; attempt: number; signal: AbortSignal }): Promise<RunOutcome> => {
  await note(job.runId, job.attempt, 'begun');
  const until = Date.now() + Number(workMs);
  while (Date.now() < until && !job.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 20));
  if (job.signal.aborted) {
    await note(job.runId, job.attempt, `aborted ${String(job.signal.reason.code)}`);
    return { state: 'cancelled', phase: 'applying' };
  }
  await note(job.runId, job.attempt, 'done');
  return { state: 'completed', result: { kind: 'export', file: 'x', archive: { sha256: 'f'.repeat(64), bytes: 1 }, tables: [], seconds: 0, notes: [] } };
};

const worker = await startWorker(store, {
  handlers: { import: work, merge: work, replace: work, rollback: work, replay: work, export: work },
  leaseSeconds: Number(leaseSeconds),
  workerId: name,
  finishSeconds: 0,
  onError: (error) => console.error(error),
});
console.log('ready');
process.on('SIGTERM', () => {
  void worker
    .stop()
    .then(() => session.close())
    .then(() => store.close())
    .then(() => process.exit(0));
});
