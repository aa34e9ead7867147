import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArena, type Arena } from '../support/arena.ts';
import { makeCase, smallerCases, type MergeCase } from './merge-case.ts';
import { play } from './merge-play.ts';
import { asDisagreement, type Disagreement } from './merge-side.ts';
import { randomFrom } from './random-tables.ts';
import { shrink } from './shrink.ts';

/**
 * Random schemas, edits on both sides, every policy: the engine against the row-by-row reference of merge-model.ts.
 * WAYBILL_MODEL_SEEDS for more, WAYBILL_MODEL_SEED for one, WAYBILL_MODEL_SHRINK for the milliseconds that a failure is made smaller.
 */
const seeds =
  process.env['WAYBILL_MODEL_SEED'] === undefined
    ? Array.from({ length: Number(process.env['WAYBILL_MODEL_SEEDS'] ?? 25) }, (_, seed) => seed + 1)
    : [Number(process.env['WAYBILL_MODEL_SEED'])];
const milliseconds = Number(process.env['WAYBILL_MODEL_SHRINK'] ?? 60_000);

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

type Failure = { readonly disagreement: Disagreement; readonly story: string };
const failureOf = async (found: MergeCase): Promise<Failure | undefined> => {
  const lines: string[] = [];
  try {
    await play(arena, found, (line) => void lines.push(line));
    return undefined;
  } catch (error) {
    return { disagreement: asDisagreement(error), story: lines.join('\n') };
  }
};

test.each(seeds)('merges as the row-by-row reference does, seed %i', { timeout: milliseconds + 60_000 }, async (seed) => {
  const random = randomFrom(seed * 7919);
  const found = makeCase(random, 1 + random.below(3));
  const failure = await failureOf(found);
  if (failure === undefined) return;
  const smallest = await shrink(found, smallerCases, {
    milliseconds,
    stillFails: async (candidate) => (await failureOf(candidate))?.disagreement.what === failure.disagreement.what,
  });
  const last = (await failureOf(smallest)) ?? failure;
  expect.unreachable(`seed ${seed}: ${last.disagreement.message}\n${last.story}\n`);
});
