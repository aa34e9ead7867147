import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import annotationsConfig from '../examples/annotations/waybill.config.ts';
import { loadAnnotations } from '../examples/annotations/load.ts';
import { installHooks, removeHooks } from '../src/events/projectors/snapshots/install-hooks.ts';
import { openSession } from '../src/infra/postgres/session.ts';
import { calibrate, runApplication, type Achieved, type Load } from './application.ts';
import { median, type BudgetName, type Measured } from './budgets.ts';
import { secondsOf, type Cluster } from './cluster.ts';
import { startLoneServer, type LoneServer } from './server.ts';
import { floorTables, withClient } from './table.ts';

export type MeasuringSnapshots = {
  readonly cluster: Cluster;
  /** Of the larger database; the smaller one has a tenth of them. */
  readonly images: number;
  readonly rounds: number;
  /** Of an application: at least two snapshots of everything, between which there is a rest of about twenty times as long as they take. */
  readonly seconds: number;
  readonly wanted: (name: BudgetName) => boolean;
};

/** Watched by triggers, by polling, or not at all. */
type Mode = 'hooks' | 'polling' | 'off';
const modes = ['off', 'hooks', 'polling'] as const;

type Place = {
  readonly images: number;
  /** Of a role that owns the database and nothing else: it may make triggers and no slot. */
  readonly url: string;
  readonly storeUrl: string;
  readonly name: string;
  /** In which its server runs. */
  readonly folder: string;
  readonly cluster: Cluster;
};

const prepare = async (cluster: Cluster, images: number, storeUrl: string): Promise<Place> => {
  const name = `annotations_${images}`;
  const folder = join(cluster.folder, name);
  await mkdir(folder, { recursive: true });
  await cluster.create(name);
  await cluster.admin(`alter database ${cluster.nameOf(name)} owner to ${cluster.role}`);
  const url = cluster.urlOf(name, cluster.role);
  await loadAnnotations(url, { images });
  await withClient(url, (client) => client.query('vacuum analyze').then(() => undefined));
  return { images, url, storeUrl, name, folder, cluster };
};

const setHooks = async (url: string, mode: Mode): Promise<void> => {
  const session = await openSession(url, { purpose: 'bench' });
  try {
    await (mode === 'hooks' ? installHooks(session) : removeHooks(session));
  } finally {
    await session.close();
  }
};

const withWatcher = async <Result>(
  place: Place,
  { mode, interval }: { readonly mode: Mode; readonly interval: number },
  work: (server: LoneServer) => Promise<Result>,
): Promise<Result> => {
  await setHooks(place.url, mode);
  const server = await startLoneServer({
    folder: place.folder,
    databases: { [place.name]: { ...annotationsConfig.databases?.['annotations'], url: place.url } },
    environment: {
      WAYBILL_STORE_URL: place.storeUrl,
      DB_EXPORT_ENABLE_MONITORING: String(mode !== 'off'),
      DB_EXPORT_CHECK_INTERVAL: String(interval),
      WAYBILL_SNAPSHOT_HOOKS: String(mode === 'hooks'),
    },
  });
  try {
    // Up to date, and whoever learns of changes has begun to.
    await askFor(server, place.name, false);
    await sleep(2000);
    return await work(server);
  } finally {
    await server.stop();
  }
};

type Written = { readonly position: number; readonly by: string; readonly bytesRead: number; readonly bytesWritten: number; readonly milliseconds: number };
type Taken = Omit<Written, 'position' | 'by'>;

const askFor = async (server: LoneServer, database: string, full: boolean): Promise<Taken> => {
  const { answer } = await server.graphql<{ answer: Taken & { readonly code?: string; readonly message?: string } }>(
    `mutation ($input: SnapshotInput!, $key: String!) { answer: snapshot(input: $input, idempotencyKey: $key) {
      ... on SnapshotPayload { bytesRead bytesWritten milliseconds } ... on Refusal { code message } } }`,
    { input: { database, full }, key: randomUUID() },
  );
  if (answer.code !== undefined) throw new Error(`Refused: ${answer.code} ${answer.message}`);
  return answer;
};

/** Newest first. */
const lastWritten = async (server: LoneServer, database: string): Promise<readonly Written[]> => {
  const { snapshots } = await server.graphql<{ snapshots: { edges: readonly { node: Written }[] } }>(
    'query ($database: String!) { snapshots(database: $database, first: 50) { edges { node { position by bytesRead bytesWritten milliseconds } } } }',
    { database },
  );
  return snapshots.edges.map(({ node }) => node);
};

/** As somebody sees it who opens the folder: the index is the last of the files. */
const stamp = async ({ folder }: Place): Promise<string> => {
  const { ino, mtimeMs } = await stat(join(folder, 'database_exports', 'index.json'));
  return `${ino} ${mtimeMs}`;
};

const occurrences = async ({ folder }: Place, text: string): Promise<number> => {
  let found = 0;
  let rest = '';
  for await (const chunk of createReadStream(join(folder, 'database_exports', 'database_export.json'), 'utf8')) {
    const parts = `${rest}${chunk as string}`.split(text);
    found += parts.length - 1;
    rest = (parts.at(-1) ?? '').slice(1 - text.length);
  }
  return found;
};

const patienceMs = 60_000;

type Change = Taken & { readonly seenMs: number };

/** So many annotations, anywhere, in one transaction; from its commit to the files on disk, and what the event says of it. */
const change = async (place: Place, server: LoneServer, client: pg.Client, { count, by }: Changing): Promise<Change> => {
  const [last] = await lastWritten(server, place.name);
  const before = await stamp(place);
  const mark = `edit ${randomUUID()}`;
  const { rows } = await client.query<{ id: string }>('select id from annotations where geometry is not null order by random() limit $1', [count]);
  await sleep(Math.random() * 1000);
  const changed = await client.query(`update annotations set geometry = geometry || jsonb_build_object('edit', $2::text) where id = any ($1::bigint[])`, [
    rows.map(({ id }) => id),
    mark,
  ]);
  const began = performance.now();
  if (changed.rowCount !== count) throw new Error(`${changed.rowCount} annotations were changed instead of ${count}.`);
  const within = async (isSo: () => Promise<boolean>): Promise<number> => {
    while (!(await isSo())) {
      if (performance.now() - began > patienceMs) throw new Error(`${count} changed annotations were not in the files after ${patienceMs} ms`);
      await sleep(2);
    }
    return performance.now() - began;
  };
  const seenMs = await within(async () => (await stamp(place)) !== before);
  const found = await occurrences(place, mark);
  if (found !== count) throw new Error(`Of ${count} changed annotations ${found} are in the document.`);
  let written: Written | undefined;
  await within(async () => {
    [written] = await lastWritten(server, place.name);
    return written !== undefined && written.position > (last?.position ?? 0);
  });
  if (written === undefined || written.by !== by) throw new Error(`The snapshot was made by ${written?.by} instead of ${by}.`);
  return { ...written, seenMs };
};

type Changing = { readonly count: number; readonly by: string };

/** By an application that stays connected. */
const changes = (place: Place, server: LoneServer, { times, ...changing }: Changing & { readonly times: number }): Promise<readonly Change[]> =>
  withClient(place.url, async (client) => {
    const all: Change[] = [];
    for (let time = 0; time < times; time += 1) all.push(await change(place, server, client, changing));
    return all;
  });

const tablesOfFiles = ['projects', 'datasets', 'images', 'projects', 'labels', 'datasets', 'images', 'annotations'] as const;

type Whole = { readonly taken: Taken; readonly floor: number };

const wholes = async (place: Place, server: LoneServer, rounds: number): Promise<readonly Whole[]> => {
  const all: Whole[] = [];
  const files = new Map(tablesOfFiles.map((table, at) => [join(place.folder, `floor-${at}.csv`), table]));
  for (let round = 0; round < rounds; round += 1) {
    await place.cluster.settle();
    const taken = await askFor(server, place.name, true);
    all.push({ taken, floor: await secondsOf(() => floorTables(place.url, files)) });
  }
  return all;
};

const header = ['images', 'changed', 'snapshot', 'read from PostgreSQL', 'written', 'on disk after commit'] as const;
const widths = [8, 8, 10, 22, 10, 22] as const;
const line = (cells: readonly string[]): string => cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('');
const size = (bytes: number): string => (bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
const costs = (images: number, what: string, all: readonly Taken[], seen: readonly number[] = []): string => {
  const of = (key: keyof Taken): number => median(all.map((taken) => taken[key]));
  const onDisk = seen.length === 0 ? '' : `${median(seen).toFixed(0)} ms`;
  return line([String(images), what, `${of('milliseconds')} ms`, size(of('bytesRead')), size(of('bytesWritten')), onDisk]);
};

type Cost = { readonly lines: readonly string[]; readonly wholes: readonly Whole[]; readonly ones: readonly Change[]; readonly peak: number | undefined };

const counts = [1, 100, 10_000] as const;

/** What a snapshot costs after so many changes, in a database of this size. */
const measureCosts = (place: Place, rounds: number): Promise<Cost> =>
  withWatcher(place, { mode: 'hooks', interval: 60 }, async (server) => {
    const whole = await wholes(place, server, rounds);
    const lines = [
      costs(
        place.images,
        'whole',
        whole.map(({ taken }) => taken),
      ),
    ];
    const ones: Change[] = [];
    for (const count of counts.filter((one) => one <= place.images)) {
      const all = await changes(place, server, { count, times: count === 1 ? rounds * 5 : rounds, by: 'HOOKS' });
      if (count === 1) ones.push(...all);
      lines.push(
        costs(
          place.images,
          String(count),
          all,
          all.map(({ seenMs }) => seenMs),
        ),
      );
    }
    return { lines, wholes: whole, ones, peak: await server.residentPeak() };
  });

/** Of the presets the shortest. */
const pollingSeconds = 5;

const measurePolling = (place: Place, rounds: number): Promise<readonly Change[]> =>
  withWatcher(place, { mode: 'polling', interval: pollingSeconds }, (server) => changes(place, server, { count: 1, times: rounds * 5, by: 'POLLING' }));

type Watched = { readonly achieved: Achieved; readonly written: readonly Written[] };

const watchApplication = async (place: Place, mode: Mode, load: Load): Promise<Watched> => {
  await withClient(place.url, (client) => client.query('vacuum annotations').then(() => undefined));
  // As a server does by default.
  return withWatcher(place, { mode, interval: 10 }, async (server) => {
    await place.cluster.settle();
    const [last] = await lastWritten(server, place.name);
    const achieved = await runApplication(place.url, load, server.pid);
    const written = (await lastWritten(server, place.name)).filter(({ position }) => position > (last?.position ?? 0));
    return { achieved, written };
  });
};

type Rows = Load['rows'];

/** What the application does in each mode, in turns. */
const measureApplication = async (place: Place, load: Load, { rounds, wanted }: MeasuringSnapshots): Promise<readonly Measured[]> => {
  const all = new Map<Mode, Watched[]>(modes.map((mode) => [mode, []]));
  const asked = modes.filter((mode) => mode === 'off' || wanted(lossOf[load.rows][mode]));
  if (asked.length === 1) return [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % asked.length;
    for (const mode of [...asked.slice(first), ...asked.slice(0, first)]) all.get(mode)?.push(await watchApplication(place, mode, load));
  }
  const of = (mode: Mode, figure: (achieved: Achieved) => number): number => median((all.get(mode) ?? []).map(({ achieved }) => figure(achieved)));
  const list = (mode: Mode): string =>
    `${(all.get(mode) ?? []).map(({ achieved }) => achieved.perSecond.toFixed(0)).join(', ')}; median ${of(mode, ({ medianMs }) => medianMs).toFixed(2)} ms, p99 ${of(mode, ({ p99Ms }) => p99Ms).toFixed(1)} ms`;
  const measured = (mode: 'hooks' | 'polling'): Measured => {
    const snapshots = (all.get(mode) ?? []).flatMap(({ written }) => written);
    const typical = snapshots.length === 0 ? '' : `, ${median(snapshots.map(({ milliseconds }) => milliseconds))} ms each`;
    const processor = (one: Mode): string => `${of(one, ({ processor: { transactionMs } }) => transactionMs).toFixed(3)} ms`;
    return {
      name: lossOf[load.rows][mode],
      value: (1 - of(mode, ({ perSecond }) => perSecond) / of('off', ({ perSecond }) => perSecond)) * 100,
      rounds: [],
      note: `${load.connections} connections with pauses, ${load.seconds} s each time, ${snapshots.length} snapshots in all${typical}`,
      lines: [
        `transactions/s, not watched: ${list('off')}`,
        `                    watched: ${list(mode)}`,
        `processor: a transaction ${processor('off')}, watched ${processor(mode)}; Waybill ${(of(mode, ({ processor: { waybill } }) => waybill) * 100).toFixed(1)} % of a core`,
      ],
    };
  };
  return asked.flatMap((mode) => (mode === 'off' ? [] : [measured(mode)]));
};

const lossOf = {
  any: { hooks: 'snapshotLossHooks', polling: 'snapshotLossPolling' },
  some: { hooks: 'snapshotLossHooksSome', polling: 'snapshotLossPollingSome' },
} as const satisfies Readonly<Record<Rows, object>>;

const measureApplications = async (place: Place, measuring: MeasuringSnapshots): Promise<readonly Measured[]> => {
  if (!Object.values(lossOf).some(({ hooks, polling }) => measuring.wanted(hooks) || measuring.wanted(polling))) return [];
  const pace = await withWatcher(place, { mode: 'off', interval: 10 }, () => calibrate(place.url));
  const any = await measureApplication(place, { ...pace, rows: 'any', seconds: measuring.seconds }, measuring);
  // Of few rows snapshots are quick, and so are their rests.
  return [...any, ...(await measureApplication(place, { ...pace, rows: 'some', seconds: measuring.seconds / 3 }, measuring))];
};

const seenOf = (all: readonly Change[]): { readonly value: number; readonly rounds: readonly []; readonly note: string } => {
  const seen = all.map(({ seenMs }) => seenMs);
  return { value: Math.max(...seen), rounds: [], note: `${seen.length} changes of one annotation; median ${median(seen).toFixed(0)} ms` };
};

const costsMeasured = (small: Cost, large: Cost): readonly Measured[] => [
  {
    name: 'snapshotWhole',
    value: median(large.wholes.map(({ taken }) => taken.milliseconds / 1000)) / median(large.wholes.map(({ floor }) => floor)),
    rounds: large.wholes.map(({ taken, floor }) => ({ product: taken.milliseconds / 1000, floor })),
    note: `memory of the server, highest: ${large.peak?.toFixed(0) ?? '?'} MB`,
    lines: [line(header), ...small.lines, ...large.lines],
  },
  { name: 'snapshotOne', value: median(large.ones.map(({ milliseconds }) => milliseconds)), rounds: [] },
  { name: 'snapshotHooks', ...seenOf(large.ones) },
];

export const measureSnapshots = async (measuring: MeasuringSnapshots): Promise<readonly Measured[]> => {
  const { cluster, images, rounds, wanted } = measuring;
  const storeUrl = await cluster.create('snapshots_store');
  console.error(`Preparing ${images} images ...`);
  const large = await prepare(cluster, images, storeUrl);
  const measured: Measured[] = [];
  if (wanted('snapshotWhole') || wanted('snapshotOne') || wanted('snapshotHooks')) {
    const small = await measureCosts(await prepare(cluster, Math.round(images / 10), storeUrl), rounds);
    measured.push(...costsMeasured(small, await measureCosts(large, rounds)));
  }
  if (wanted('snapshotPolling')) measured.push({ name: 'snapshotPolling', ...seenOf(await measurePolling(large, rounds)) });
  measured.push(...(await measureApplications(large, measuring)));
  return measured.filter(({ name }) => wanted(name));
};
