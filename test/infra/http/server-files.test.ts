import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createServerFiles, type ServerFiles } from '../../../src/infra/http/server-files.ts';

let folder: string;
let files: ServerFiles;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-files-'));
  for (const name of ['backup', 'exchange/deep', 'inbox', 'backup-of-others']) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'backup/a.tar.zst'), 'archive');
  await writeFile(join(folder, 'exchange/deep/b.tar.zst'), 'archive');
  await writeFile(join(folder, 'secret'), 'secret');
  await writeFile(join(folder, 'backup-of-others/c'), 'secret');
  await symlink(join(folder, 'secret'), join(folder, 'backup/out'));
  await symlink('a.tar.zst', join(folder, 'backup/within'));
  await symlink(folder, join(folder, 'exchange/up'));
  execFileSync('mkfifo', [join(folder, 'inbox/pipe')]);
  files = createServerFiles({ backup: join(folder, 'backup'), exchange: join(folder, 'exchange'), inbox: join(folder, 'inbox') });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = async (path: string, trusted = false): Promise<string> => {
  const { handle } = await files.open(path, trusted);
  try {
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
};

test.each(['backup/a.tar.zst', 'exchange/deep/b.tar.zst', 'backup/within', 'exchange/deep/../deep/b.tar.zst', 'backup/./a.tar.zst'])(
  '%s is read',
  async (path) => {
    expect(await read(path)).toBe('archive');
  },
);

test.each([
  '/etc/passwd',
  'secret',
  '../secret',
  'backup',
  'backup/',
  'backup/..',
  'backup/../secret',
  'backup/../backup-of-others/c',
  'backup-of-others/c',
  'backup/out',
  'exchange/up/secret',
  'exchange/up/backup/a.tar.zst',
  'inbox/pipe',
  'exchange/deep',
  'backup/a.tar.zst\0.txt',
  'backup\\..\\secret',
  '',
])('%j is refused', async (path) => {
  await expect(read(path)).rejects.toMatchObject({ code: expect.stringMatching(/^FILE_(REFUSED|MISSING)$/) });
});

test('a file that is not there says so, and no path of the server', async () => {
  await expect(read('backup/none')).rejects.toMatchObject({ code: 'FILE_MISSING', message: expect.not.stringContaining(folder) });
});

test('in process any file may be read, but no folder and no pipe', async () => {
  await link(join(folder, 'secret'), join(folder, 'linked'));
  expect(await read(join(folder, 'linked'), true)).toBe('secret');
  await expect(read(join(folder, 'inbox/pipe'), true)).rejects.toMatchObject({ code: 'FILE_REFUSED' });
  await expect(read(folder, true)).rejects.toMatchObject({ code: 'FILE_REFUSED' });
});
