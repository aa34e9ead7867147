import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createScan, type Look, type Scan } from '../../../src/infra/folders/scan.ts';

let folder: string;
let clock: number;
let scan: Scan;
const at = (name: string): string => join(folder, name);
const names = (look: Look) => ({
  complete: look.complete.map(({ name }) => name),
  pending: look.pending.map(({ name }) => name),
  gone: look.gone,
});
const later = async (seconds: number) => {
  clock += seconds * 1000;
  return names(await scan.look());
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-scan-'));
  clock = Date.now();
  scan = createScan(folder, { settleSeconds: 1, clock: () => clock });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('looking at a folder', () => {
  it('tells of a file once it has been left alone for long enough, and once only', async () => {
    await writeFile(at('a.csv'), 'x');
    expect(await later(0)).toEqual({ complete: [], pending: ['a.csv'], gone: [] });
    expect(await later(0.5)).toEqual({ complete: [], pending: ['a.csv'], gone: [] });
    expect(await later(0.6)).toEqual({ complete: ['a.csv'], pending: [], gone: [] });
    expect(await later(5)).toEqual({ complete: [], pending: [], gone: [] });
  });

  it('begins again with each write, also one that leaves the size as it was', async () => {
    await writeFile(at('a.csv'), 'x');
    await later(0);
    for (const text of ['xy', 'zz', 'zzz']) {
      await writeFile(at('a.csv'), text);
      expect((await later(0.9)).complete).toEqual([]);
    }
    expect((await later(1.1)).complete).toEqual(['a.csv']);
    await writeFile(at('a.csv'), 'new');
    await later(0.1);
    expect((await later(1.1)).complete).toEqual(['a.csv']);
  });

  it('takes an old file at its second look', async () => {
    await writeFile(at('old.csv'), 'x');
    clock += 3600_000;
    await scan.look();
    expect((await later(0.01)).complete).toEqual(['old.csv']);
  });

  it('waits for a file whose time lies in the future until it has seen it unchanged for long enough', async () => {
    execFileSync('touch', ['-d', '2099-01-01', at('future.csv')]);
    await scan.look();
    expect((await later(0.5)).complete).toEqual([]);
    expect((await later(0.6)).complete).toEqual(['future.csv']);
  });

  it('opens no link, no pipe and no folder, and passes over what writers call unfinished', async () => {
    await symlink('/etc/passwd', at('link.csv'));
    await mkdir(at('folder.csv'));
    execFileSync('mkfifo', [at('pipe.csv')]);
    for (const name of ['.hidden', 'a.csv.part', 'b.tmp', 'c.crdownload', 'd.waybill-part', '~$book.xlsx', 'e.csv~']) await writeFile(at(name), 'x');
    await scan.look();
    expect(await later(10)).toEqual({ complete: [], pending: [], gone: [] });
  });

  it('sees a file that was renamed into its name as a file of that name', async () => {
    await writeFile(at('a.csv.part'), 'x');
    await later(10);
    await rename(at('a.csv.part'), at('a.csv'));
    await later(0);
    expect((await later(1.1)).complete).toEqual(['a.csv']);
  });

  it('says what is gone, but nothing when the folder itself is', async () => {
    await writeFile(at('a.csv'), 'x');
    await writeFile(at('b.csv'), 'x');
    await later(0);
    await rm(at('a.csv'));
    expect((await later(0)).gone).toEqual(['a.csv']);
    await rename(folder, `${folder}-away`);
    expect(await later(5)).toEqual({ complete: [], pending: [], gone: [] });
    await rename(`${folder}-away`, folder);
    expect(await readdir(folder)).toEqual(['b.csv']);
    expect((await later(5)).gone).toEqual([]);
  });

  it('tells again of what it was told to forget', async () => {
    await writeFile(at('a.csv'), 'x');
    await later(0);
    await later(2);
    scan.forget('a.csv');
    expect((await later(0)).complete).toEqual(['a.csv']);
  });
});
