import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { median } from './budgets.ts';
import { cpuSeconds } from './cpu.ts';
import { withClient } from './table.ts';

/** An application: on each connection one small transaction after the other, with a pause between them. */
export type Load = {
  readonly connections: number;
  readonly pauseMs: number;
  readonly seconds: number;
  /** Any annotation, or always some of the last thousand. */
  readonly rows: 'any' | 'some';
};

export type Achieved = { readonly perSecond: number; readonly medianMs: number; readonly p99Ms: number; readonly processor: Processor };

/** Unlike times it does not change with what else the machine does; 0 where PostgreSQL is on another. */
type Processor = {
  /** Of the application's own sessions, for each transaction. */
  readonly transactionMs: number;
  /** Of all sessions and the process of Waybill: seconds for each second. */
  readonly waybill: number;
};

type Used = { readonly application: number; readonly waybill: number };

const usedSoFar = async (url: string, waybillPid: number | undefined): Promise<Used> => {
  const sessions = await withClient(url, async (client) =>
    client.query<{ pid: number; name: string }>("select pid, application_name as name from pg_stat_activity where backend_type = 'client backend'"),
  );
  const of = (prefix: string): number => sessions.rows.filter(({ name }) => name.startsWith(prefix)).reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  return { application: of('application'), waybill: of('waybill ') - of('waybill bench') + cpuSeconds(waybillPid) };
};

/** Each transaction changes one annotation. What happens in the first seconds does not count. */
export const runApplication = async (url: string, { connections, pauseMs, seconds, rows }: Load, watcherPid?: number): Promise<Achieved> => {
  const clients = Array.from({ length: connections }, () => new pg.Client({ connectionString: url, application_name: 'application' }));
  for (const client of clients) await client.connect();
  try {
    const most = (await clients[0]?.query<{ most: number }>('select max(id)::integer as most from annotations'))?.rows[0]?.most ?? 1;
    const reach = rows === 'any' ? most : Math.min(most, 1000);
    const begin = performance.now() + warmUpMs;
    const end = begin + seconds * 1000;
    const times: number[] = [];
    const work = async (client: pg.Client): Promise<void> => {
      while (performance.now() < end) {
        const began = performance.now();
        await client.query({ name: 'change', text: change, values: [most - Math.floor(Math.random() * reach), Math.random().toFixed(3)] });
        const ended = performance.now();
        if (ended >= begin && ended < end) times.push(ended - began);
        if (pauseMs > 0) await sleep(pauseMs);
      }
    };
    const used = async (at: number): Promise<Used> => {
      await sleep(at - performance.now());
      return usedSoFar(url, watcherPid);
    };
    // While the sessions are there: what has ended tells no times.
    const [before, after] = await Promise.all([used(begin), used(end - 200), ...clients.map(work)]);
    return {
      perSecond: times.length / seconds,
      medianMs: median(times),
      p99Ms: times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN,
      processor: {
        transactionMs: ((after.application - before.application) * 1000) / times.length,
        waybill: (after.waybill - before.waybill) / seconds,
      },
    };
  } finally {
    for (const client of clients) await client.end();
  }
};

const warmUpMs = 3000;
const change = 'update annotations set confidence = $2 where id = $1';

/** So many connections with such pauses that it does about 1,000 transactions a second where nobody watches. */
export const calibrate = async (url: string): Promise<Pick<Load, 'connections' | 'pauseMs'>> => {
  const pauseMs = 3;
  const { perSecond } = await runApplication(url, { connections: 1, pauseMs, seconds: 3, rows: 'any' });
  return { connections: Math.min(12, Math.max(2, Math.round(1000 / perSecond))), pauseMs };
};
