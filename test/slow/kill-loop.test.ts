import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { contentDifferences, expectedAfterImport, readContent, type Content } from '../../examples/crearis/content.ts';
import { loadExample } from '../../examples/crearis/load.ts';
import { createRandom } from '../../examples/crearis/random.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import {
  createWaybill,
  leftovers,
  requestExport,
  requestImport,
  runEnded,
  temporaryFiles,
  type RunView,
  type Server,
  type Waybill,
} from '../support/scenario.ts';

/**
 * The worker is killed, or stopped past its lease, at every step boundary in turn, until a run ends without reaching the
 * n-th. After the restart the run ends by itself, once, and the target says what an uninterrupted run would have left.
 */
let waybill: Waybill;
let template: TestDatabase;
let expected: Content;
const file = 'example.tar.zst';

beforeAll(async () => {
  waybill = await createWaybill();
  const source = await waybill.database();
  template = await waybill.database();
  await loadExample(source.url, { copy: 'first', scale: 0.05 });
  await loadExample(template.url, { copy: 'second', scale: 0.05 });
  expected = expectedAfterImport(await readContent(source.url), await readContent(template.url));
  const exported = await waybill.cli(['export', '--from', source.url, '--out', `${waybill.env['WAYBILL_BACKUP_DIR'] ?? ''}/${file}`]);
  expect(exported, exported.stderr).toMatchObject({ status: 0 });
}, 120_000);
afterEach(() => waybill.killAll());
afterAll(() => waybill.close());

/** A target of its own for each boundary, under its own name. */
const targetNumber = async (n: number): Promise<{ readonly name: string; readonly target: TestDatabase }> => {
  const target = await createTestDatabase(template.name);
  await waybill.configure({ [`target-${n}`]: { url: target.url } });
  return { name: `target-${n}`, target };
};

const expectEndedOnce = async (run: RunView, target: TestDatabase): Promise<void> => {
  const types = run.events.edges.map(({ node }) => node.type);
  expect(run.state, `${run.failure?.code} ${run.failure?.message}`).toBe('COMPLETED');
  expect(types.filter((type) => ['RunCompleted', 'RunRefused', 'RunFailed', 'RunCancelled'].includes(type))).toEqual(['RunCompleted']);
  expect(contentDifferences(expected, await readContent(target.url))).toEqual([]);
};

const expectNothingLeft = async (target: TestDatabase): Promise<void> => {
  expect(await leftovers(target)).toEqual([]);
  expect(await temporaryFiles(waybill.env['WAYBILL_DATA_DIR'] ?? '')).toEqual([]);
  const verified = await waybill.cli(['verify', 'log', '--json']);
  expect(verified, verified.stderr).toMatchObject({ status: 0 });
};

/** `undefined` when the server died before it answered. */
const ask = async (server: Server, name: string): Promise<string | undefined> =>
  requestImport(server, name, `backup/${file}`, `import into ${name}`).catch(() => undefined);

const stop = async (server: Server): Promise<void> => {
  server.kill('SIGTERM');
  await server.ended;
};

test('a worker killed at any step boundary: the run ends by itself after the restart, exactly once', { timeout: 1_800_000 }, async () => {
  const points: string[] = [];
  for (let n = 1; ; n += 1) {
    const { name, target } = await targetNumber(n);
    const doomed = await waybill.serve({ WAYBILL_CRASH_AT: String(n) }).catch(() => undefined);
    const asked = doomed === undefined ? undefined : await ask(doomed, name);
    const died =
      doomed === undefined ||
      (asked === undefined
        ? true
        : await Promise.race([
            doomed.ended.then(() => true),
            runEnded(doomed, asked).then(
              () => false,
              () => true,
            ),
          ]));
    if (doomed !== undefined && !died) {
      await expectEndedOnce(await runEnded(doomed, asked ?? ''), target);
      await stop(doomed);
      console.warn(`Killed at ${n - 1} boundaries: ${points.join(', ')}`);
      expect(n).toBeGreaterThan(5);
      return;
    }
    await doomed?.ended;
    const point = /crash point \d+ (.*)/.exec(doomed?.output() ?? '')?.[1] ?? 'before it listened';
    points.push(point);
    const restarted = await waybill.serve();
    const runId = await ask(restarted, name);
    const run = await runEnded(restarted, runId ?? '', 30_000).catch((error: unknown) => {
      throw new Error(`after a kill at boundary ${n} (${point})`, { cause: error });
    });
    await expectEndedOnce(run, target);
    await stop(restarted);
    await expectNothingLeft(target);
    await target.drop();
  }
});

test('a worker killed at random times', { timeout: 1_800_000 }, async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = createRandom(seed);
    const { name, target } = await targetNumber(2000 + seed);
    const doomed = await waybill.serve();
    const runId = await ask(doomed, name);
    await new Promise((done) => setTimeout(done, random.whole(0, 900)));
    doomed.kill('SIGKILL');
    await doomed.ended;
    const restarted = await waybill.serve();
    const run = await runEnded(restarted, runId ?? '', 30_000).catch((error: unknown) => {
      throw new Error(`seed ${seed}`, { cause: error });
    });
    await expectEndedOnce(run, target);
    await stop(restarted);
    await expectNothingLeft(target);
    await target.drop();
  }
});

test('an export killed at any step boundary: one whole archive in the end, and no half one', { timeout: 1_800_000 }, async () => {
  const backups = waybill.env['WAYBILL_BACKUP_DIR'] ?? '';
  for (let n = 1; ; n += 1) {
    await waybill.configure({ template: { url: template.url } });
    const out = `killed-${n}.tar.zst`;
    const doomed = await waybill.serve({ WAYBILL_CRASH_AT: String(n) }).catch(() => undefined);
    const asked = doomed === undefined ? undefined : await requestExport(doomed, 'template', out).catch(() => undefined);
    const died =
      doomed === undefined ||
      asked === undefined ||
      (await Promise.race([
        doomed.ended.then(() => true),
        runEnded(doomed, asked).then(
          () => false,
          () => true,
        ),
      ]));
    if (doomed !== undefined && !died) {
      await stop(doomed);
      expect(n).toBeGreaterThan(3);
      return;
    }
    await doomed?.ended;
    const restarted = await waybill.serve();
    const run = await runEnded(restarted, await requestExport(restarted, 'template', out), 30_000);
    expect(run.state, `boundary ${n}: ${run.failure?.message}`).toBe('COMPLETED');
    await stop(restarted);
    expect((await readdir(backups)).filter((name) => name !== file && !/^killed-\d+\.tar\.zst$/.test(name))).toEqual([]);
    const verified = await waybill.cli(['verify', 'archive', `${backups}/${out}`]);
    expect(verified, verified.stderr).toMatchObject({ status: 0 });
  }
});

test('a worker stopped past its lease and continued writes nothing more', { timeout: 1_800_000 }, async () => {
  const points: string[] = [];
  for (let n = 3; ; n += 4) {
    const { name, target } = await targetNumber(1000 + n);
    const frozen = await waybill.serve({ WAYBILL_STOP_AT: String(n) });
    const point = stopPoint(frozen);
    const asked = await Promise.race([ask(frozen, name), point.then(() => undefined)]);
    const isStopped =
      asked === undefined
        ? true
        : await Promise.race([
            point.then(() => true),
            runEnded(frozen, asked, 60_000).then(
              () => false,
              () => true,
            ),
          ]);
    if (!isStopped) {
      await stop(frozen);
      console.warn(`Stopped at: ${points.join(', ')}`);
      expect(n).toBeGreaterThan(5);
      return;
    }
    points.push(await point);
    const second = await waybill.serve();
    // The stopped process may have been about to answer: the same request again is the same run.
    const runId = asked ?? (await ask(second, name)) ?? '';
    const run = await runEnded(second, runId, 60_000).catch((error: unknown) => {
      throw new Error(`after a stop at boundary ${n} (${points.at(-1)})`, { cause: error });
    });
    await expectEndedOnce(run, target);
    frozen.kill('SIGCONT');
    await new Promise((done) => setTimeout(done, 3000));
    await expectEndedOnce(await runEnded(second, runId), target);
    await stop(frozen);
    await stop(second);
    await expectNothingLeft(target);
    await target.drop();
  }
});

const stopPoint = async (server: Server): Promise<string> => {
  for (;;) {
    const found = /stop point \d+ (.*)/.exec(server.output())?.[1];
    if (found !== undefined) return found;
    await new Promise((done) => setTimeout(done, 50));
  }
};
