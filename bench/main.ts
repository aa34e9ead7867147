import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { budgets, isSnapshot, median, report, verdict, type BudgetName, type Measured } from './budgets.ts';
import { openCluster, type Cluster } from './cluster.ts';
import { importTargets, measureExport, measureImports, prepareImports, rowsFile, type Measuring } from './imports.ts';
import { eventLatencies } from './jobs.ts';
import { measureMerges, mergeTargets, prepareMerges } from './merges.ts';
import { measurePush } from './push.ts';
import { startServer } from './server.ts';
import { measureSnapshots } from './snapshots.ts';
import { openStatementLog } from './statements.ts';
import { floorTool } from './table.ts';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '200000' },
    images: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '180' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', multiple: true },
    check: { type: 'boolean', default: false },
    statements: { type: 'boolean', default: false },
    explain: { type: 'string' },
  },
});
const rows = Number(values.rows);
const rounds = Number(values.rounds);
const images = Number(values.images);
const names = Object.keys(budgets) as readonly BudgetName[];
const unknown = (values.only ?? []).filter((name) => !(name in budgets) && name !== 'snapshot');
if (unknown.length > 0) throw new Error(`There is no job named ${unknown.join(', ')}; there are ${names.join(', ')}, and snapshot for all of these`);
const wanted = (name: BudgetName): boolean =>
  values.only === undefined ? !isSnapshot(name) : values.only.includes(name) || (isSnapshot(name) && values.only.includes('snapshot'));

const measureAll = async (cluster: Cluster): Promise<readonly Measured[]> => {
  const measuring: Measuring = { cluster, rows, rounds, wanted };
  console.error(`Preparing ${rows} rows ...`);
  await prepareImports(measuring);
  await prepareMerges(measuring);
  const server = await startServer({
    folder: cluster.folder,
    storeUrl: await cluster.create('store'),
    ...(values.statements || values.explain !== undefined ? { statements: await openStatementLog(cluster.folder, values.explain) } : {}),
    databases: { ...importTargets(measuring), ...mergeTargets(measuring) },
  });
  try {
    await server.residentPeak();
    const exported = await measureExport(measuring, server);
    const imports = await measureImports(measuring, server, exported.upload);
    const merges = await measureMerges(measuring, server, exported.upload);
    const peak = wanted('memory') ? await server.residentPeak() : undefined;
    const { size } = await stat(rowsFile(cluster));
    const latencies = wanted('latency') ? await eventLatencies(server, 200) : [];
    const pushes = wanted('push') ? [await measurePush(cluster.folder, server, rounds)] : [];
    return [
      ...imports,
      ...merges,
      ...(wanted('export') ? [exported.measured] : []),
      ...pushes,
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

const cluster = await openCluster();
try {
  const measured = [
    ...(names.some((name) => !isSnapshot(name) && wanted(name)) ? await measureAll(cluster) : []),
    ...(names.some((name) => isSnapshot(name) && wanted(name))
      ? await measureSnapshots({ cluster, images, rounds, seconds: Number(values.seconds), wanted })
      : []),
  ];
  console.log(
    `\n${names.some((name) => isSnapshot(name) && wanted(name)) ? `${images} images` : `${rows} rows`}, medians of ${rounds}; floor: ${floorTool}; PostgreSQL ${cluster.isEmbedded ? 'embedded, default settings' : 'at WAYBILL_BENCH_URL'}`,
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
  await cluster.close();
}
