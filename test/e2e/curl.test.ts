import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWaybill, type Server, type Waybill } from '../support/scenario.ts';

const key = 'key-of-the-readme';
let waybill: Waybill;
let server: Server;
const files: Readonly<Record<string, Buffer>> = {
  'products.jsonl': Buffer.from('{"code":"p1","name":"Product 1"}\n'),
  'workspace.csv': Buffer.from('id,name\n1,home\n'),
  'big.jsonl': Buffer.from('{"code":"p2"}\n'.repeat(200_000)),
};

beforeAll(async () => {
  waybill = await createWaybill();
  server = await waybill.serve({ API_SECRET_KEY: key });
  for (const [name, content] of Object.entries(files)) await writeFile(waybill.path(name), content);
  await writeFile(waybill.path('products.jsonl.gz'), gzipSync(files['products.jsonl'] ?? ''));
});
afterAll(() => waybill.close());

/** The lines of the block that the README marks. */
const printed = async (): Promise<readonly string[]> => {
  const readme = await readFile(resolve('README.md'), 'utf8');
  const block = /<!-- curl -->\s+```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  return block.trim().split('\n');
};

const run = (line: string): Promise<{ readonly status: number; readonly output: string }> =>
  new Promise((done) => {
    const env = { PATH: process.env['PATH'] ?? '', KEY: key, URL: server.url };
    execFile('/bin/sh', ['-c', line], { cwd: waybill.folder, env }, (error, output, complaint) =>
      done({ status: error === null ? 0 : Number(error.code ?? 1), output: output + complaint }),
    );
  });

test('the lines of the README send files, and say what arrived', async () => {
  const lines = await printed();
  expect(lines).toHaveLength(4);
  const answers = [];
  for (const line of lines) {
    expect(line).toMatch(/^curl /);
    const { status, output } = await run(line);
    expect(output).not.toMatch(/curl: /);
    expect(status).toBe(0);
    answers.push(JSON.parse(output));
  }
  const sha256 = (name: string): string =>
    createHash('sha256')
      .update(files[name] ?? '')
      .digest('hex');
  expect(answers.slice(0, 3)).toMatchObject(
    ['products.jsonl', 'workspace.csv', 'big.jsonl'].map((name) => ({ name, inbox: name, sha256: sha256(name), bytes: files[name]?.length, known: false })),
  );
  expect(JSON.stringify(answers[3])).toMatch(/big\.jsonl.*WAITING/);
  for (const name of Object.keys(files)) expect(await readFile(resolve(waybill.env['WAYBILL_INBOX_DIR'] ?? '', name))).toEqual(files[name]);
});

test('what is refused fails the line, and says why', async () => {
  const { status, output } = await run('curl -sS --fail-with-body -H "Authorization: Bearer wrong" -T products.jsonl.gz "$URL/api/upload/"');
  expect(status).toBe(22);
  expect(output).toContain('UNAUTHENTICATED');
});
