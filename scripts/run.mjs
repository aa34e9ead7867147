#!/usr/bin/env node
// Plain JavaScript that Node 20 can read: the one thing that runs before anything is installed.
//   node scripts/run.mjs                    installs what package-lock.json says, when it is not there
//   node scripts/run.mjs COMMAND [ARG]...   and then runs COMMAND with node_modules/.bin first on the path,
//                                           where `node` is Node 24
// Everything that is said here goes to standard error: standard output belongs to the command.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const binaries = join(root, 'node_modules', '.bin');
const isWindows = process.platform === 'win32';

const packagesOf = (file) => {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
};

/** npm writes what it installed to node_modules/.package-lock.json, as its last step. */
const isInstalled = () => {
  const wanted = packagesOf('package-lock.json');
  const present = packagesOf('node_modules/.package-lock.json');
  if (wanted === undefined || present === undefined) return false;
  const isMissing = ([path, entry]) => path !== '' && !entry.optional && !entry.devOptional && present[path]?.version !== entry.version;
  const isStale = ([path, entry]) => wanted[path]?.version !== entry.version;
  return !Object.entries(wanted).some(isMissing) && !Object.entries(present).some(isStale);
};

const install = () => {
  process.stderr.write('Installing the packages that package-lock.json names (npm ci); this takes about a minute ...\n');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--include=dev', '--include=optional', '--loglevel=error', '--no-fund', '--no-audit'];
  const [command, all] = npm === undefined ? ['npm', args] : [process.execPath, [npm, ...args]];
  const { status } = spawnSync(command, all, { cwd: root, stdio: ['ignore', 2, 2], shell: isWindows && npm === undefined });
  if (status === 0) return;
  process.stderr.write('npm ci failed; see its message above. Nothing was run.\n');
  process.exit(1);
};

const checkNode = () => {
  if (existsSync(join(binaries, isWindows ? 'node.cmd' : 'node')) || Number(process.versions.node.split('.')[0]) >= 24) return;
  process.stderr.write(
    `Waybill needs Node 24. There is no package of it for ${process.platform} on ${process.arch}, and this is Node ${process.versions.node}: install Node 24 and run the command again.\n`,
  );
  process.exit(1);
};

/**
 * Code without its types is kept between runs: `waybill runs` peaked at 147 MB instead of 162. Two arenas for glibc's
 * malloc instead of one per thread: what compresses rows left 16 MB behind.
 */
const run = (command, args) => {
  const path = [binaries, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter);
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'), MALLOC_ARENA_MAX: '2', ...process.env, PATH: path },
    shell: isWindows,
  });
  child.once('error', (error) => {
    process.stderr.write(`${command} could not be started: ${error.message}\n`);
    process.exit(1);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // Ctrl-C in a terminal reaches the child by itself; a second one would read as "stop at once".
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
};

if (!isInstalled()) install();
checkNode();
const [command, ...args] = process.argv.slice(2);
if (command !== undefined) run(command, args);
