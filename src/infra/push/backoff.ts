import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/refusal.ts';

/**
 * How often a thing is tried, and how long is waited in between: exponential with full jitter, so that many senders do not
 * come back at the same moment. What the network or a busy server says stops everybody who shares the connection; what is
 * wrong with one file delays that file alone.
 */
export type Patience = {
  /** Of one file. Each piece that arrives begins them anew. */
  readonly tries: number;
  /** When nobody can send anything; Infinity while somebody watches. */
  readonly serverTries: number;
  readonly firstMs: number;
  readonly mostMs: number;
};

export const usualPatience: Patience = { tries: 5, serverTries: 5, firstMs: 500, mostMs: 60_000 };

export const backoffMs = (failures: number, { firstMs, mostMs }: Patience, random: number): number =>
  Math.round(random * Math.min(mostMs, firstMs * 2 ** Math.min(failures, 30)));

/** `Retry-After`: seconds, or a date. Nobody is waited for longer than an hour. */
export const retryAfterMs = (header: string | undefined, now: number): number | undefined => {
  if (header === undefined) return undefined;
  const wait = /^\s*\d{1,9}\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), 3_600_000) : undefined;
};

/** Concerns all that is sent, not this file. */
const isOfServer = (failure: Failure): boolean => failure.code === 'SERVER_UNREACHABLE' || failure.code === 'RATE_LIMITED' || failure.details['status'] === 503;

const waitOf = (failure: Failure): number => (typeof failure.details['retryAfterMs'] === 'number' ? failure.details['retryAfterMs'] : 0);

export type Pause = { readonly ms: number; readonly message: string };
export type Line = {
  /** Repeats `attempt` while its failure is worth another try. It says `advanced` when some of it is done for good. */
  try<Result>(attempt: (advanced: () => void) => Promise<Result>): Promise<Result>;
  /** Nothing has gone through for as often as there are tries. */
  isDown(): boolean;
};

export const createLine = (options: { readonly patience: Patience; readonly signal: AbortSignal; onPause(pause: Pause): void }): Line => {
  const { patience, signal, onPause } = options;
  let failures = 0;
  let round = 0;
  let pause: Promise<unknown> | undefined;
  const pauseAll = (failure: Failure): void => {
    failures += 1;
    round += 1;
    const ms = Math.max(backoffMs(failures - 1, patience, Math.random()), waitOf(failure));
    onPause({ ms, message: failure.message });
    pause = sleep(ms, undefined, { signal }).finally(() => (pause = undefined));
    // Whoever waits for it sees the abort; without a waiter it must not end the process.
    pause.catch(() => undefined);
  };
  return {
    isDown: () => failures >= patience.serverTries - 1,
    try: async (attempt) => {
      let tries = 0;
      const advanced = (): void => void ([tries, failures] = [0, 0]);
      for (;;) {
        await pause;
        signal.throwIfAborted();
        const begun = round;
        try {
          const result = await attempt(advanced);
          failures = 0;
          return result;
        } catch (error) {
          tries += 1;
          if (!(error instanceof Failure) || !error.retryable || signal.aborted) throw error;
          const ofServer = isOfServer(error);
          if (tries >= (ofServer ? patience.serverTries : patience.tries)) throw error;
          if (!ofServer) await sleep(Math.max(backoffMs(tries - 1, patience, Math.random()), waitOf(error)), undefined, { signal });
          // Of eight that break at once one counts: it was one break.
          else if (begun === round) pauseAll(error);
        }
      }
    },
  };
};
