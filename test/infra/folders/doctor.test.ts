import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, prepareDataFolders, type Config } from '../../../src/infra/config.ts';
import { checkFolder, checkFolders } from '../../../src/infra/doctor-folders.ts';
import { hasNonce, removeNonce, removeOldNonces, writeNonce } from '../../../src/infra/folders/nonce.ts';
import { removeOld } from '../../../src/infra/folders/retention.ts';

let folder: string;
let config: Config;
const day = 86_400_000;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-folders-'));
  ({ config } = await loadConfig({ cwd: folder, env: { WAYBILL_DATA_DIR: join(folder, 'data') } }));
  await prepareDataFolders(config);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('what the doctor says of folders', () => {
  it('is that all is well where it is, and that everybody may write where everybody may', async () => {
    expect((await checkFolders(config)).filter(({ state }) => state !== 'ok')).toEqual([]);
    await chmod(config.exchangeDir, 0o777);
    expect(await checkFolder('exchangeDir', config.exchangeDir)).toMatchObject({ state: 'warning', detail: expect.stringContaining('chmod 755') });
    await chmod(config.exchangeDir, 0o1777);
    expect(await checkFolder('exchangeDir', config.exchangeDir)).toMatchObject({ state: 'ok' });
  });

  it.runIf(process.getuid?.() !== 0)('is that a folder cannot be written to', async () => {
    await chmod(config.exchangeDir, 0o500);
    expect(await checkFolder('exchangeDir', config.exchangeDir)).toMatchObject({ state: 'problem' });
  });

  it('is that a rule names a database that nobody registered', async () => {
    const rules = [{ folder: 'inbox', match: '*.csv', into: 'nowhere', mode: 'import', after: 'move' }] as const;
    expect(await checkFolders({ ...config, rules })).toContainEqual({ name: 'rules', state: 'problem', detail: expect.stringContaining('nowhere') });
  });

  it('is what was left half-written, and which parts of uploads have expired', async () => {
    for (const path of [join(config.inboxDir, 'a.csv.part'), join(config.dataDir, 'parts', 'abc')]) {
      await writeFile(path, 'x');
      await utimes(path, new Date(Date.now() - 2 * day), new Date(Date.now() - 2 * day));
    }
    const said = (await checkFolders(config)).filter(({ state }) => state === 'warning');
    expect(said.map(({ name }) => name)).toEqual(['inbox files', 'unfinished uploads']);
  });
});

describe('retention', () => {
  const removed = async (retention: Config['retention'], days: number) => {
    const all = [];
    for await (const each of removeOld({ ...config, retention }, Date.now() + days * day)) all.push(each);
    return all;
  };

  it('removes what has lain long enough where finished files lie, and nothing else', async () => {
    await mkdir(config.sentDir, { recursive: true });
    await mkdir(join(config.exchangeDir, 'sub'));
    for (const path of [
      join(config.inboxDir, 'waits.csv'),
      join(config.inboxDir, 'imported', 'done.csv'),
      join(config.inboxDir, 'rejected', 'bad.csv'),
      join(config.sentDir, 'sent.csv'),
      join(config.exchangeDir, 'x.csv'),
      join(config.exchangeDir, 'sub', 'y.csv'),
    ])
      await writeFile(path, 'abc');
    expect(await removed({ exchange: 0, inbox: 0, sent: 0 }, 1000)).toEqual([]);
    expect(await removed({ exchange: 10, inbox: 10, sent: 10 }, 9)).toEqual([]);
    expect(await removed({ exchange: 0, inbox: 10, sent: 10 }, 11)).toEqual([
      { folder: 'inbox', files: ['imported/done.csv'], bytes: 3 },
      { folder: 'inbox', files: ['rejected/bad.csv'], bytes: 3 },
      { folder: 'sent', files: ['sent.csv'], bytes: 3 },
    ]);
    expect(await removed({ exchange: 10, inbox: 0, sent: 0 }, 11)).toEqual([{ folder: 'exchange', files: ['x.csv'], bytes: 3 }]);
    expect(await readdir(config.inboxDir)).toContain('waits.csv');
    expect(await readdir(join(config.exchangeDir, 'sub'))).toEqual(['y.csv']);
  });

  it('counts from when a file came to lie there, not from the time that a copy brought with it', async () => {
    const path = join(config.inboxDir, 'imported', 'old.csv');
    await writeFile(path, 'x');
    await utimes(path, new Date(0), new Date(0));
    expect(await removed({ exchange: 0, inbox: 10, sent: 0 }, 0)).toEqual([]);
  });
});

describe('a nonce', () => {
  it('is written once, seen, removed, and forgotten ones go by themselves', async () => {
    const nonce = '0123456789abcdef';
    await writeNonce(config.exchangeDir, nonce);
    await expect(writeNonce(config.exchangeDir, nonce)).rejects.toThrow();
    expect(await hasNonce(config.exchangeDir, nonce)).toBe(true);
    await removeOldNonces(config.exchangeDir, Date.now() + 60_000);
    expect(await hasNonce(config.exchangeDir, nonce)).toBe(true);
    await removeOldNonces(config.exchangeDir, Date.now() + 700_000);
    expect(await hasNonce(config.exchangeDir, nonce)).toBe(false);
    await removeNonce(config.exchangeDir, nonce);
  });
});
