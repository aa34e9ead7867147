import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { FileRule } from '../../src/domain/inbox/rules.ts';
import type { ExportInput } from '../../src/domain/run/run.ts';
import { createWatch, type Watch } from '../../src/events/watcher.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestApp, type TestApp } from '../support/app.ts';
import { createShop, type Shop } from '../support/shop.ts';
import { meta } from '../support/store.ts';

let shop: Shop;
let rig: TestApp;
let watch: Watch;
let clock = Date.now();

const rules: readonly FileRule[] = [{ folder: 'exchange', match: '*.{csv,jsonl}', into: 'target', mode: 'merge', after: 'keep' }];
const path = (name: string): string => join(rig.app.config.exchangeDir, name);

beforeAll(async () => {
  shop = await createShop();
  rig = await createTestApp({ WAYBILL_DATABASE_SOURCE: shop.source.url, WAYBILL_DATABASE_TARGET: shop.target.url }, { worker: true });
  await rig.app.databases.registerConfigured(meta());
  await mkdir(dirname(path('x')), { recursive: true });
}, 60_000);
afterAll(async () => {
  await rig?.close();
  await shop?.close();
});
beforeEach(() => {
  watch = createWatch({
    ...rig.app,
    config: { ...rig.app.config, rules, watch: { ...rig.app.config.watch, exchange: true, settleSeconds: 1 } },
    clock: () => clock,
  });
});

/** Looks often enough for a file to settle, and until what was taken has ended; what was said. */
const looks = async (): Promise<readonly string[]> => {
  const heard: string[] = [];
  const open = new Set<string>();
  for (let turn = 0; turn < 6 || open.size > 0; turn += 1) {
    for (const { type, name } of await watch.turn()) {
      heard.push(`${type} ${name}`);
      if (type === 'taken') open.add(name);
      else open.delete(name);
    }
    clock += 1500;
    if (open.size > 0) await sleep(50);
  }
  return heard;
};

const requested = async (input: Partial<ExportInput>): Promise<string> =>
  (await rig.app.store.requestRun({ kind: 'export', input: { database: 'source', compression: 'zstd', recipients: [], ...input } }, meta())).runId;
const ended = async (runId: string): Promise<void> => {
  for (;;) {
    const run = await rig.app.store.run(runId);
    if (run?.state === 'completed') return;
    if (run?.state === 'failed' || run?.state === 'refused') throw new Error(JSON.stringify(run.failure));
    await sleep(20);
  }
};

it('what an export wrote is left to people, until they have edited it', async () => {
  await ended(await requested({ tables: ['customer'], format: 'csv' }));
  const exported = await readFile(path('customer.csv'), 'utf8');
  expect(await looks()).toEqual([]);
  await writeFile(path('customer.csv'), exported.replace('Eve', 'Eva'));
  expect(await looks()).toEqual(['arrived customer.csv', 'taken customer.csv', 'imported customer.csv']);
  // Written by somebody who takes the edit back, not by an export.
  await writeFile(path('customer.csv'), exported);
  expect(await looks()).toEqual(['arrived customer.csv', 'taken customer.csv', 'imported customer.csv']);
  await ended(await requested({ tables: ['customer'], format: 'csv' }));
  expect(await looks()).toEqual([]);
});

it('the same content under another name, or from another folder, is somebody’s file', async () => {
  await ended(await requested({ tables: ['customer'], format: 'jsonl', to: 'backup', out: 'kept.jsonl' }));
  const text = await readFile(join(rig.app.config.backupDir, 'kept.jsonl'), 'utf8');
  await writeFile(path('kept.jsonl'), text);
  expect((await looks())[0]).toBe('arrived kept.jsonl');
  await ended(await requested({ tables: ['purchase'], format: 'jsonl', out: path('orders.jsonl') }));
  expect(await looks()).toEqual([]);
  await writeFile(path('purchase.jsonl'), await readFile(path('orders.jsonl')));
  expect((await looks())[0]).toBe('arrived purchase.jsonl');
});

it('what an export that still runs may have written waits for its end', async () => {
  const holder = await shop.source.session();
  await holder.run(sql`begin`);
  await holder.run(sql`lock table purchase in access exclusive mode`);
  const running = await requested({ tables: ['customer'], format: 'csv' });
  while ((await rig.app.store.run(running))?.state !== 'running') await sleep(20);
  const text = 'email,name\nown@example.org,Own\n';
  await rig.app.blobs.put(
    (async function* () {
      yield Buffer.from(text);
    })(),
  );
  await writeFile(path('customer~2.csv'), text);
  await writeFile(path('other.csv'), 'a\n1\n');
  const heard = await looks();
  expect(heard.filter((line) => line.includes('customer~2'))).toEqual([]);
  expect(heard[0]).toBe('arrived other.csv');
  await holder.run(sql`rollback`);
  await ended(running);
  expect((await looks()).filter((line) => !line.includes('other'))[0]).toBe('arrived customer~2.csv');
});
