import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/refusal.ts';
import type { Output } from './output.ts';

const longestPauseMs = 5000;
const patienceMs = 60_000;

/**
 * A subscription that outlives its connection. Each time it is lost it begins again, and whoever starts it says from
 * where: after the last event seen, so that none is missed and none comes twice.
 */
export const resubscribe = async function* <Value>(start: () => AsyncIterable<Value>, output: Output): AsyncGenerator<Value, void, undefined> {
  let lostAt: number | undefined;
  for (let pause = 200; ; pause = Math.min(longestPauseMs, pause * 2)) {
    try {
      for await (const value of start()) {
        [lostAt, pause] = [undefined, 200];
        yield value;
      }
      return;
    } catch (error) {
      if (!(error instanceof Failure) || !error.retryable) throw error;
      if (lostAt === undefined) output.note(output.dim('The connection to the server was lost; trying again.'));
      lostAt ??= Date.now();
      if (Date.now() - lostAt > patienceMs) throw error;
      await sleep(pause);
    }
  }
};
