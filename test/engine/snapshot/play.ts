import { expect } from 'vitest';
import { createRandom } from '../../../examples/crearis/random.ts';
import type { SnapshotConfig } from '../../../src/domain/snapshot/check-definition.ts';
import { sql } from '../../../src/infra/postgres/sql.ts';
import { edit, schema, touches } from './edits.ts';
import { createRig, filesIn, hiddenIn, type Rig } from './rig.ts';

/** Counts at every depth, and arrays of the same table at two places. */
const configured: SnapshotConfig = {
  csv: {
    'projects.csv': {
      columns: { id: 'id', name: 'name', images: { count: 'images' }, marks: { count: 'annotations' }, train: { count: 'images', where: { split: 'train' } } },
    },
    'datasets.csv': { columns: { project: 'project_id', nr: 'nr', marks: { count: 'annotations' } } },
    'annotations.csv': {},
    'pairs.csv': { columns: { b: 'b' } },
  },
  document: {
    regions: { children: { projects: { columns: { id: 'id', splits: { count: 'images', by: 'split' } } } } },
    projects: {
      columns: { name: 'name', below: { count: 'projects' } },
      children: {
        minions: { table: 'projects', columns: { id: 'id' } },
        datasets: { columns: {}, children: { images: { columns: { id: 'id', marks: { count: 'annotations' } }, children: { annotations: {} } } } },
      },
    },
    notes: {},
  },
};

const small = { rows: 4, bytes: 400 };

const touched = async (rig: Rig): Promise<ReadonlySet<string>> => {
  const session = await rig.database.session();
  const rows = await session.many<{ name: string }>(sql`delete from beside.touched returning name`);
  await session.close();
  return new Set(rows.map(({ name }) => name));
};

export const createFollowRig = async (): Promise<Rig> => {
  const rig = await createRig();
  await rig.run(`${schema}; ${touches}`);
  return rig;
};

/** Random edits, after each few of which a snapshot is taken that follows, and one that does not. */
export const play = async (rig: Rig, seed: number, rounds: number): Promise<void> => {
  const random = createRandom(seed);
  const layout = seed % 3 === 0 ? 'roots' : 'document';
  const config: SnapshotConfig = seed % 2 === 0 ? { ...configured, layout } : { layout };
  const folder = await rig.folder();
  await rig.run('truncate regions, projects, datasets, images, annotations, notes, events, hens, eggs, pairs, beside.touched');
  for (let round = 0; round < rounds; round += 1) {
    const script: string[] = [];
    for (let count = random.whole(1, round === 0 ? 60 : 8); count > 0; count -= 1) script.push(edit(random));
    for (const statement of script) await rig.run(statement).catch(ofConstraint);
    const changed = await touched(rig);
    const hint = random.chance(0.5) ? { changed } : {};
    await rig.take(folder, { config, segment: small, ...hint });
    expect(await filesIn(folder), `seed ${seed}, round ${round}: ${script.join(';\n')}`).toEqual(await rig.fresh({ config }));
    const again = await rig.take(folder, { config, segment: small });
    expect({ wrote: again.wrote, tables: again.tables, bytes: again.bytesWritten }).toEqual({ wrote: false, tables: [], bytes: 0 });
  }
  expect(await hiddenIn(folder)).toEqual([]);
};

/** An edit that some rows do not allow changes nothing. */
const ofConstraint = (error: unknown): void => {
  if (!(error instanceof Error) || !/violates|conflicting key/.test(error.message)) throw error;
};
