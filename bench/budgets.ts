import type { Timed } from './jobs.ts';

/** What each job is aimed at, and what must hold in any case. */
export type Budget = {
  readonly job: string;
  readonly unit: 'x' | 'MB' | 'ms' | '%';
  readonly goal: number;
  readonly mustHold: number;
  readonly against: string;
};

export const budgets = {
  importEmpty: { job: 'import into an empty table that the role owns', unit: 'x', goal: 0.75, mustHold: 0.85, against: '\\copy of the same rows' },
  importWithRows: { job: 'import into a table with rows', unit: 'x', goal: 1.25, mustHold: 1.4, against: '\\copy of the same rows' },
  importNotOwned: { job: 'import into a table that the role does not own', unit: 'x', goal: 1.25, mustHold: 1.4, against: '\\copy of the same rows' },
  importJsonl: { job: 'import of JSON lines into a table without rows', unit: 'x', goal: 1.45, mustHold: 1.7, against: '\\copy of the same rows as CSV' },
  importJsonlWithRows: { job: 'import of JSON lines into a table with rows', unit: 'x', goal: 1.45, mustHold: 1.7, against: '\\copy of the same rows as CSV' },
  importCsvWithRows: { job: 'import of CSV into a table with rows', unit: 'x', goal: 1.45, mustHold: 1.7, against: '\\copy of the same rows' },
  planEmpty: { job: 'plan only, empty table', unit: 'x', goal: 0.45, mustHold: 0.6, against: '\\copy of the same rows' },
  merge: { job: 'merge: 80 % same, 10 % changed, 10 % new', unit: 'x', goal: 1, mustHold: 1.15, against: 'upsert by hand, WHERE ... IS DISTINCT FROM' },
  mergeSame: { job: 'merge, nothing changed', unit: 'x', goal: 0.8, mustHold: 1, against: 'the same statement by hand' },
  mergeThreeWay: { job: 'merge three-way, both sides edited', unit: 'x', goal: 1.6, mustHold: 2, against: 'the same statement by hand, which loses edits' },
  planMerge: { job: 'plan only, of that merge', unit: 'x', goal: 0.55, mustHold: 0.7, against: '\\copy of the same rows into an empty table' },
  rollback: { job: 'rollback of that merge', unit: 'x', goal: 1, mustHold: 1.3, against: 'the merge' },
  replay: { job: 'replay of an import and that merge', unit: 'x', goal: 1.1, mustHold: 1.3, against: 'the runs themselves' },
  ledger: { job: 'ledger of that merge, on disk', unit: 'x', goal: 0.1, mustHold: 0.2, against: 'the table with its indexes' },
  export: { job: 'export to archive', unit: 'x', goal: 1.1, mustHold: 1.3, against: 'COPY TO STDOUT' },
  push: { job: 'push of 1,000 files of 10 kB, per file', unit: 'ms', goal: 5, mustHold: 5, against: '200 files/s on loopback' },
  memory: { job: 'Node memory, resident peak', unit: 'MB', goal: 150, mustHold: 200, against: 'the process that does the work' },
  snapshotWhole: { job: 'snapshot, whole', unit: 'x', goal: 6, mustHold: 8, against: 'COPY of the tables of each file' },
  snapshotOne: { job: 'snapshot after one changed row', unit: 'ms', goal: 500, mustHold: 800, against: '' },
  snapshotHooks: { job: 'commit to new files on disk, hooks, highest', unit: 'ms', goal: 800, mustHold: 1000, against: 'triggers' },
  snapshotPolling: {
    job: 'commit to new files on disk, polling, highest',
    unit: 'ms',
    goal: 5700,
    mustHold: 6000,
    against: 'a look every 5 s, and one second',
  },
  snapshotLossHooks: {
    job: 'loss of an application that changes any row, hooks',
    unit: '%',
    goal: 2,
    mustHold: 5,
    against: 'it does about 1,000 transactions/s',
  },
  snapshotLossPolling: {
    job: 'loss of an application that changes any row, polling',
    unit: '%',
    goal: 2,
    mustHold: 5,
    against: 'it does about 1,000 transactions/s',
  },
  snapshotLossHooksSome: {
    job: 'loss of an application that changes the same rows, hooks',
    unit: '%',
    goal: 2,
    mustHold: 5,
    against: 'it does about 1,000 transactions/s',
  },
  snapshotLossPollingSome: {
    job: 'loss of an application that changes the same rows, polling',
    unit: '%',
    goal: 2,
    mustHold: 5,
    against: 'it does about 1,000 transactions/s',
  },
  latency: { job: 'event to subscriber, p99', unit: 'ms', goal: 20, mustHold: 50, against: 'append returned -> event in hand' },
} as const satisfies Readonly<Record<string, Budget>>;

export type BudgetName = keyof typeof budgets;

export type Measured = {
  readonly name: BudgetName;
  readonly value: number;
  /** Seconds of each round, product and floor, in the order they ran. */
  readonly rounds: readonly { readonly product: number; readonly floor: number }[];
  readonly split?: Readonly<Record<string, number>>;
  readonly note?: string;
  readonly statements?: readonly string[];
  /** More figures, one below the other. */
  readonly lines?: readonly string[];
};

/** Asked for by `--only snapshot` and by nothing else: they are long: windows of `--seconds` for each way of watching, and each round. */
export const isSnapshot = (name: string): boolean => name.startsWith('snapshot');

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** A round of the product and what it is held against, taken right before or after it. */
export type Pair = { readonly product: Timed; readonly floor: number };

export const timedToMeasured = (name: BudgetName, pairs: readonly Pair[], more?: string): Measured => {
  const at = median(pairs.map(({ product }) => product.seconds));
  const typical = pairs.find(({ product }) => product.seconds === at)?.product;
  const notes = [...(typical?.notes ?? []), ...(more === undefined ? [] : [more])];
  return {
    name,
    value: at / median(pairs.map((pair) => pair.floor)),
    rounds: pairs.map((pair) => ({ product: pair.product.seconds, floor: pair.floor })),
    ...(typical === undefined ? {} : { split: typical.split }),
    ...(typical?.statements === undefined ? {} : { statements: typical.statements }),
    ...(notes.length === 0 ? {} : { note: notes.join(' · ') }),
  };
};

export const verdict = (measured: Measured): 'goal' | 'holds' | 'FAILS' =>
  measured.value <= budgets[measured.name].goal ? 'goal' : measured.value <= budgets[measured.name].mustHold ? 'holds' : 'FAILS';

export const report = (all: readonly Measured[]): string => {
  const number = (value: number, unit: string): string => (unit === 'x' ? `${value.toFixed(2)} x` : `${value.toFixed(unit === '%' ? 1 : 0)} ${unit}`);
  const lines = all.map((measured) => {
    const { job, unit, goal, mustHold, against } = budgets[measured.name];
    const product = measured.rounds.length === 0 ? '' : `${median(measured.rounds.map((round) => round.product)).toFixed(2)} s`;
    const floor = measured.rounds.length === 0 ? '' : `${median(measured.rounds.map((round) => round.floor)).toFixed(2)} s`;
    return [job, number(measured.value, unit), verdict(measured), number(goal, unit), number(mustHold, unit), product, floor, against];
  });
  const header = ['job', 'measured', '', 'goal', 'must hold', 'product', 'floor', 'against'];
  const widths = header.map((title, column) => Math.max(...[header, ...lines].map((line) => (line[column] ?? title).length)));
  const row = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const details = all.flatMap(({ name, rounds, split, note, lines: more = [], statements = [] }) => [
    ...(rounds.length === 0
      ? []
      : [`${budgets[name].job}: ${rounds.map(({ product, floor }) => `${product.toFixed(2)}/${floor.toFixed(2)}`).join('  ')} s (product/floor, in order)`]),
    ...(split === undefined
      ? []
      : [
          `  ${Object.entries(split)
            .map(([step, seconds]) => `${step} ${seconds.toFixed(2)}`)
            .join(' · ')}`,
        ]),
    ...(note === undefined ? [] : [`  ${note}`]),
    ...more.map((line) => `  ${line}`),
    ...statements.map((line) => `    ${line.replaceAll('\n', '\n    ')}`),
  ]);
  return [row(header), row(widths.map((width) => '-'.repeat(width))), ...lines.map(row), '', ...details].join('\n');
};
