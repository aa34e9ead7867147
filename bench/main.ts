import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../src/infra/postgres/embedded.ts';
import { median, report, verdict, type BudgetName, type Measured } from './budgets.ts';
import { eventLatencies, exportFrom, importInto, planInto, storeArchive, type Timed } from './jobs.ts';
import { startServer, type BenchServer } from './server.ts';
import { createContents, floorIn, floorOut, floorTool, withClient, type Contents } from './table.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true },
    check: { type: 'boolean', default: false },
  },
});
const rows = Number(values.rows);
const rounds = Number(values.rounds);
const wanted = (name: BudgetName): boolean => values.only === undefined || values.only.includes(name);

const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-'));
await chmod(folder, 0o755);
const given = process.env['WAYBILL_BENCH_URL'];
const embedded = given === undefined ? await startEmbedded({ dataDir: join(folder, 'cluster'), auth: 'trust' }) : undefined;
const clusterUrl = given ?? embedded?.url ?? '';
const prefix = `bench_${process.pid}`;
const role = `${prefix}_role`;

const urlOf = (name: string, user?: string): string => {
  const url = new URL(clusterUrl);
  url.pathname = `/${prefix}_${name}`;
  if (user !== undefined) url.username = user;
  return url.href;
};
const admin = async (...statements: readonly string[]): Promise<void> =>
  withClient(clusterUrl, async (client) => void (await Promise.all(statements.map((statement) => client.query(statement)))));
const created: string[] = [];
const create = async (name: string, template?: string): Promise<string> => {
  await admin(`create database ${prefix}_${name}${template === undefined ? '' : ` template ${prefix}_${template} strategy file_copy`}`);
  created.push(name);
  return urlOf(name);
};

/** One round of one job: a database of its own, as the template has it, and nothing unwritten left from before. */
const freshFrom = async (name: string, template: string): Promise<string> => {
  const url = await create(name, template);
  await admin('checkpoint');
  return url;
};
const dropDatabase = async (name: string): Promise<void> => admin(`drop database if exists ${prefix}_${name} with (force)`);

const seconds = async (work: () => Promise<void>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};

type ImportJob = {
  readonly name: BudgetName;
  readonly template: Contents;
  readonly asRole: boolean;
  readonly run: (server: BenchServer, database: string, upload: string) => Promise<Timed>;
};

const importJobs: readonly ImportJob[] = [
  { name: 'importEmpty', template: 'empty', asRole: false, run: importInto },
  { name: 'importWithRows', template: 'some rows', asRole: false, run: importInto },
  { name: 'importNotOwned', template: 'parents', asRole: true, run: importInto },
  { name: 'planEmpty', template: 'empty', asRole: false, run: planInto },
];

const templateOf = (contents: Contents): string => `template_${contents.replace(' ', '_')}`;
const slot = (job: ImportJob, round: number): string => `${job.name.toLowerCase()}_${round}`;

const prepare = async (): Promise<void> => {
  for (const contents of ['source', 'empty', 'parents', 'some rows'] as const) await createContents(await create(templateOf(contents)), contents, rows);
  await admin(`create role ${role} login`);
  await withClient(urlOf(templateOf('parents')), (client) =>
    client.query(`grant all on all tables in schema public to ${role}; grant all on all sequences in schema public to ${role}`).then(() => undefined),
  );
};

const timedToMeasured = (name: BudgetName, pairs: readonly { readonly product: Timed; readonly floor: number }[]): Measured => {
  const at = median(pairs.map(({ product }) => product.seconds));
  const typical = pairs.find(({ product }) => product.seconds === at)?.product;
  const floor = median(pairs.map((pair) => pair.floor));
  return {
    name,
    value: at / floor,
    rounds: pairs.map((pair) => ({ product: pair.product.seconds, floor: pair.floor })),
    ...(typical === undefined ? {} : { split: typical.split, ...(typical.notes.length === 0 ? {} : { note: typical.notes.join(' · ') }) }),
  };
};

const measureExport = async (server: BenchServer): Promise<{ readonly measured: Measured; readonly file: string }> => {
  const pairs: { product: Timed; floor: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const product = await exportFrom(server, 'source');
    pairs.push({ product, floor: await seconds(() => floorOut(urlOf(templateOf('source')), join(folder, 'rows.csv'))) });
  }
  return { measured: timedToMeasured('export', pairs), file: pairs.at(-1)?.product.file ?? '' };
};

/** Rounds of all jobs are interleaved with the floor: floor, job, job, ..., floor, job, ... */
const measureImports = async (server: BenchServer, upload: string): Promise<readonly Measured[]> => {
  const jobs = importJobs.filter(({ name }) => wanted(name));
  const pairs = new Map<BudgetName, { product: Timed; floor: number }[]>(jobs.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    // The floor's references are resolved: its parents have the ids of the source.
    const floorUrl = await freshFrom(`floor_${round}`, 'floor');
    const floor = await seconds(() => floorIn(floorUrl, join(folder, 'rows.csv')));
    await dropDatabase(`floor_${round}`);
    for (const job of jobs) {
      await freshFrom(slot(job, round), templateOf(job.template));
      // A template's own privileges are not copied with it.
      if (job.asRole) await admin(`grant create on database ${prefix}_${slot(job, round)} to ${role}`);
      const product = await job.run(server, slot(job, round), upload);
      pairs.get(job.name)?.push({ product, floor });
      await dropDatabase(slot(job, round));
    }
  }
  return jobs.map(({ name }) => timedToMeasured(name, pairs.get(name) ?? []));
};

const main = async (): Promise<readonly Measured[]> => {
  console.error(`Preparing ${rows} rows ...`);
  await prepare();
  await create('floor', templateOf('parents'));
  await withClient(urlOf('floor'), (client) => client.query('vacuum analyze').then(() => undefined));
  const targets = importJobs.flatMap((job) =>
    Array.from({ length: rounds }, (_, round) => [slot(job, round), urlOf(slot(job, round), job.asRole ? role : undefined)] as const),
  );
  const server = await startServer({
    folder,
    storeUrl: await create('store'),
    databases: { source: urlOf(templateOf('source')), ...Object.fromEntries(targets) },
  });
  try {
    await server.residentPeak();
    const exported = await measureExport(server);
    const imports = await measureImports(server, await storeArchive(server, exported.file));
    const peak = await server.residentPeak();
    const { size } = await stat(join(folder, 'rows.csv'));
    const latencies = wanted('latency') ? await eventLatencies(server, 200) : [];
    return [
      ...imports,
      ...(wanted('export') ? [exported.measured] : []),
      ...(peak === undefined
        ? []
        : [
            {
              name: 'memory' as const,
              value: peak,
              rounds: [],
              note: `file of ${(size / 1e6).toFixed(0)} MB as CSV; highest of all jobs above, in the worker`,
            },
          ]),
      ...(latencies.length === 0
        ? []
        : [
            {
              name: 'latency' as const,
              value: latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
              rounds: [],
              note: `${latencies.length} events, append -> NOTIFY -> server-sent event -> client; median ${median(latencies)} ms`,
            },
          ]),
    ];
  } catch (error) {
    console.error(error);
    throw error;
  } finally {
    await server.stop();
  }
};

try {
  const measured = await main();
  console.log(
    `\n${rows} rows, medians of ${rounds}; floor: ${floorTool}; PostgreSQL ${given === undefined ? 'embedded, default settings' : 'at WAYBILL_BENCH_URL'}`,
  );
  console.log(
    `Product: request over HTTP -> run ended, with every check, the ledger and the log; server and worker are processes of their own. Floor and jobs take turns.\n`,
  );
  console.log(report(measured));
  if (values.check && measured.some((one) => verdict(one) === 'FAILS')) process.exitCode = 1;
} catch (error) {
  // Said before the clean-up, whose own troubles would hide it.
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const name of created.toReversed()) await dropDatabase(name).catch(() => undefined);
  await admin(`drop role if exists ${role}`).catch(() => undefined);
  await embedded?.stop();
  await rm(folder, { recursive: true, force: true });
}
