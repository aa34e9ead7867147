import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startPush } from '../support/push-process.ts';
import { createWaybill, type Server, type Waybill } from '../support/scenario.ts';

const key = 'the-key-of-both-machines';
let waybill: Waybill;
let server: Server;
let sender: string;

beforeAll(async () => {
  waybill = await createWaybill();
  server = await waybill.serve({ API_SECRET_KEY: key });
});
afterAll(() => waybill.close());
beforeEach(async () => {
  sender = await mkdtemp(join(tmpdir(), 'waybill-sender-'));
  await mkdir(join(sender, 'product_outbox'));
  return () => rm(sender, { recursive: true, force: true });
});

const put = (name: string, content: string | Uint8Array): Promise<void> => writeFile(join(sender, 'product_outbox', name), content);
const product = (code: string): string => `{"code":"${code}","name":"Product ${code}"}\n`;
const push = async (
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number | null; readonly output: string }> => {
  const process = startPush(sender, args, { API_SERVER_URL: server.url, API_SECRET_KEY: key, WAYBILL_SETTLE_SECONDS: '0', ...env });
  const status = await process.ended;
  return { status, output: process.output() };
};
const listed = async (folder: string): Promise<readonly string[]> => (await readdir(join(sender, folder))).filter((name) => !name.startsWith('.')).sort();

describe('waybill push', () => {
  test('reads server and key from .env, sends product_outbox, and keeps what it sent in temp_jsonl_product_storage', async () => {
    await writeFile(join(sender, '.env'), `API_SERVER_URL=${server.url}/\nAPI_SECRET_KEY=${key}\nWAYBILL_SETTLE_SECONDS=0\n`);
    await put('products-1.jsonl', product('env1'));
    const process = startPush(sender, [], {});
    expect(await process.ended).toBe(0);
    expect(process.output()).toMatch(/^sent {4}products-1\.jsonl \(\d+ B.*\)\n1 sent\.\n$/);
    expect([await listed('product_outbox'), await listed('temp_jsonl_product_storage')]).toEqual([[], ['products-1.jsonl']]);
  });

  test('ends with 3 when a file is bad, having sent the others', async () => {
    await put('a.jsonl', product('a'));
    await put('bad.jsonl.gz', gzipSync(product('bad')).subarray(0, -9));
    const { status, output } = await push();
    expect(status).toBe(3);
    expect(output).toMatch(/sent {4}a\.jsonl/);
    expect(output).toMatch(/refused bad\.jsonl\.gz: .*stops in the middle.*\(FILE_CORRUPT\)/);
    expect(await listed('product_outbox')).toEqual(['bad.jsonl.gz']);
  });

  test('ends with 3 when the key is wrong, and with 2 when there is no server to send to', async () => {
    await put('a.jsonl', product('key'));
    expect(await push([], { API_SECRET_KEY: 'another' })).toMatchObject({ status: 3, output: expect.stringMatching(/KEY_REFUSED/) });
    expect(await push([], { API_SERVER_URL: '' })).toMatchObject({ status: 2, output: expect.stringMatching(/API_SERVER_URL/) });
    expect(await listed('product_outbox')).toEqual(['a.jsonl']);
  });

  test('prints one object with --json', async () => {
    await put('a.jsonl', product('json'));
    const { status, output } = await push(['--json', '--match', '*.jsonl']);
    expect(status).toBe(0);
    const report = output.split('\n').find((line) => line.startsWith('{'));
    expect(JSON.parse(report ?? '')).toMatchObject({ ok: true, sent: [{ name: 'a.jsonl', as: 'a.jsonl' }], known: [], failed: [], pending: [] });
  });

  test('knows after a kill what had arrived', async () => {
    for (let index = 0; index < 20; index += 1) await put(`p-${index}.jsonl`, product(`kill-${index}`).repeat(50));
    const process = startPush(sender, [], { API_SERVER_URL: server.url, API_SECRET_KEY: key, WAYBILL_SETTLE_SECONDS: '0', WAYBILL_PUSH_CONCURRENCY: '1' });
    while (!process.output().includes('sent')) await new Promise((done) => setTimeout(done, 5));
    process.kill('SIGKILL');
    await process.ended;
    expect((await listed('product_outbox')).length).toBeGreaterThan(0);
    expect(await push()).toMatchObject({ status: 0 });
    expect((await listed('temp_jsonl_product_storage')).length).toBe(20);
    expect(await readFile(join(sender, 'temp_jsonl_product_storage', 'p-7.jsonl'), 'utf8')).toBe(product('kill-7').repeat(50));
  });
});
