import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const cliFile = resolve(import.meta.dirname, '../../src/cli/main.ts');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-demo-'));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const waybill = (args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cliFile, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder },
    encoding: 'utf8',
    timeout: 240_000,
  });
  return { status, stdout, stderr };
};

test('the demo carries the example, twice in a row, and every command that it names works', { timeout: 900_000 }, () => {
  for (const time of ['first', 'second']) {
    const demo = waybill(['demo']);
    expect(demo.status, `${time} time: ${demo.stderr}`).toBe(0);
    expect(demo.stdout).toContain('ok  every reference points to the right row by key');
    for (const fact of [
      'the same import again changes nothing',
      'every conflict is listed',
      'no edit of production is lost, nothing that it deleted returns, and all else is as development has it',
      'a row that both changed in different cells has both',
      'rows to which both gave the same id did not mix',
      'production is as if it had never been merged, and the later edits stay',
    ])
      expect(demo.stdout).toContain(`ok  ${fact}`);
    const commands = [...demo.stdout.matchAll(/^npm run -s waybill -- (\S+(?: \S+)*?)(?: {2,}|$)/gm)]
      .map(([, command]) => command ?? '')
      .filter((command) => command !== 'serve');
    expect(commands.length).toBeGreaterThan(4);
    for (const command of commands) {
      const result = waybill(command.split(' '));
      expect(result.status, `${command}: ${result.stderr}`).toBe(0);
      expect(result.stdout).not.toBe('');
    }
  }
});
