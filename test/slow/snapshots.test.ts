import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFollowRig, play } from '../engine/snapshot/play.ts';
import type { Rig } from '../engine/snapshot/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await createFollowRig();
});
afterAll(() => rig.close());

describe('a snapshot that follows for long', () => {
  it.each(Array.from({ length: 40 }, (_, at) => 100 + at))('equals a fresh one after any mix of changes (seed %i)', async (seed) => {
    await expect(play(rig, seed, 15)).resolves.toBeUndefined();
  });
});
