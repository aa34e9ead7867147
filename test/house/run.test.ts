import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));

type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

describe('scripts/run.mjs', () => {
  let folder: string;
  const lock = (packages: Record<string, { version: string; optional?: boolean }>): string => JSON.stringify({ packages });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-run-'));
    await mkdir(join(folder, 'scripts'));
    await copyFile(script, join(folder, 'scripts/run.mjs'));
    await writeFile(
      join(folder, 'package-lock.json'),
      lock({ '': { version: '0' }, 'node_modules/a': { version: '1.0.0' }, 'node_modules/other-platform': { version: '1.0.0', optional: true } }),
    );
    // Stands in for npm: notes that it was called and leaves what `npm ci` leaves.
    await writeFile(
      join(folder, 'npm.mjs'),
      `import fs from 'node:fs';
       console.log(process.argv.slice(2).join(' '));
       fs.appendFileSync('calls', 'x');
       if (process.env.FAIL) process.exit(1);
       fs.mkdirSync('node_modules', { recursive: true });
       const { packages } = JSON.parse(fs.readFileSync('package-lock.json'));
       delete packages[''];
       delete packages['node_modules/other-platform'];
       fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));`,
    );
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = async (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> => {
    const child = spawn(process.execPath, [join(folder, 'scripts/run.mjs'), ...args], {
      cwd: folder,
      env: { ...process.env, npm_execpath: join(folder, 'npm.mjs'), ...env },
    });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number | null]>]);
    return { code, stdout, stderr };
  };
  const calls = (): Promise<number> =>
    readFile(join(folder, 'calls'), 'utf8').then(
      (marks) => marks.length,
      () => 0,
    );

  it('installs once, and again when the lock file changed', async () => {
    await run([]);
    await run([]);
    expect(await calls()).toBe(1);
    await writeFile(join(folder, 'package-lock.json'), lock({ 'node_modules/a': { version: '1.0.1' } }));
    await run([]);
    expect(await calls()).toBe(2);
  });

  it('installs again when a package is left that the lock file does not name', async () => {
    await run([]);
    await writeFile(join(folder, 'package-lock.json'), lock({}));
    await run([]);
    expect(await calls()).toBe(2);
  });

  it('keeps standard output for the command', async () => {
    const outcome = await run(['node', '-p', '"only this"']);
    expect(outcome).toMatchObject({ code: 0, stdout: 'only this\n' });
    expect(outcome.stderr).toContain('npm ci');
  });

  it('passes arguments and the exit code on', async () => {
    const outcome = await run(['node', '-e', 'console.log(process.argv.slice(1).join("|")); process.exitCode = 7', 'a b', '"c"', '$d']);
    expect(outcome).toMatchObject({ code: 7, stdout: 'a b|"c"|$d\n' });
  });

  it('runs nothing when the installation failed', async () => {
    expect(await run(['node', '-p', '1'], { FAIL: '1' })).toMatchObject({ code: 1, stdout: '' });
  });

  it('says so when there is no such command', async () => {
    expect(await run(['no-such-command'])).toMatchObject({ code: 1, stderr: expect.stringContaining('no-such-command could not be started') });
  });

  it('hands a signal on and ends with the command', async () => {
    await run([]);
    const child = spawn(
      process.execPath,
      [join(folder, 'scripts/run.mjs'), 'node', '-e', 'process.on("SIGTERM", () => process.exit(9)); console.log("up"); setTimeout(() => {}, 20000)'],
      {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(child.stdout, 'data');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(9);
  });
});
