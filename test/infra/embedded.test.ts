import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canHoldCluster, isRoot } from '../../src/infra/postgres/embedded/account.ts';
import { ensureDatabase, startEmbedded } from '../../src/infra/postgres/embedded.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';

const holder = fileURLToPath(new URL('../support/hold-embedded.ts', import.meta.url));

type Report = { readonly url: string; readonly adopted: boolean; readonly pid: number };

/** A process of its own that starts (or adopts) the server and holds it until its standard input ends. */
const hold = async (dataDir: string): Promise<{ readonly report: Report; readonly child: ChildProcess }> => {
  const child = spawn(process.execPath, [holder, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  return { child, report: JSON.parse(line) as Report };
};

const release = async (child: ChildProcess): Promise<void> => {
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
};

const kill = async (child: ChildProcess): Promise<void> => {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
};

const valueOf = async (url: string): Promise<string> => {
  const session = await openSession(url, { purpose: 'test' });
  const row = await session.one<{ value: string }>(sql`select value from kept`);
  await session.close();
  return row.value;
};

const write = async (url: string, value: string): Promise<void> => {
  const session = await openSession(url, { purpose: 'test' });
  await session.run(sql`create table kept as select ${sql.lit(value)} as value`);
  await session.close();
};

const isRunning = async (folder: string): Promise<boolean> => (await readdir(join(folder, 'postgres')).catch((): string[] => [])).includes('postmaster.pid');

describe('the embedded server', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-embedded-'));
    await chmod(folder, 0o755);
  });
  afterEach(async () => {
    if (await isRunning(folder)) await (await startEmbedded({ dataDir: folder })).stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('starts in an empty folder, speaks PostgreSQL 18 with logical decoding, and stops', async () => {
    const embedded = await startEmbedded({ dataDir: folder });
    const session = await openSession(embedded.url, { purpose: 'test' });
    const row = await session.one<{ version: string; wal: string; address: string }>(sql`
      select current_setting('server_version_num') as version, current_setting('wal_level') as wal, current_setting('listen_addresses') as address`);
    await session.close();
    await embedded.stop();
    expect(row).toMatchObject({ version: expect.stringMatching(/^18/), wal: 'logical', address: '127.0.0.1' });
    expect(await isRunning(folder)).toBe(false);
  });

  it('lets nobody in without the password, which only its owner can read', async () => {
    const embedded = await startEmbedded({ dataDir: folder });
    const url = new URL(embedded.url);
    url.password = 'guessed';
    await expect(openSession(url.href, { purpose: 'test' })).rejects.toMatchObject({ code: 'DATABASE_AUTHENTICATION_FAILED' });
    expect((await stat(join(folder, 'postgres.password'))).mode & 0o077).toBe(0);
    await embedded.stop();
  });

  it('serves two processes that start at the same time with one server', async () => {
    const [one, two] = await Promise.all([hold(folder), hold(folder)]);
    expect(two.report.pid).toBe(one.report.pid);
    expect(one.report.adopted).toBe(!two.report.adopted);
    await Promise.all([release(one.child), release(two.child)]);
    expect(await isRunning(folder)).toBe(false);
  });

  it('goes on for the others when the process that started it leaves, and stops with the last', async () => {
    const first = await hold(folder);
    const second = await hold(folder);
    await release(first.child);
    await write(second.report.url, 'still here');
    expect(await valueOf(second.report.url)).toBe('still here');
    await release(second.child);
    expect(await isRunning(folder)).toBe(false);
  });

  it('stops although somebody else has a session open, and soon', async () => {
    const embedded = await startEmbedded({ dataDir: folder });
    const session = await openSession(embedded.url, { purpose: 'test' });
    const begun = Date.now();
    await embedded.stop();
    expect(Date.now() - begun).toBeLessThan(5000);
    expect((await session.lost).message).not.toBe('');
  });

  it('is adopted after the process that started it was killed', async () => {
    const killed = await hold(folder);
    await write(killed.report.url, 'kept');
    await kill(killed.child);
    const embedded = await startEmbedded({ dataDir: folder });
    expect(embedded).toMatchObject({ adopted: true, pid: killed.report.pid });
    expect(await valueOf(embedded.url)).toBe('kept');
    await embedded.stop();
    expect(await isRunning(folder)).toBe(false);
  });

  it('recovers when the server was killed too, with everything that was committed', async () => {
    const killed = await hold(folder);
    await write(killed.report.url, 'committed');
    process.kill(killed.report.pid, 'SIGKILL');
    await kill(killed.child);
    const embedded = await startEmbedded({ dataDir: folder });
    expect(embedded.adopted).toBe(false);
    expect(await valueOf(embedded.url)).toBe('committed');
    await embedded.stop();
  });

  it('starts although a killed process left the lock file and a half-made cluster', async () => {
    const dead = spawn('true');
    await once(dead, 'exit');
    await writeFile(join(folder, 'postgres.lock'), `${dead.pid} 1`);
    await cp(fileURLToPath(new URL('.', import.meta.url)), join(folder, 'postgres.new-half'), { recursive: true });
    const embedded = await startEmbedded({ dataDir: folder });
    await embedded.stop();
    // A checkout that the server's account cannot enter has its binaries copied here.
    const names = (await readdir(folder)).filter((name) => !name.startsWith('postgres-'));
    expect(names.toSorted()).toEqual(['postgres', 'postgres.log', 'postgres.password', 'postgres.users']);
  });

  it('makes a database once, however many ask for it at the same time', async () => {
    const embedded = await startEmbedded({ dataDir: folder });
    const name = 'Ünïcode "quoted"';
    const urls = await Promise.all(Array.from({ length: 4 }, () => ensureDatabase(embedded.url, name)));
    const session = await openSession(urls[0] ?? '', { purpose: 'test' });
    expect(await session.one(sql`select current_database() as name`)).toEqual({ name });
    await session.close();
    await embedded.stop();
  });

  it('refuses a folder that another version made, and one that holds something else', async () => {
    await cp(fileURLToPath(new URL('.', import.meta.url)), join(folder, 'postgres'), { recursive: true });
    await expect(startEmbedded({ dataDir: folder })).rejects.toMatchObject({ code: 'EMBEDDED_FOREIGN_FOLDER' });
    await writeFile(join(folder, 'postgres', 'PG_VERSION'), '17\n');
    await expect(startEmbedded({ dataDir: folder })).rejects.toMatchObject({ code: 'EMBEDDED_WRONG_VERSION' });
    await rm(join(folder, 'postgres'), { recursive: true });
  });

  it.runIf(isRoot())('names the closed folder when the server may not reach its data', async () => {
    await chmod(folder, 0o700);
    expect(await canHoldCluster(join(folder, 'data'))).toBe(false);
    await expect(startEmbedded({ dataDir: join(folder, 'data') })).rejects.toThrow(folder);
    await chmod(folder, 0o755);
  });

  it('says which file is wrong when the password was lost', async () => {
    const first = await startEmbedded({ dataDir: folder });
    const password = await readFile(join(folder, 'postgres.password'), 'utf8');
    await writeFile(join(folder, 'postgres.password'), 'other');
    await expect(startEmbedded({ dataDir: folder })).rejects.toMatchObject({ code: 'EMBEDDED_PASSWORD_LOST' });
    await writeFile(join(folder, 'postgres.password'), password);
    await first.stop();
  });
});
