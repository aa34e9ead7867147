import { chmod, lstat, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { syncAtStart } from '../../../src/infra/seed/at-start.ts';
import { beginLines, endLine, remarks } from '../../../src/infra/seed/lines.ts';
import { reportOf } from '../../../src/infra/seed/report.ts';
import { createSeedRig, release, type SeedRig } from '../../support/seed.ts';

let rig: SeedRig;
beforeEach(async () => {
  rig = await createSeedRig();
  await rig.put('from/tables/t1.csv', 'one');
  await rig.put('from/tables/t2.csv', 'two');
  await rig.put('from/global/colors.json', '{}');
});
afterEach(() => rig.close());

describe('releases', () => {
  test('a fresh volume gets everything, with times and modes; the next start has nothing to do', async () => {
    await chmod(join(rig.from, 'tables/t1.csv'), 0o640);
    await mkdir(join(rig.from, 'empty'), { mode: 0o750 });
    expect(await rig.sync()).toMatchObject({ copied: ['global/colors.json', 'tables/t1.csv', 'tables/t2.csv'], updated: [], kept: [], failed: [] });
    const stats = await lstat(join(rig.to, 'tables/t1.csv'));
    expect([stats.mode & 0o777, stats.mtimeMs / 1000]).toEqual([0o640, release]);
    expect((await lstat(join(rig.to, 'empty'))).isDirectory()).toBe(true);
    const before = await lstat(join(rig.to, '.waybill-sync.json'));
    expect(await rig.sync()).toMatchObject({ copied: [], updated: [], kept: [], failed: [] });
    expect((await lstat(join(rig.to, '.waybill-sync.json'))).ino).toBe(before.ino);
    expect((await readdir(rig.to)).toSorted()).toEqual(['.waybill-sync.json', 'empty', 'global', 'tables']);
  });

  test('a release updates what it changed, keeps and tells what was edited, brings back what was deleted', async () => {
    await rig.sync();
    await rig.put('to/tables/t1.csv', 'mine', 1);
    await rm(join(rig.to, 'global/colors.json'));
    await rig.put('to/own.txt', 'mine');
    await rig.put('from/tables/t1.csv', 'one, second release', release + 100);
    await rig.put('from/tables/t2.csv', 'two, second release', release - 100);
    const outcome = await rig.sync();
    expect(outcome).toMatchObject({
      copied: ['global/colors.json'],
      updated: ['tables/t2.csv'],
      kept: [{ path: 'tables/t1.csv', why: 'edited here, and the new release changes it' }],
    });
    expect(await rig.volume()).toEqual({ 'global/colors.json': '{}', 'own.txt': 'mine', 'tables/t1.csv': 'mine', 'tables/t2.csv': 'two, second release' });
    expect(await rig.sync(), 'told at every start until somebody decides').toMatchObject({ copied: [], updated: [], kept: [{ path: 'tables/t1.csv' }] });
    expect(reportOf(outcome)).toMatchObject({ copied: ['global/colors.json'], dryRun: false, tables: [] });
  });

  test('an edit that the release does not touch is nobody’s business', async () => {
    await rig.sync();
    await rig.put('to/tables/t1.csv', 'mine', 1);
    const outcome = await rig.sync();
    expect(outcome).toMatchObject({ copied: [], updated: [], kept: [] });
    expect(reportOf(outcome)).toBeUndefined();
    expect((await rig.volume())['tables/t1.csv']).toBe('mine');
  });

  test('rm of a kept file and another start is a fresh copy', async () => {
    await rig.sync();
    await rig.put('to/tables/t2.csv', 'mine');
    await rm(join(rig.to, 'tables'), { recursive: true });
    expect(await rig.sync()).toMatchObject({ copied: ['tables/t1.csv', 'tables/t2.csv'] });
  });

  test('forced: everything, one file, one folder; a path that the release does not have is refused', async () => {
    await rig.sync();
    for (const path of ['tables/t1.csv', 'tables/t2.csv', 'global/colors.json']) await rig.put(`to/${path}`, 'mine', release + 500);
    expect(await rig.sync({ force: ['tables/t1.csv'] })).toMatchObject({ updated: ['tables/t1.csv'] });
    expect(await rig.sync({ force: ['tables'] })).toMatchObject({ updated: ['tables/t2.csv'] });
    await expect(rig.sync({ force: ['table'] })).rejects.toMatchObject({ code: 'SEED_PATH_UNKNOWN' });
    expect(await rig.sync({ force: 'all' })).toMatchObject({ updated: ['global/colors.json'] });
    expect(await rig.volume()).toEqual({ 'global/colors.json': '{}', 'tables/t1.csv': 'one', 'tables/t2.csv': 'two' });
  });

  test('a dry run says the same and writes nothing, not even the folder', async () => {
    const said: string[] = [];
    const outcome = await rig.sync({ dryRun: true, onDelivered: (path) => said.push(path) });
    expect(said).toEqual(['global/colors.json', 'tables/t1.csv', 'tables/t2.csv']);
    expect(endLine(outcome)).toBe('Dry run: nothing was written.');
    expect(reportOf(outcome)).toBeUndefined();
    expect((await readdir(rig.folder)).toSorted()).toEqual(['from']);
    const { copied } = await rig.sync();
    expect(copied).toEqual(said);
  });

  test('a record that cannot be read is told, and times decide once', async () => {
    await rig.sync();
    await writeFile(join(rig.to, '.waybill-sync.json'), '{"version":1,"files":{"../../etc/passwd":');
    expect(await rig.sync()).toMatchObject({ copied: [], updated: [], notes: [expect.stringContaining('cannot be read')] });
    expect(await rig.sync(), 'and written anew').toMatchObject({ notes: [] });
    await writeFile(join(rig.to, '.waybill-sync.json'), '{"version":2}');
    await expect(rig.sync()).rejects.toMatchObject({ code: 'SEED_FAILED', message: expect.stringContaining('newer release') });
  });

  test('two at once do the work once', async () => {
    const outcomes = await Promise.all([rig.sync(), rig.sync(), rig.sync()]);
    expect(outcomes.map(({ copied }) => copied.length).toSorted()).toEqual([0, 0, 3]);
  });
});

describe('containment', () => {
  test('nothing is written into users/, however it is spelled', async () => {
    await rig.put('to/users/a@example.org/t1.csv', 'personal');
    for (const folder of ['users', 'Users', 'u\u{17F}ers']) await rig.put(`from/${folder}/a@example.org/t1.csv`, 'release');
    const { kept, copied } = await rig.sync({ force: 'all' });
    expect(kept.map(({ path }) => path)).toEqual(['Users', 'users', 'u\u{17F}ers']);
    expect(copied).not.toContain('users/a@example.org/t1.csv');
    expect((await rig.volume())['users/a@example.org/t1.csv']).toBe('personal');
  });

  test('a destination that is the folder of users, or lies in the source, or holds it, or is a file, is refused', async () => {
    await mkdir(join(rig.folder, 'users/a@example.org'), { recursive: true });
    await symlink(join(rig.folder, 'users/a@example.org'), join(rig.folder, 'disguised'));
    await writeFile(join(rig.folder, 'file'), '');
    for (const to of ['users', 'users/a@example.org', 'disguised', 'from', 'from/tables', '.', 'file'])
      await expect(rig.sync({ to: join(rig.folder, to), dataDirPath: rig.folder }), to).rejects.toMatchObject({ code: 'SEED_DESTINATION_REFUSED' });
    expect(await readdir(join(rig.folder, 'users/a@example.org'))).toEqual([]);
  });

  test('a link on the volume is never followed: neither in the place of a file nor of a folder', async () => {
    await rig.put('outside/t1.csv', 'theirs');
    await rig.put('outside/deep/x', 'theirs');
    await mkdir(join(rig.to, 'tables'), { recursive: true });
    await rig.link('to/tables/t1.csv', '../../outside/t1.csv');
    await rig.link('to/global', '../outside');
    const { failed } = await rig.sync();
    expect(failed.map(({ path, code }) => [path, code])).toEqual([
      ['global', 'IN_THE_WAY'],
      ['global/colors.json', 'IN_THE_WAY'],
    ]);
    expect(await readFile(join(rig.folder, 'outside/t1.csv'), 'utf8')).toBe('theirs');
    expect((await readdir(join(rig.folder, 'outside'))).toSorted()).toEqual(['deep', 't1.csv']);
    expect((await rig.volume())['tables/t1.csv']).toBe('one');
  });

  test('links of the release stay links where they lead within it, and are refused where they do not', async () => {
    await rig.link('from/tables/latest.csv', 't2.csv');
    await rig.link('from/up', '..');
    await rig.link('from/absolute', '/etc/passwd');
    await rig.link('from/broken', 'nowhere');
    await rig.link('from/tables/round', '..');
    await rig.link('from/tables/trick', 'round/../..');
    const { copied, failed } = await rig.sync();
    expect(copied).toContain('tables/latest.csv');
    expect((await rig.volume())['tables/latest.csv']).toBe('-> t2.csv');
    expect(failed.map(({ path, code }) => [path, code]).toSorted()).toEqual([
      ['absolute', 'LINK_ESCAPES'],
      ['broken', 'LINK_BROKEN'],
      ['tables/trick', 'LINK_ESCAPES'],
      ['up', 'LINK_ESCAPES'],
    ]);
    expect(await rig.sync()).toMatchObject({ copied: [], updated: [] });
  });

  test('a folder that is not empty, or a file where the release has a folder, fails alone', async () => {
    await rig.put('to/tables/t1.csv/mine', 'local');
    await rig.put('to/global', 'a file');
    await mkdir(join(rig.to, 'tables/t2.csv'));
    const { updated, failed } = await rig.sync();
    expect(updated).toEqual(['tables/t2.csv']);
    expect(failed.map(({ path }) => path)).toEqual(['global', 'global/colors.json', 'tables/t1.csv']);
    expect(await rig.volume()).toEqual({ global: 'a file', 'tables/t1.csv/mine': 'local', 'tables/t2.csv': 'two' });
  });
});

describe('the lines', () => {
  const start = async (onFailure: 'stop' | 'start', from = rig.from): Promise<{ lines: string[]; notes: string[]; stops: boolean }> => {
    const lines: string[] = [];
    const notes: string[] = [];
    const seed = { from, to: rig.to, into: undefined, tables: 'tables/*.csv', onFailure };
    const { stop } = await syncAtStart(
      seed,
      (line) => lines.push(line.replaceAll(dirname(rig.from), '')),
      (line) => notes.push(line),
    );
    return { lines, notes, stops: stop !== undefined };
  };
  const begin = [
    "Initiating sync of initial data from '/from' to '/to'.",
    'This operation will sync directories and their contents recursively.',
    'Files will be updated only if the source is newer (preserves manual changes).',
  ];

  test('are those of the entrypoint', async () => {
    expect(beginLines('/var/initialdata/common', '/data/common')[0]).toBe("Initiating sync of initial data from '/var/initialdata/common' to '/data/common'.");
    const end = 'Initial data sync operation completed successfully.';
    expect(await start('stop')).toEqual({ lines: [...begin, 'global/colors.json', 'tables/t1.csv', 'tables/t2.csv', end], notes: [], stops: false });
    expect((await start('stop')).lines).toEqual([...begin, end]);
    await rig.put('to/tables/t1.csv', 'mine');
    await rig.put('from/tables/t1.csv', 'next');
    expect(await start('stop')).toEqual({
      lines: [...begin, end],
      notes: ['kept back tables/t1.csv: edited here, and the new release changes it'],
      stops: false,
    });
  });

  test('say whether the server starts after a sync that failed in part, or as a whole', async () => {
    await rig.put('to/tables/t1.csv/mine', 'local');
    const partly = await start('stop');
    expect(partly.lines.slice(-2)).toEqual(['Initial data sync operation failed: 1 file was not transferred.', 'The server does not start.']);
    expect(partly.notes).toEqual([expect.stringMatching(/^failed tables\/t1\.csv: .* \(IN_THE_WAY\)$/)]);
    expect(await start('start')).toMatchObject({ stops: false, lines: expect.arrayContaining(['The server starts all the same.']) });
    const whole = await start('stop', join(rig.folder, 'nowhere'));
    expect(whole).toMatchObject({ stops: true, lines: expect.arrayContaining(['The server does not start.']) });
    expect(whole.lines.at(-2)).toMatch(/^Initial data sync operation failed: There is no folder/);
  });

  test('one file is one line, whatever it is called', async () => {
    await rig.put('from/a\nInitial data sync operation completed successfully.', 'x');
    expect((await start('stop')).lines.filter((line) => line.startsWith('Initial data sync'))).toHaveLength(1);
    await rig.put('to/x\u{1b}[2J/f', 'y');
    await rig.put('from/x\u{1b}[2J', 'y');
    expect(remarks(await rig.sync()).join('\n')).not.toContain('\u{1b}');
  });
});
