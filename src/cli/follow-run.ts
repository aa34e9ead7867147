import { randomUUID } from 'node:crypto';
import type { Client } from './client.ts';
import type { ProgressSubscription, RunQuery } from './operations/generated/graphql.ts';
import { cancelRunMutation } from './operations/requests.ts';
import { progressSubscription, runQuery } from './operations/runs.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Output } from './output.ts';
import { resubscribe } from './resubscribe.ts';
import { createProgressView } from './progress-view.ts';

export type RunProgress = ProgressSubscription['runProgress'];
export type RunDetails = NonNullable<RunQuery['run']>;

export const issuesShown = 20;

export const readRun = async (client: Client, id: string, issues = issuesShown): Promise<RunDetails> => {
  const { run } = await client.execute(runQuery, { id, issues });
  if (run === null) throw unknownRun(id);
  return run;
};

export const unknownRun = (id: string): Refusal => new Refusal('RUN_UNKNOWN', `There is no run ${id}. \`waybill runs\` lists them.`);

const isOver = (state: RunProgress['state']): boolean => state !== 'REQUESTED' && state !== 'RUNNING' && state !== 'APPROVED';

/** Ctrl-C asks the run to stop, and waits until nothing of it is left; a second one leaves at once. */
const onInterrupt = (client: Client, runId: string, output: Output): (() => void) => {
  let isAsked = false;
  const interrupt = (): void => {
    if (isAsked) process.exit(130);
    isAsked = true;
    output.note('Cancelling the run; press Ctrl-C again to leave at once.');
    void client.execute(cancelRunMutation, { input: { run: runId }, idempotencyKey: randomUUID() }).catch((error: unknown) => output.note(String(error)));
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
  };
};

/** Shows a run's progress until it has ended or waits for approval; then what became of it. */
export const followRun = async (client: Client, runId: string, output: Output, attemptsBefore = 0): Promise<RunDetails> => {
  const left = new AbortController();
  const calm = onInterrupt(client, runId, output);
  const view = createProgressView(output, attemptsBefore);
  try {
    for await (const { runProgress } of resubscribe(() => client.subscribe(progressSubscription, { id: runId }, left.signal), output)) {
      view.show(runProgress);
      if (isOver(runProgress.state)) break;
    }
  } finally {
    view.end();
    calm();
    left.abort();
  }
  return readRun(client, runId);
};
