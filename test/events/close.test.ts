import { expect, test } from 'vitest';
import { RunState } from '../../src/events/projectors/read-models/run-state.ts';
import { createTestStore } from '../support/store.ts';

test('a store that is closed while it is asked answers first', async () => {
  const { store, close } = await createTestStore();
  const asked = Array.from({ length: 3 }, () => store.context.orm.em.fork().count(RunState));
  const slow = store.context.pool.query('select pg_catalog.pg_sleep(0.2)');
  await close();
  expect(await Promise.all(asked)).toEqual([0, 0, 0]);
  expect((await slow).rowCount).toBe(1);
});
