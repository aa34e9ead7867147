import { spawn } from 'node:child_process';
import { appendFile, chmod, copyFile, mkdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRig, filesIn, hiddenIn, type Rig } from './rig.ts';

let rig: Rig;
let folder: string;
beforeAll(async () => {
  rig = await createRig();
  await rig.run(`create table projects (id int primary key, name text);
    create table images (id int primary key, project_id int references projects on delete cascade, name text);
    create table labels (name text primary key)`);
});
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.run(`truncate projects, images, labels;
    insert into projects select g, 'p' || g from generate_series(1, 20) as g;
    insert into images select g, 1 + g % 21, 'i' || g from generate_series(1, 200) as g where g % 21 <> 20; insert into labels values ('a'), ('b')`);
  folder = await rig.folder();
  await rig.take(folder, { segment: small });
});

const small = { rows: 4, bytes: 400 };
const change = "update images set name = 'new' where id = 77; delete from projects where id = 3; insert into labels values ('c')";
const indexOf = async (): Promise<{ files: { name: string; sha256: string }[] }> => JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as never;

describe('a snapshot that nothing has to be written for', () => {
  it('writes nothing, not even the index', async () => {
    const before = await stat(join(folder, 'index.json'), { bigint: true });
    const taken = await rig.take(folder, { segment: small, now: () => Date.UTC(2030, 0) });
    expect(taken).toMatchObject({ wrote: false, bytesWritten: 0, tables: [] });
    expect(await stat(join(folder, 'index.json'), { bigint: true })).toEqual(before);
  });

  it('writes nothing for rows that were written again with the values that they had, and reads them once', async () => {
    await rig.run('update images set name = name');
    const first = await rig.take(folder, { segment: small });
    const second = await rig.take(folder, { segment: small });
    expect([first.wrote, second.wrote]).toEqual([false, false]);
    expect(second.bytesRead).toBeLessThan(first.bytesRead / 1.5);
  });

  it('writes only the files of the tables that changed', async () => {
    await rig.run("insert into labels values ('c')");
    const taken = await rig.take(folder, { segment: small });
    expect(taken.tables).toEqual(['public.labels']);
    expect(taken.files.filter(({ written }) => written).map(({ name }) => name)).toEqual(['labels.csv', 'database_export.json']);
  });
});

describe('a snapshot that was told less than what changed', () => {
  it.each(['document', 'roots'] as const)('has no row twice and counts what it has (%s)', async (layout) => {
    const config = { layout };
    const into = await rig.folder();
    await rig.take(into, { config, segment: small });
    await rig.run("update images set project_id = 2 where id = 3; insert into images values (900, 2, 'more'); update projects set name = 'other' where id = 2");
    await rig.take(into, { config, segment: small, changed: new Set(['public.projects']) });
    await rig.run("update projects set name = 'third' where id = 2; update images set project_id = 9 where id = 3; delete from images where id = 900");
    await rig.take(into, { config, segment: small, changed: new Set(['public.projects', 'public.images']) });
    expect(await filesIn(into)).toEqual(await rig.fresh({ config }));
    await rig.run(
      'create table tags (id int primary key, image_id int references images on delete cascade); insert into tags select id, id from images order by id limit 50',
    );
    await rig.take(into, { config, segment: small });
    await rig.run(
      'update images set name = name || 1 where id = 22; update tags set image_id = 22 where id < 9; delete from tags where id = 30; insert into images select 950, project_id from images where id = 22',
    );
    await rig.take(into, { config, segment: small, changed: new Set(['public.tags']) });
    await rig.take(into, { config, segment: small, changed: new Set(['public.images']) });
    expect(await filesIn(into)).toEqual(await rig.fresh({ config }));
    await rig.run('drop table tags');
  });
});

describe('a snapshot of files that are not what they were', () => {
  const cases: readonly [string, () => Promise<unknown>][] = [
    ['edited', () => appendFile(join(folder, 'images.csv'), 'x')],
    ['edited in its place with its size', () => writeFile(join(folder, 'labels.csv'), 'name\n"A"\n"b"\n')],
    ['cut', () => truncate(join(folder, 'database_export.json'), 100)],
    ['removed', () => rm(join(folder, 'projects.csv'))],
    [
      'copied and put back',
      async () => {
        await copyFile(join(folder, 'images.csv'), join(folder, 'other.csv'));
        await rename(join(folder, 'other.csv'), join(folder, 'images.csv'));
      },
    ],
    ['the index, removed', () => rm(join(folder, 'index.json'))],
    ['the index, edited', () => writeFile(join(folder, 'index.json'), '{}')],
    ['the state, removed', () => rm(join(folder, '.waybill-snapshot.json'))],
    ['the state, cut', () => truncate(join(folder, '.waybill-snapshot.json'), 50)],
    ['the state, of another kind', () => writeFile(join(folder, '.waybill-snapshot.json'), '{"version":99,"files":[]}')],
    ['touched', () => utimes(join(folder, 'images.csv'), 1, 1)],
  ];
  it.each(cases)('heals: %s', async (_, harm) => {
    await harm();
    const taken = await rig.take(folder, { segment: small });
    expect(taken.wrote).toBe(true);
    expect(await filesIn(folder)).toEqual(await rig.fresh());
    const index = await indexOf();
    expect(index.files.map(({ name, sha256 }) => [name, sha256])).toEqual(taken.files.map(({ name, sha256 }) => [name, sha256]));
    expect((await rig.take(folder, { segment: small })).wrote).toBe(false);
  });

  it('heals edited and removed files of roots, also when it is told that nothing changed', async () => {
    const config = { layout: 'roots' } as const;
    const roots = await rig.folder();
    await rig.take(roots, { config });
    await appendFile(join(roots, 'projects/7.json'), 'x');
    await rm(join(roots, 'projects/9.json'));
    await rig.take(roots, { config, changed: new Set() });
    expect(await filesIn(roots)).toEqual(await rig.fresh({ config }));
    await rig.run('delete from projects where id in (11, 12)');
    await appendFile(join(roots, 'projects/12.json'), 'mine');
    await rm(join(roots, 'index.json'));
    await rig.take(roots, { config });
    const { 'projects/12.json': edited, ...others } = await filesIn(roots);
    expect([others, edited?.endsWith('mine')]).toEqual([await rig.fresh({ config }), true]);
  });

  it('removes files that it no longer has, unless somebody edited them', async () => {
    await appendFile(join(folder, 'labels.csv'), 'mine\n');
    await writeFile(join(folder, 'foreign.csv'), 'mine\n');
    const taken = await rig.take(folder, { segment: small, config: { csv: { 'all.csv': { table: 'projects' } } } });
    expect(taken.files.map(({ name }) => name)).toEqual(['all.csv', 'database_export.json']);
    expect(Object.keys(await filesIn(folder))).toEqual(['all.csv', 'database_export.json', 'foreign.csv', 'labels.csv']);
  });
});

describe('a snapshot of tables that are not what they were', () => {
  it.each([
    ['a column is added', 'alter table images add column more int default 5', 'alter table images drop column more'],
    ['a column is renamed', 'alter table labels rename column name to word', 'alter table labels rename column word to name'],
    [
      'a table is dropped and another one comes',
      'create table late (id int primary key); alter table labels rename to tags',
      'drop table late; alter table tags rename to labels',
    ],
    ['a key goes', 'alter table labels drop constraint labels_pkey', 'alter table labels add primary key (name)'],
    [
      'a reference goes',
      'alter table images drop constraint images_project_id_fkey',
      'alter table images add foreign key (project_id) references projects on delete cascade',
    ],
    [
      'a table is exchanged for another one',
      "create table twin (like labels including all); insert into twin values ('a'), ('b'); alter table labels rename to away; alter table twin rename to labels; update away set name = name || '!'; drop table away",
      'select',
    ],
  ])('follows when %s', async (_, script, back) => {
    await rig.run(script);
    await rig.take(folder, { segment: small });
    const found = await filesIn(folder);
    expect(found).toEqual(await rig.fresh());
    await rig.run(back);
    await rig.take(folder, { segment: small });
    expect(await filesIn(folder)).toEqual(await rig.fresh());
  });

  it('follows when labels of an enum are renamed', async () => {
    await rig.run("create type mood as enum ('sad', 'ok'); create table moods (id int primary key, m mood); insert into moods values (1, 'ok')");
    await rig.take(folder);
    await rig.run("alter type mood rename value 'ok' to 'fine'");
    await rig.take(folder);
    expect((await filesIn(folder))['moods.csv']).toBe('id,m\n1,"fine"\n');
    await rig.run('drop table moods; drop type mood');
  });
});

describe('a snapshot that fails', () => {
  const isRoot = process.getuid?.() === 0;

  it.skipIf(isRoot)('leaves what there was in a folder that cannot be written', async () => {
    const before = await filesIn(folder);
    await rig.run(change);
    await chmod(folder, 0o500);
    await expect(rig.take(folder, { segment: small })).rejects.toMatchObject({ code: 'EACCES' });
    expect(await filesIn(folder)).toEqual(before);
    await chmod(folder, 0o700);
    await rig.take(folder, { segment: small });
    expect(await filesIn(folder)).toEqual(await rig.fresh());
  });

  it('leaves what there was when it is stopped, and nothing of its own', async () => {
    const before = await filesIn(folder);
    await rig.run(change);
    await expect(rig.take(folder, { segment: small, signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
    expect(await filesIn(folder)).toEqual(before);
    expect(await hiddenIn(folder)).toEqual([]);
  });

  it.runIf(isRoot)('leaves what there was on a full or read-only disk, and follows when there is room again', async () => {
    const disk = join(folder, 'disk');
    await mkdir(disk);
    await sh('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    try {
      await rig.take(disk, { segment: small });
      const before = await filesIn(disk);
      await rig.run("insert into labels select repeat('x', 900) || g from generate_series(1, 60) as g");
      await expect(rig.take(disk, { segment: small })).rejects.toMatchObject({ code: 'ENOSPC' });
      expect([await filesIn(disk), await hiddenIn(disk)]).toEqual([before, []]);
      await sh('mount', ['-o', 'remount,size=4m,ro', disk]);
      await expect(rig.take(disk, { segment: small })).rejects.toMatchObject({ code: 'EROFS' });
      expect(await filesIn(disk)).toEqual(before);
      await sh('mount', ['-o', 'remount,rw', disk]);
      await rig.take(disk, { segment: small });
      expect(await filesIn(disk)).toEqual(await rig.fresh());
    } finally {
      await sh('umount', [disk]);
    }
  });
});

const sh = (command: string, args: readonly string[]): Promise<void> =>
  new Promise((done, failed) =>
    spawn(command, args, { stdio: 'inherit' }).on('close', (status) => (status === 0 ? done() : failed(new Error(`${command}: ${status}`)))),
  );

const script = resolve(import.meta.dirname, '../../support/snapshot-process.ts');

const child = (into: string, layout: string, crashAt: number): Promise<NodeJS.Signals | null> =>
  new Promise((done) =>
    spawn(process.execPath, [script, rig.database.url, into, layout], { stdio: 'inherit', env: { ...process.env, WAYBILL_CRASH_AT: String(crashAt) } }).on(
      'close',
      (_, signal) => done(signal),
    ),
  );

describe.each(['document', 'roots'] as const)('a process that is killed while it takes a snapshot (%s)', (layout) => {
  it('leaves whole files, and the next one follows', async () => {
    const config = { layout };
    for (let point = 1; point < 60; point += layout === 'roots' ? 7 : 1) {
      const into = await rig.folder();
      await rig.run(`truncate images, projects; insert into projects select g, 'p' || g from generate_series(1, 6) as g;
        insert into images select g, 1 + g % 6, 'i' || g from generate_series(1, 40) as g`);
      await rig.take(into, { config, segment: small });
      const before = await filesIn(into);
      await rig.run(`update images set name = name || '!' where id % 5 = 0; delete from projects where id = 3; insert into labels values ('c${point}')`);
      const after = await rig.fresh({ config });
      const signal = await child(into, layout, point);
      for (const [name, content] of Object.entries(await filesIn(into))) expect([before[name], after[name]], name).toContain(content);
      await rig.take(into, { config, segment: small });
      expect([await filesIn(into), await hiddenIn(into)]).toEqual([after, []]);
      if (signal === null) return;
    }
    throw new Error('It never ended');
  }, 120_000);
});
