import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { contentDifferences, readContent, type Content } from '../../examples/crearis/content.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { dbhash, hashDifferences } from '../support/dbhash.ts';
import { ask, createEmptyProduction, createProduction, type Asking, type Production } from '../support/production.ts';
import { createWaybill, leftovers, runEnded, temporaryFiles, type RunView, type Server, type Waybill } from '../support/scenario.ts';

/**
 * Merge, rollback and replay killed at every step boundary in turn, until a run ends without reaching the n-th. After the
 * restart the run ends by itself, exactly once, and the database says what an uninterrupted run leaves.
 */
let waybill: Waybill;
let production: Production;
let schemaOnly: TestDatabase;

beforeAll(async () => {
  waybill = await createWaybill();
  production = await createProduction(waybill, 0.03);
  schemaOnly = await createEmptyProduction(waybill);
}, 240_000);
afterEach(() => waybill.killAll());
afterAll(() => waybill.close());

const stop = async (server: Server): Promise<void> => {
  server.kill('SIGTERM');
  await server.ended;
};

const merging = (n: number): Asking => ({
  mutation: 'merge',
  input: { upload: production.archives.home, database: `target-${n}`, base: production.archives.base, onConflict: 'incoming', deletes: true, maxDeletes: 100 },
  key: `merge ${n}`,
});

const targetNumber = async (n: number): Promise<TestDatabase> => {
  const target = await createTestDatabase(production.database.name);
  await waybill.configure({ [`target-${n}`]: { url: target.url } });
  return target;
};

const ended = async (server: Server, asking: Asking): Promise<RunView> => {
  const run = await runEnded(server, await ask(server, asking), 60_000);
  const types = run.events.edges.map(({ node }) => node.type);
  expect(run.state, `${asking.key}: ${run.failure?.code} ${run.failure?.message}`).toBe('COMPLETED');
  expect(types.filter((type) => ['RunCompleted', 'RunRefused', 'RunFailed', 'RunCancelled'].includes(type))).toEqual(['RunCompleted']);
  return run;
};

/** The point at which the server died, or undefined when the run ended before the n-th. */
const killedAt = async (n: number, asking: Asking): Promise<string | undefined> => {
  const doomed = await waybill.serve({ WAYBILL_CRASH_AT: String(n) }).catch(() => undefined);
  if (doomed === undefined) return 'before it listened';
  const asked = await ask(doomed, asking).catch(() => undefined);
  const died =
    asked === undefined ||
    (await Promise.race([
      doomed.ended.then(() => true),
      runEnded(doomed, asked).then(
        () => false,
        () => true,
      ),
    ]));
  if (!died) {
    await ended(doomed, asking);
    await stop(doomed);
    return undefined;
  }
  await doomed.ended;
  return /crash point \d+ (.*)/.exec(doomed.output())?.[1] ?? 'before it listened';
};

/** Kills at boundary 1, 2, ... of one kind of run, each on a target of its own. */
const killEverywhere = async (
  what: string,
  { prepare, check }: { readonly prepare: (n: number) => Promise<Asking>; readonly check: (n: number) => Promise<void> },
): Promise<readonly string[]> => {
  const points: string[] = [];
  for (let n = 1; ; n += 1) {
    const asking = await prepare(n);
    const point = await killedAt(n, asking);
    if (point !== undefined) {
      points.push(point);
      const restarted = await waybill.serve();
      await ended(restarted, asking).catch((error: unknown) => {
        throw new Error(`${what} after a kill at boundary ${n} (${point})`, { cause: error });
      });
      await stop(restarted);
    }
    await check(n);
    expect(await temporaryFiles(waybill.env['WAYBILL_DATA_DIR'] ?? '')).toEqual([]);
    if (point === undefined) break;
  }
  console.warn(`${what}: killed at ${points.length} boundaries: ${points.join(', ')}`);
  const verified = await waybill.cli(['verify', 'log', '--json']);
  expect(verified, verified.stderr).toMatchObject({ status: 0 });
  return points;
};

/** Targets in the order of their numbers: what the merge left, for the rollback that follows. */
const mergedOnce = async (): Promise<{ readonly before: Content; readonly after: Content }> => {
  const target = await targetNumber(0);
  const before = await readContent(target.url);
  const server = await waybill.serve();
  await ended(server, merging(0));
  await stop(server);
  const after = await readContent(target.url);
  await target.drop();
  return { before, after };
};

test('a merge killed at any step boundary ends by itself after the restart, exactly once', { timeout: 1_800_000 }, async () => {
  const { before, after } = await mergedOnce();
  expect(contentDifferences(before, after).length).toBeGreaterThan(50);
  const targets = new Map<number, TestDatabase>();
  const points = await killEverywhere('merge', {
    prepare: async (n) => {
      targets.set(n, await targetNumber(n));
      return merging(n);
    },
    check: async (n) => {
      const target = targets.get(n);
      if (target === undefined) throw new Error(`No target ${n}`);
      expect(contentDifferences(after, await readContent(target.url)), `boundary ${n}`).toEqual([]);
      expect(await leftovers(target)).toEqual([]);
      await target.drop();
    },
  });
  for (const point of ['import.marked', 'import.planned', 'import.deleted-early', 'import.table-updated', 'import.component-inserted', 'import.committed'])
    expect(points).toContain(point);
});

test('a rollback killed at any step boundary takes the run back, exactly once', { timeout: 1_800_000 }, async () => {
  const targets = new Map<number, { readonly target: TestDatabase; readonly before: Awaited<ReturnType<typeof dbhash>> }>();
  const points = await killEverywhere('rollback', {
    prepare: async (n) => {
      const target = await targetNumber(1000 + n);
      targets.set(n, { target, before: await dbhash(target.url, { withoutWaybill: true }) });
      const server = await waybill.serve();
      const { runId } = await ended(server, merging(1000 + n));
      await stop(server);
      return { mutation: 'rollback', input: { run: runId }, key: `rollback ${n}` };
    },
    check: async (n) => {
      const found = targets.get(n);
      if (found === undefined) throw new Error(`No target ${n}`);
      expect(hashDifferences(found.before, await dbhash(found.target.url, { withoutWaybill: true })), `boundary ${n}`).toEqual([]);
      expect(await leftovers(found.target)).toEqual([]);
      await found.target.drop();
    },
  });
  for (const point of ['rollback.marked', 'rollback.planned', 'rollback.deleted', 'rollback.table-updated', 'rollback.restored', 'rollback.committed'])
    expect(points).toContain(point);
});

test('a replay killed at any step boundary goes on where it was', { timeout: 1_800_000 }, async () => {
  const original = await createTestDatabase(schemaOnly.name);
  await waybill.configure({ original: { url: original.url } });
  const server = await waybill.serve();
  await ended(server, { mutation: 'import', input: { upload: production.archives.base, database: 'original' }, key: 'replay import' });
  const merged = await ended(server, { ...merging(0), input: { ...merging(0).input, database: 'original' }, key: 'replay merge' });
  const taken = await ended(server, { mutation: 'rollback', input: { run: merged.runId }, key: 'replay rollback' });
  await ended(server, { mutation: 'rollback', input: { run: taken.runId }, key: 'replay redo' });
  await stop(server);
  const wanted = await dbhash(original.url, { withoutWaybill: true });
  const targets = new Map<number, TestDatabase>();
  const points = await killEverywhere('replay', {
    prepare: async (n) => {
      const target = await createTestDatabase(schemaOnly.name);
      targets.set(n, target);
      await waybill.configure({ original: { url: original.url }, [`replayed-${n}`]: { url: target.url } });
      return { mutation: 'replay', input: { database: `replayed-${n}`, of: 'original' }, key: `replay ${n}` };
    },
    check: async (n) => {
      const target = targets.get(n);
      if (target === undefined) throw new Error(`No target ${n}`);
      expect(hashDifferences(wanted, await dbhash(target.url, { withoutWaybill: true })), `boundary ${n}`).toEqual([]);
      expect(await leftovers(target)).toEqual([]);
      await target.drop();
    },
  });
  await original.drop();
  for (const point of ['replay.staged', 'replay.marked', 'replay.written', 'replay.before-commit', 'replay.committed', 'replay.recorded', 'replay.done'])
    expect(points).toContain(point);
});
