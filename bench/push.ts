import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { median, type Measured } from './budgets.ts';
import type { BenchServer } from './server.ts';

/** `waybill push` as cron starts it: from the command to its end, with every file confirmed by hash and moved. */
const pushedFiles = 1000;
const fileBytes = 10 * 1024;

type Folders = { readonly outbox: string; readonly sent: string };

/** Half of it is gained by compression, as with product data. */
const fill = async ({ outbox, sent }: Folders): Promise<void> => {
  for (const folder of [outbox, sent]) await mkdir(folder, { recursive: true });
  for (let file = 0; file < pushedFiles; file += 1) {
    await writeFile(join(outbox, `products-${String(file).padStart(4, '0')}.jsonl`), randomBytes(fileBytes / 2).toString('hex'));
  }
};

const run = (folder: string, url: string, { outbox, sent }: Folders): Promise<number> =>
  new Promise((done, failed) => {
    const began = performance.now();
    const child = spawn(process.execPath, [resolve(import.meta.dirname, '../src/cli/main.ts'), 'push', '--outbox', outbox, '--sent', sent], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, NODE_COMPILE_CACHE: join(folder, 'compiled'), API_SERVER_URL: url, WAYBILL_SETTLE_SECONDS: '0' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('close', (status) => (status === 0 ? done((performance.now() - began) / 1000) : failed(new Error(`waybill push ended with ${status}`))));
  });

/** A round takes about 2,000 units of the minute's rate limit: more than two would measure that. */
const mostRounds = 2;

export const measurePush = async (folder: string, server: BenchServer, rounds: number): Promise<Measured> => {
  const seconds: number[] = [];
  for (let round = 0; round < Math.min(rounds, mostRounds); round += 1) {
    const folders = { outbox: join(folder, `outbox-${round}`), sent: join(folder, `sent-${round}`) };
    await fill(folders);
    seconds.push(await run(folder, server.url, folders));
    const moved = await readdir(folders.sent);
    if (moved.length !== pushedFiles) throw new Error(`Of ${pushedFiles} files ${moved.length} were sent.`);
    await rm(folders.sent, { recursive: true });
  }
  const typical = median(seconds);
  return {
    name: 'push',
    value: (typical * 1000) / pushedFiles,
    rounds: [],
    note: `${pushedFiles} files of ${fileBytes / 1024} kB: ${seconds.map((one) => `${one.toFixed(2)} s`).join(', ')}, ${Math.round(pushedFiles / typical)} files/s with the start of the command`,
  };
};
