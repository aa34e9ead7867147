import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { timedToMeasured, type BudgetName, type Measured, type Pair } from './budgets.ts';
import { secondsOf, type Cluster } from './cluster.ts';
import { exportFrom, importInto, planInto, storeArchive, type Timed } from './jobs.ts';
import type { BenchServer } from './server.ts';
import { createContents, floorIn, floorOut, rowsAsFile, withClient, type Contents, type FileKind } from './table.ts';

/** Exports, imports and plans of imports, each beside the bare copy of the same rows. */
export type Measuring = {
  readonly cluster: Cluster;
  readonly rows: number;
  readonly rounds: number;
  readonly wanted: (name: BudgetName) => boolean;
};

type ImportJob = {
  readonly name: BudgetName;
  readonly template: Contents;
  readonly asRole: boolean;
  /** A single file instead of the archive; its references are the target's ids, as those of the floor. */
  readonly file?: FileKind;
  readonly run: (server: BenchServer, database: string, upload: string) => Promise<Timed>;
};

const allJobs: readonly ImportJob[] = [
  { name: 'importEmpty', template: 'empty', asRole: false, run: importInto },
  { name: 'importWithRows', template: 'some rows', asRole: false, run: importInto },
  { name: 'importNotOwned', template: 'parents', asRole: true, run: importInto },
  { name: 'importJsonl', template: 'parents', asRole: false, file: 'jsonl', run: importInto },
  { name: 'importJsonlWithRows', template: 'some rows', asRole: false, file: 'jsonl', run: importInto },
  { name: 'importCsvWithRows', template: 'some rows', asRole: false, file: 'csv', run: importInto },
  { name: 'planEmpty', template: 'empty', asRole: false, run: planInto },
];

export const templateOf = (contents: Contents): string => `template_${contents.replaceAll(/[ -]/g, '_')}`;
const slot = (job: ImportJob, round: number): string => `${job.name.toLowerCase()}_${round}`;

export const prepareImports = async ({ cluster, rows }: Measuring): Promise<void> => {
  for (const contents of ['source', 'empty', 'parents', 'some rows'] as const) await createContents(await cluster.create(templateOf(contents)), contents, rows);
  await cluster.create('floor', templateOf('parents'));
  await withClient(cluster.urlOf('floor'), (client) => client.query('vacuum analyze').then(() => undefined));
  await withClient(cluster.urlOf(templateOf('parents')), (client) =>
    client
      .query(`grant all on all tables in schema public to ${cluster.role}; grant all on all sequences in schema public to ${cluster.role}`)
      .then(() => undefined),
  );
};

const jobsOf = ({ wanted }: Measuring): readonly ImportJob[] => allJobs.filter(({ name }) => wanted(name));

export const importTargets = (measuring: Measuring): Readonly<Record<string, string>> => {
  const { cluster, rounds } = measuring;
  const targets = jobsOf(measuring).flatMap((job) =>
    Array.from({ length: rounds }, (_, round) => [slot(job, round), cluster.urlOf(slot(job, round), job.asRole ? cluster.role : undefined)] as const),
  );
  return { source: cluster.urlOf(templateOf('source')), ...Object.fromEntries(targets) };
};

export const rowsFile = (cluster: Cluster): string => join(cluster.folder, 'rows.csv');

/** The rows of the source as an archive in the blob store and as a file for the floor. */
export const measureExport = async (
  { cluster, rounds, wanted }: Measuring,
  server: BenchServer,
): Promise<{ readonly measured: Measured; readonly upload: string }> => {
  const pairs: Pair[] = [];
  for (let round = 0; round < (wanted('export') ? rounds : 1); round += 1) {
    const product = await exportFrom(server, 'source');
    pairs.push({ product, floor: await secondsOf(() => floorOut(cluster.urlOf(templateOf('source')), rowsFile(cluster))) });
  }
  return { measured: timedToMeasured('export', pairs), upload: await storeArchive(server, pairs.at(-1)?.product.file ?? '') };
};

/** The bare copy into a table without rows, whose references are resolved: its parents have the ids of the source. */
export const copyFloor = async (cluster: Cluster, round: number | string): Promise<number> => {
  const url = await cluster.fresh(`floor_${round}`, 'floor');
  const seconds = await secondsOf(() => floorIn(url, rowsFile(cluster)));
  await cluster.drop(`floor_${round}`);
  return seconds;
};

/** The files of these jobs, in the blob store. */
const storeFiles = async ({ cluster }: Measuring, server: BenchServer, jobs: readonly ImportJob[]): Promise<ReadonlyMap<FileKind, string>> => {
  const uploads = new Map<FileKind, string>();
  for (const kind of new Set(jobs.flatMap(({ file }) => file ?? []))) {
    await mkdir(join(cluster.folder, 'backup'), { recursive: true });
    await rowsAsFile(cluster.urlOf(templateOf('source')), kind, join(cluster.folder, 'backup', `t.${kind}`));
    uploads.set(kind, await storeArchive(server, `t.${kind}`));
  }
  return uploads;
};

/** Rounds of all jobs are interleaved with the floor: floor, job, job, ..., floor, job, ... */
export const measureImports = async (measuring: Measuring, server: BenchServer, upload: string): Promise<readonly Measured[]> => {
  const { cluster, rounds } = measuring;
  const jobs = jobsOf(measuring);
  const files = await storeFiles(measuring, server, jobs);
  const pairs = new Map<BudgetName, Pair[]>(jobs.map(({ name }) => [name, []]));
  for (let round = 0; jobs.length > 0 && round < rounds; round += 1) {
    const floor = await copyFloor(cluster, round);
    for (const job of jobs) {
      await cluster.fresh(slot(job, round), templateOf(job.template));
      // A template's own privileges are not copied with it.
      if (job.asRole) await cluster.admin(`grant create on database ${cluster.nameOf(slot(job, round))} to ${cluster.role}`);
      pairs.get(job.name)?.push({ product: await job.run(server, slot(job, round), (job.file && files.get(job.file)) ?? upload), floor });
      await cluster.drop(slot(job, round));
    }
  }
  return jobs.map(({ name }) => timedToMeasured(name, pairs.get(name) ?? []));
};
