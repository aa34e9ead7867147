import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openStore } from '../src/events/store.ts';
import type { RunEvent } from '../src/domain/run/events.ts';
import type { ImportInput } from '../src/domain/run/run.ts';

/**
 * Appends per second and the time from an event's commit being asked for to its subscriber, on a store of its own:
 * `node bench/log.ts CLUSTER_URL`. Prints one line per number; DESIGN 9 wants the 99th percentile below 20 ms.
 */
const cluster = process.argv[2] ?? process.env['WAYBILL_TEST_CLUSTER'];
if (cluster === undefined) throw new Error('Give the URL of a PostgreSQL cluster');

const meta = { actor: 'bench', requestId: 'bench', client: 'bench' };
const sha256 = 'a'.repeat(64);
const input: ImportInput = {
  upload: sha256,
  fileName: 'a.tar.zst',
  database: 'bench',
  onError: 'reject-all',
  exclusive: false,
  rebuild: 'auto',
  approval: 'none',
};
const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;
const perSecond = async (count: number, work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return Math.round(count / ((performance.now() - began) / 1000));
};

const name = `bench_log_${randomBytes(4).toString('hex')}`;
const admin = new pg.Client({ connectionString: cluster });
await admin.connect();
await admin.query(`create database ${name}`);
const url = new URL(cluster);
url.pathname = `/${name}`;
const store = await openStore(url.href, { purpose: 'bench', poolSize: 16 });
try {
  await store.registerDatabase('bench', 'bench', meta);
  await store.recordUpload({ sha256, bytes: 1, name: 'a' }, meta);
  const request = (): Promise<{ runId: string; position: number }> => store.requestRun({ kind: 'import', input }, meta);
  const started: RunEvent = { type: 'RunStarted', data: { attempt: 1, worker: 'bench' } };
  const times = async (count: number, work: () => Promise<unknown>): Promise<void> => {
    for (let index = 0; index < count; index += 1) await work();
  };
  await times(50, request);

  const runs: string[] = [];
  for (let index = 0; index < 16; index += 1) runs.push((await request()).runId);
  const writer = async (runId: string, count: number): Promise<void> => {
    for (let version = 1; version <= count; version += 1) await store.appendToRun(runId, version, [started], meta);
  };
  console.log(`appends/s, one writer                 ${await perSecond(500, () => writer(runs[0] ?? '', 500))}`);
  console.log(`appends/s, twelve writers             ${await perSecond(2400, () => Promise.all(runs.slice(1, 13).map((runId) => writer(runId, 200))))}`);
  console.log(
    `appends/s, batches of 100             ${await perSecond(5000, async () => {
      for (let batch = 0; batch < 50; batch += 1)
        await store.appendToRun(
          runs[13] ?? '',
          1 + batch * 100,
          Array.from({ length: 100 }, () => started),
          meta,
        );
    })}`,
  );
  console.log(`requests/s (decide, enqueue, append)  ${await perSecond(300, () => times(300, request))}`);
  console.log(`verified events/s                     ${await perSecond(await store.headPosition(), () => store.verify())}`);

  for (const subscribers of [1, 50]) {
    const delays: number[] = [];
    const stop = new AbortController();
    const sent = new Map<number, number>();
    const after = await store.headPosition();
    const follow = async (): Promise<void> => {
      for await (const { position } of store.subscribeEvents({ after, signal: stop.signal })) {
        const at = sent.get(position);
        if (at !== undefined) delays.push(performance.now() - at);
      }
    };
    const following = Array.from({ length: subscribers }, follow);
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (let index = 0; index < 200; index += 1) {
      sent.set(after + index + 1, performance.now());
      await store.appendToRun(runs[14] ?? '', 1 + index + (subscribers === 1 ? 0 : 200), [started], meta);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    stop.abort();
    await Promise.all(following);
    console.log(
      `event to subscriber ms, ${String(subscribers).padStart(2)} subscribers: p50 ${percentile(delays, 0.5).toFixed(1)}  p99 ${percentile(delays, 0.99).toFixed(1)}  (${delays.length} seen of ${200 * subscribers})`,
    );
  }
} finally {
  await store.close();
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
}
