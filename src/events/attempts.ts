import { decide, type AttemptCommand, type AttemptLossCause, type RunCommand } from '../domain/run/decide.ts';
import type { Metadata, RunEvent } from '../domain/run/events.ts';
import { runFrom } from '../domain/run/evolve.ts';
import type { Requested, Run, RunFacts } from '../domain/run/state.ts';
import { Defect } from '../domain/refusal.ts';
import type { Tx } from '../infra/postgres/transaction-pool.ts';
import { isRunEvent, loadStream } from './commands.ts';
import type { StoreContext } from './context.ts';
import { execute } from './execute.ts';
import { endLease, findAbandoned, seizeLease, takeLease, type Holder } from './lease.sql.ts';
import { newId } from './log/append.ts';

/** An attempt that this worker has started and holds the lease of. */
export type Claim = {
  readonly runId: string;
  readonly attempt: number;
  readonly requested: Requested;
  readonly retries: number;
  readonly cancelRequested: boolean;
  readonly approvedPlanHash?: string;
  readonly resolutions: RunFacts['resolutions'];
  readonly meta: Metadata;
};

type Loaded = { readonly run: Run; readonly version: number; readonly meta: Metadata };

/** Events of a worker keep the actor and request of whoever asked for the run. */
const load = async (tx: Pick<Tx, 'many'>, runId: string): Promise<Loaded> => {
  const events = await loadStream(tx, `run-${runId}`);
  const [first] = events;
  const asked = first?.metadata ?? { actor: 'local', requestId: runId };
  return {
    run: runFrom(events.map(({ event }) => event).filter(isRunEvent)),
    version: events.length,
    meta: { ...asked, client: 'worker', correlation: runId, ...(first === undefined ? {} : { causation: first.id }) },
  };
};

const appending = (runId: string, { version, meta }: Loaded, events: readonly RunEvent[]) => ({
  events: events.map((event) => ({ id: newId(), stream: `run-${runId}`, event, metadata: meta })),
  expected: { [`run-${runId}`]: { kind: 'exact' as const, version } },
  standsAt: 0,
});

const workerCall = (name: string) => ({ name, input: undefined, meta: { actor: 'worker', requestId: name, client: 'worker' } });

const nothing = { events: [], expected: {}, standsAt: 0 } as const;

/** Message, lease and RunStarted are one transaction. `idle` when no message is due, `dropped` when one was out of date. */
export const claimNext = async (context: StoreContext, holder: Holder): Promise<Claim | 'idle' | 'dropped'> => {
  const { claim } = await execute<{ claim: Claim | 'idle' | 'dropped' }>(context, workerCall('start attempt'), async (tx) => {
    const message = await context.queue.take(tx);
    if (message === undefined) return { ...nothing, answer: { claim: 'idle' } };
    const loaded = await load(tx, message.runId);
    const { run } = loaded;
    const wanted = run.state === 'requested' || run.state === 'approved' || (run.state === 'running' && run.betweenAttempts);
    if (!wanted || run.attempt + 1 !== message.attempt) return { ...nothing, answer: { claim: 'dropped' } };
    await tx.run(takeLease(message.runId, message.attempt, holder));
    const claim: Claim = {
      runId: message.runId,
      attempt: message.attempt,
      requested: run.requested,
      retries: run.retries,
      cancelRequested: run.cancelRequested,
      ...(run.approvedPlanHash === undefined ? {} : { approvedPlanHash: run.approvedPlanHash }),
      resolutions: run.resolutions,
      meta: loaded.meta,
    };
    return { ...appending(message.runId, loaded, decide(run, { type: 'StartAttempt', worker: holder.worker })), answer: { claim } };
  });
  return claim;
};

export type Ending = { readonly worker: string; readonly nextAfterSeconds?: number };

/**
 * Appends what the attempt reports. With `ending` its lease goes in the same transaction, and the next attempt is enqueued
 * there too. Refused with RUN_SUPERSEDED when the attempt is not the one under way.
 */
export const report = async (
  context: StoreContext,
  claim: Claim,
  command: Exclude<AttemptCommand, { type: 'StartAttempt' }>,
  ending?: Ending,
): Promise<void> => {
  await execute(context, workerCall(command.type), async (tx) => {
    const loaded = await load(tx, claim.runId);
    const decided = decide(loaded.run, command);
    if (ending !== undefined) {
      await tx.run(endLease(claim.runId, claim.attempt, ending.worker));
      if (ending.nextAfterSeconds !== undefined) await context.queue.enqueue(tx, { runId: claim.runId, attempt: claim.attempt + 1 }, ending.nextAfterSeconds);
    }
    return { ...appending(claim.runId, loaded, decided), answer: {} };
  });
};

/** Ends an attempt that leaves a plan to wait; a cancel that came before the plan takes effect now. */
export const releasePlanned = async (context: StoreContext, claim: Claim, worker: string): Promise<void> => {
  await execute(context, workerCall('release planned'), async (tx) => {
    const loaded = await load(tx, claim.runId);
    await tx.run(endLease(claim.runId, claim.attempt, worker));
    const next = afterRelease(loaded.run, claim.attempt);
    return next === undefined ? { ...nothing, answer: {} } : { ...appending(claim.runId, loaded, decide(loaded.run, next)), answer: {} };
  });
};

/** The log decides what waits: a run that it calls running and that nobody holds would hang for ever. */
const afterRelease = (run: Run, attempt: number): RunCommand | undefined => {
  if (run.state === 'planned') return run.cancelRequested ? { type: 'CancelRun' } : undefined;
  if (run.state !== 'running' || run.betweenAttempts || run.attempt !== attempt) return undefined;
  return { type: 'FailRun', attempt, code: 'DEFECT', message: 'Waybill broke: a run was left to wait with a plan that does not wait.' };
};

/** A run that brought down this many workers is tried on, but not at once. */
const patience = 25;
const slowRetrySeconds = 10;

/** Takes every abandoned attempt from its holder: the log says so, and the next attempt is enqueued. Returns how many. */
export const takeOverAbandoned = async (context: StoreContext): Promise<number> => {
  const found = await context.queries.many<{ run_id: string; attempt: number; worker: string; expired: boolean }>(findAbandoned());
  let taken = 0;
  for (const { run_id: runId, attempt, worker, expired } of found) {
    const cause: AttemptLossCause = expired ? 'lease-expired' : 'worker-gone';
    const reason = expired ? `The worker ${worker} did not renew its lease.` : `The session of the worker ${worker} is gone.`;
    const { seized } = await execute<{ seized: boolean }>(context, workerCall('take over'), async (tx) => {
      if ((await tx.run(seizeLease(runId, attempt))) === 0) return { ...nothing, answer: { seized: false } };
      const loaded = await load(tx, runId);
      const { run } = loaded;
      if (run.state === 'none') throw new Defect(`The lease of run ${runId} has no run`);
      const underWay = run.state === 'running' && !run.betweenAttempts && run.attempt === attempt;
      if (!underWay) return { ...nothing, answer: { seized: true } };
      await context.queue.enqueue(tx, { runId, attempt: attempt + 1 }, attempt > patience ? slowRetrySeconds : 0);
      return { ...appending(runId, loaded, decide(run, { type: 'LoseAttempt', attempt, cause, reason })), answer: { seized: true } };
    });
    if (seized) taken += 1;
  }
  return taken;
};
