import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** `--statements`: the slowest statements of each job's last round; `--explain NAME`: and how PostgreSQL carried them out. */
export type StatementLog = {
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What ran since the last call, slowest first, and the plans that were asked for. */
  taken(): Promise<readonly string[]>;
};

type Line = { readonly name: string; readonly seconds?: number; readonly cpu?: number; readonly plan?: string };

export const openStatementLog = async (folder: string, explain: string | undefined): Promise<StatementLog> => {
  const file = join(folder, 'statements.jsonl');
  await writeFile(file, '');
  return {
    flags: ['--import', resolve(import.meta.dirname, 'statement-log.ts')],
    environment: { WAYBILL_BENCH_STATEMENTS: file, ...(explain === undefined ? {} : { WAYBILL_BENCH_EXPLAIN: explain }) },
    taken: async () => {
      const lines = (await readFile(file, 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line);
      await writeFile(file, '');
      return [...slowest(lines), ...lines.flatMap(({ name, plan }) => (plan === undefined ? [] : [`${name}\n${plan}`]))];
    },
  };
};

const slowest = (lines: readonly Line[]): readonly string[] => {
  const sums = new Map<string, { seconds: number; cpu: number; times: number }>();
  for (const { name, seconds = 0, cpu = 0, plan } of lines) {
    if (plan !== undefined) continue;
    const before = sums.get(name) ?? { seconds: 0, cpu: 0, times: 0 };
    sums.set(name, { seconds: before.seconds + seconds, cpu: before.cpu + cpu, times: before.times + 1 });
  }
  const all = [...sums].toSorted(([, a], [, b]) => b.cpu - a.cpu || b.seconds - a.seconds);
  const total = (of: 'seconds' | 'cpu' | 'times'): number => all.reduce((sum, [, one]) => sum + one[of], 0);
  return [
    `${total('cpu').toFixed(2)} s of processor, ${total('seconds').toFixed(2)} s, ${total('times')} statements`,
    ...all
      .slice(0, 25)
      .map(([name, { seconds, cpu, times }]) => `${cpu.toFixed(2).padStart(7)} ${seconds.toFixed(2).padStart(7)} s ${String(times).padStart(4)} x  ${name}`),
  ];
};
