import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The sending machine: `waybill push` as a process that a test may kill. */
export type PushProcess = {
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Undefined when a signal ended it. */
  readonly ended: Promise<number | null>;
};

const checkout = resolve(import.meta.dirname, '../..');

export const startPush = (folder: string, args: readonly string[], env: Readonly<Record<string, string>>): PushProcess => {
  const child = spawn(process.execPath, [resolve(checkout, 'src/cli/main.ts'), 'push', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, NODE_COMPILE_CACHE: resolve(checkout, 'node_modules/.cache/compiled'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  return { output: () => output, kill: (signal) => void child.kill(signal), ended: new Promise((done) => child.on('close', done)) };
};
