import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFollowRig, play } from './play.ts';
import type { Rig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await createFollowRig();
});
afterAll(() => rig.close());

describe('a snapshot that follows', () => {
  it.each([1, 2, 3, 6])(
    'equals a fresh one after any mix of changes (seed %i)',
    async (seed) => {
      await expect(play(rig, seed, 6)).resolves.toBeUndefined();
    },
    60_000,
  );
});
