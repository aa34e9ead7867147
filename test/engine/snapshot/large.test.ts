import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forgetPeak, memoryOf } from '../../support/process-memory.ts';
import { createRig, type Rig } from './rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
  await rig.run(`create table roots (id int primary key, name text);
    create table leaves (id int primary key, root_id int not null references roots on delete cascade, name text, size int);
    create index on leaves (root_id)`);
});
afterAll(() => rig.close());
beforeEach(() => rig.run('truncate roots, leaves'));

const fill = (roots: number, leaves: number): Promise<void> =>
  rig.run(`insert into roots select g, 'root ' || g from generate_series(1, ${roots}) as g;
    insert into leaves select g, 1 + g % ${roots}, 'leaf number ' || g || repeat('.', 40), g from generate_series(1, ${leaves}) as g; analyze`);

const bytesOfOneChange = async (roots: number, leaves: number): Promise<number> => {
  await rig.run('truncate roots, leaves');
  await fill(roots, leaves);
  const folder = await rig.folder();
  await rig.take(folder);
  await rig.run('update leaves set size = -1 where id = 4321');
  const taken = await rig.take(folder, { changed: new Set(['public.leaves']) });
  expect(taken.files.filter(({ written }) => written).map(({ name }) => name)).toEqual(['leaves.csv', 'database_export.json']);
  return taken.bytesRead;
};

describe('one changed row of 100,000', () => {
  it('is read with its neighbours, and not with the rest', async () => {
    const [few, many] = [await bytesOfOneChange(200, 20_000), await bytesOfOneChange(1000, 100_000)];
    // Beside the text: a sum for each segment of the rest, of some 60 bytes.
    expect(many).toBeLessThan(700_000);
    expect(many - few).toBeLessThan(15_000);
  }, 60_000);

  it('of one that moves between roots, both are read', async () => {
    await fill(1000, 100_000);
    const folder = await rig.folder();
    await rig.take(folder);
    await rig.run('update leaves set root_id = 900 where id = 10');
    const taken = await rig.take(folder);
    expect(taken.tables).toEqual(['public.leaves']);
    expect(taken.bytesRead).toBeLessThan(1_200_000);
  }, 60_000);
});

describe('a huge root', () => {
  it('goes through as it comes: memory does not grow with it', async () => {
    await fill(2, 20);
    const folder = await rig.folder();
    await rig.take(folder);
    await rig.run(`insert into leaves select g, 1, repeat(g::text || ' ', 100), g from generate_series(1000, 200000) as g`);
    globalThis.gc?.();
    await forgetPeak(process.pid);
    const before = await memoryOf(process.pid);
    const { files } = await rig.take(folder, { csv: false });
    const after = await memoryOf(process.pid);
    expect(files[0]?.bytes).toBeGreaterThan(120_000_000);
    expect(after.peak - before.now).toBeLessThan(100);
    let ends = '';
    for await (const chunk of createReadStream(join(folder, 'database_export.json'), { start: (files[0]?.bytes ?? 0) - 40 })) ends += String(chunk);
    expect(ends.endsWith(']}\n]}\n')).toBe(true);
  }, 60_000);
});
