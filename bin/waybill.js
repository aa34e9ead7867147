#!/usr/bin/env node
// Plain JavaScript on purpose: it must run on the Node that the system has, and find the one that Waybill needs.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire, enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const [major = 0] = process.versions.node.split('.').map(Number);
const built = new URL('../dist/cli/main.js', import.meta.url);
const source = new URL('../src/cli/main.ts', import.meta.url);
// Node runs TypeScript everywhere but below node_modules.
const entry = existsSync(source) && !import.meta.url.includes('/node_modules/') ? source : built;

const ownNode = () => {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  try {
    return createRequire(import.meta.url).resolve(`node-${platform}-${process.arch}/bin/node${platform === 'win' ? '.exe' : ''}`);
  } catch {
    console.error(`Waybill needs Node 24 or newer; this is ${process.versions.node}, and no newer one came with the installation.`);
    return process.exit(1);
  }
};

if (major >= 24) {
  enableCompileCache();
  await import(entry.href);
} else {
  const child = spawn(ownNode(), ['--max-semi-space-size=1', fileURLToPath(entry), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 1;
  });
}
