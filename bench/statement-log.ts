import { appendFileSync } from 'node:fs';
import { cpuSeconds } from './cpu.ts';
import pg from 'pg';

/**
 * Loaded before the worker (`--import`): writes the name and the milliseconds of each statement on a source or target to
 * WAYBILL_BENCH_STATEMENTS, and the plan, as it was carried out, of those whose name fits WAYBILL_BENCH_EXPLAIN. Plans are
 * made in a savepoint that is taken back before the statement itself, so what they cost is not in its time, but in the run's.
 */
const file = process.env['WAYBILL_BENCH_STATEMENTS'] ?? '';
const explained = process.env['WAYBILL_BENCH_EXPLAIN'];
const write = (line: object): void => appendFileSync(file, `${JSON.stringify(line)}\n`);
const nameOf = (text: string): string => /^\s*\/\* ([\w.-]+) \*\//.exec(text)?.[1] ?? text.trim().slice(0, 60);

type Query = (this: pg.Client, ...given: unknown[]) => unknown;
const prototype = pg.Client.prototype as unknown as { query: Query };
const query = prototype.query;

const explain = async (client: pg.Client, text: string, values: readonly unknown[]): Promise<void> => {
  const nested = await Promise.resolve(query.call(client, 'savepoint bench_explain')).then(
    () => true,
    () => false,
  );
  if (!nested) await query.call(client, 'begin');
  const { rows } = (await query.call(client, { text: `explain (analyze, buffers) ${text}`, values: [...values], rowMode: 'array' })) as {
    readonly rows: readonly (readonly string[])[];
  };
  await query.call(client, nested ? 'rollback to savepoint bench_explain; release savepoint bench_explain' : 'rollback');
  write({ name: nameOf(text), plan: rows.map(([line]) => line).join('\n') });
};

/** Call it when the statement is done. */
const watch = (client: pg.Client, text: string): (() => void) => {
  const pid = 'processID' in client && typeof client.processID === 'number' ? client.processID : undefined;
  const [began, cpu] = [performance.now(), cpuSeconds(pid)];
  return () => write({ name: nameOf(text), seconds: (performance.now() - began) / 1000, cpu: cpuSeconds(pid) - cpu });
};

prototype.query = function (this: pg.Client, ...given) {
  const [first, second] = given;
  if (this.database?.endsWith('_store') === true) return query.apply(this, given);
  if (typeof first === 'string' && typeof given.at(-1) !== 'function') {
    const values = Array.isArray(second) ? (second as readonly unknown[]) : [];
    const isExplained =
      explained !== undefined && new RegExp(explained).test(nameOf(first)) && !/^\s*(?:\/\*.*\*\/)?\s*(?:analyze|copy|lock|set)\b/.test(first);
    const work = async (): Promise<unknown> => {
      if (isExplained) await explain(this, first, values);
      const done = watch(this, first);
      return Promise.resolve(query.apply(this, given)).finally(done);
    };
    return work();
  }
  const stream = query.apply(this, given);
  if (typeof stream === 'object' && stream !== null && 'text' in stream && 'once' in stream) {
    const { text, once } = stream as { readonly text: string; readonly once: (event: string, listener: () => void) => void };
    once.call(stream, 'close', watch(this, text));
  }
  return stream;
};
