import { randomUUID } from 'node:crypto';
import type { BenchServer } from './server.ts';

/** One run through the product, timed from the request to its end, with the time each phase took. */
export type Timed = {
  readonly runId: string;
  readonly seconds: number;
  readonly split: Readonly<Record<string, number>>;
  readonly file?: string;
  readonly notes: readonly string[];
  /** Rows of table `t` by verdict, without zeros: `insert 10, update 10, same 80`. */
  readonly verdicts?: string;
  readonly statements?: readonly string[];
};

type Counts = Readonly<Record<'insert' | 'update' | 'same' | 'keep' | 'delete' | 'conflict' | 'blocked', string>>;
type TableVerdicts = { readonly table: string; readonly counts: Counts };

type RunState = {
  readonly run: {
    readonly state: string;
    readonly failure?: { readonly message: string };
    readonly plan?: { readonly tables: readonly TableVerdicts[] };
    readonly result?: { readonly file?: string; readonly notes: readonly string[]; readonly tables?: readonly TableVerdicts[] };
  };
};

type Answer = { readonly upload?: { readonly sha256: string }; readonly runId?: string; readonly code?: string; readonly message?: string };

const requesting = (mutation: string, input: string): string =>
  `mutation ($input: ${input}!, $key: String!) { answer: ${mutation}(input: $input, idempotencyKey: $key) { ... on RunPayload { runId } ... on Refusal { code message } } }`;
const uploading =
  'mutation ($file: String!, $key: String!) { answer: upload(input: { serverPath: $file }, idempotencyKey: $key) { ... on UploadPayload { upload { sha256 } } ... on Refusal { code message } } }';

export const exportFrom = (server: BenchServer, database: string): Promise<Timed> =>
  timed(server, requesting('export', 'ExportInput'), { database }, 'COMPLETED');
export const importInto = (server: BenchServer, database: string, upload: string): Promise<Timed> =>
  timed(server, requesting('import', 'ImportInput'), { database, upload }, 'COMPLETED');
export const planInto = (server: BenchServer, database: string, upload: string): Promise<Timed> =>
  timed(server, requesting('plan', 'ImportInput'), { database, upload }, 'PLANNED');
export const mergeInto = (server: BenchServer, database: string, upload: string): Promise<Timed> =>
  timed(server, requesting('merge', 'MergeInput'), { database, upload }, 'COMPLETED');
export const planMergeInto = (server: BenchServer, database: string, upload: string): Promise<Timed> =>
  timed(server, requesting('planMerge', 'MergeInput'), { database, upload }, 'PLANNED');
export const takeBack = (server: BenchServer, run: string): Promise<Timed> => timed(server, requesting('rollback', 'RollbackInput'), { run }, 'COMPLETED');
export const replayInto = (server: BenchServer, database: string, of: string): Promise<Timed> =>
  timed(server, requesting('replay', 'ReplayInput'), { database, of }, 'COMPLETED');

/** Puts an archive of the backup folder into the blob store; its hash names it from then on. */
export const storeArchive = async (server: BenchServer, file: string): Promise<string> => {
  const { answer } = await server.graphql<{ answer: Answer }>(uploading, { file: `backup/${file}`, key: randomUUID() });
  if (answer.upload === undefined) throw new Error(`Refused: ${answer.code} ${answer.message}`);
  return answer.upload.sha256;
};

const timed = async (server: BenchServer, mutation: string, input: Readonly<Record<string, unknown>>, wanted: string): Promise<Timed> => {
  await server.statements?.taken();
  const began = performance.now();
  const { answer } = await server.graphql<{ answer: Answer }>(mutation, { input, key: randomUUID() });
  const { runId } = answer;
  if (runId === undefined) throw new Error(`Refused: ${answer.code} ${answer.message}`);
  const split = new Map<string, number>();
  let since = began;
  let phase = 'queued';
  const move = (next: string): void => {
    const now = performance.now();
    split.set(phase, (split.get(phase) ?? 0) + (now - since) / 1000);
    [phase, since] = [next, now];
  };
  for await (const { runProgress } of server.subscribe<{ runProgress: { phase: string; state: string } }>(
    'subscription ($id: ID!) { runProgress(id: $id) { phase state } }',
    { id: runId },
  )) {
    if (runProgress.phase !== phase) move(runProgress.phase);
    if (!isUnderWay(runProgress.state)) break;
  }
  let state = await runState(server, runId);
  while (isUnderWay(state.run.state)) state = await runState(server, runId);
  const seconds = (performance.now() - began) / 1000;
  move('done');
  if (state.run.state !== wanted) throw new Error(`Run ${runId} is ${state.run.state}: ${state.run.failure?.message ?? ''}`);
  const { file, notes = [], tables = state.run.plan?.tables } = state.run.result ?? {};
  const verdicts = verdictsOf(tables);
  const statements = await server.statements?.taken();
  return {
    runId,
    seconds,
    split: Object.fromEntries([...split].map(([name, time]) => [name.toLowerCase(), time])),
    notes,
    ...(file === undefined ? {} : { file }),
    ...(verdicts === undefined ? {} : { verdicts }),
    ...(statements === undefined ? {} : { statements }),
  };
};

const verdictsOf = (tables: readonly TableVerdicts[] = []): string | undefined => {
  const counts = tables.find(({ table }) => table === 'public.t')?.counts;
  if (counts === undefined) return undefined;
  return Object.entries(counts)
    .flatMap(([verdict, count]) => (Number(count) === 0 ? [] : [`${verdict} ${count}`]))
    .join(', ');
};

const isUnderWay = (state: string): boolean => ['REQUESTED', 'RUNNING', 'APPROVED'].includes(state);

const runState = (server: BenchServer, id: string): Promise<RunState> =>
  server.graphql(
    `query ($id: ID!) { run(id: $id) { state failure { message } plan { tables { ...verdicts } }
      result { ... on WriteResult { notes tables { ...verdicts } } ... on ReplayResult { notes } ... on ExportResult { file notes } } } }
    fragment verdicts on TableVerdicts { table counts { insert update same keep delete conflict blocked } }`,
    { id },
  );

/** Milliseconds from an event's time in the log to the subscriber having it, over HTTP, for `count` events. */
export const eventLatencies = async (server: BenchServer, count: number): Promise<readonly number[]> => {
  const latencies: number[] = [];
  const stop = new AbortController();
  const stream = server.subscribe<{ events: { at: string; type: string } }>('subscription { events { at type } }', {}, stop.signal);
  const listening = (async () => {
    for await (const { events: event } of stream) {
      if (event.type !== 'UploadStored') continue;
      latencies.push(Date.now() - Date.parse(event.at));
      if (latencies.length === count) return;
    }
  })();
  const sending = (async () => {
    await new Promise((done) => setTimeout(done, 300));
    for (let index = 0; index < count; index += 1) await server.upload(`latency-${index}.txt`, `event ${index} ${process.pid}`);
  })();
  try {
    await Promise.all([listening, sending]);
  } finally {
    stop.abort();
  }
  return latencies;
};
