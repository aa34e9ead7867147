import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from '../../domain/refusal.ts';
import type { Seen } from '../folders/scan.ts';
import { usualPatience } from './backoff.ts';
import { withSession, type NotSent, type Outcome, type PushOptions, type Sent } from './push-session.ts';

export type PushReport = {
  readonly sent: readonly Sent[];
  /** The server had them already. */
  readonly known: readonly Sent[];
  readonly failed: readonly NotSent[];
  /** Still being written, or not reached; nothing is wrong with them. */
  readonly pending: readonly string[];
  /** Why nothing more was sent. */
  readonly stopped?: Failure;
};

const some = <Value>(values: readonly (Value | undefined)[]): readonly Value[] => values.filter((value) => value !== undefined);

/** Sends what is there, and what is being written and ends soon; then tells. */
export const pushFiles = (options: PushOptions): Promise<PushReport> =>
  withSession(options, options.patience ?? usualPatience, async ({ scan, matches, round, stopped }) => {
    const until = Date.now() + options.settleSeconds * 1000 + 1000;
    const outcomes: Outcome[] = [];
    let pending: readonly Seen[];
    for (;;) {
      const look = await scan.look();
      pending = look.pending.filter(({ name }) => matches(name));
      const complete = look.complete.filter(({ name }) => matches(name));
      outcomes.push(...(await round(complete)));
      if (stopped() !== undefined || options.signal.aborted || pending.length === 0 || (complete.length === 0 && Date.now() > until)) break;
      // The second look at files that are old enough comes at once.
      await sleep(Math.min(100, options.lookSeconds * 1000), undefined, { signal: options.signal }).catch(() => undefined);
    }
    const why = stopped();
    return {
      sent: some(outcomes.map(({ sent }) => sent)),
      known: some(outcomes.map(({ known }) => known)),
      failed: some(outcomes.map(({ failed }) => failed)),
      pending: [...new Set([...some(outcomes.map((outcome) => outcome.pending)), ...pending.map(({ name }) => name)])],
      ...(why === undefined ? {} : { stopped: why }),
    };
  });

/** A file that failed for no reason of its own is tried again after this. */
const secondChanceMs = 60_000;

/** Until the signal, or until the key is refused, which is thrown. A refused file is sent again when it changes. */
export const watchOutbox = (options: PushOptions): Promise<void> =>
  withSession(options, { ...(options.patience ?? usualPatience), serverTries: Number.POSITIVE_INFINITY }, async ({ scan, matches, round, stopped }) => {
    const again = new Map<string, number>();
    while (!options.signal.aborted) {
      for (const [name, due] of again) if (Date.now() >= due && again.delete(name)) scan.forget(name);
      const { complete } = await scan.look();
      for (const { failed, pending } of await round(complete.filter(({ name }) => matches(name)))) {
        if (pending !== undefined) again.set(pending, 0);
        if (failed !== undefined && !failed.isFinal) again.set(failed.name, Date.now() + secondChanceMs);
      }
      const why = stopped();
      if (why !== undefined) throw why;
      await sleep(options.lookSeconds * 1000, undefined, { signal: options.signal }).catch(() => undefined);
    }
  });
