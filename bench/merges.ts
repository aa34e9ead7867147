import { join } from 'node:path';
import { median, timedToMeasured, type BudgetName, type Measured, type Pair } from './budgets.ts';
import { mergeByHand } from './hand.ts';
import { copyFloor, templateOf, type Measuring } from './imports.ts';
import { exportFrom, importInto, mergeInto, planMergeInto, replayInto, storeArchive, takeBack, type Timed } from './jobs.ts';
import type { BenchServer } from './server.ts';
import { createContents, editBothSides, rowsByCode, withClient } from './table.ts';

/** Merges beside the statement that somebody would write by hand for them, what comes after a merge, and what it leaves on disk. */
export const mergeNames = ['merge', 'mergeSame', 'mergeThreeWay', 'planMerge', 'rollback', 'replay', 'ledger'] as const satisfies readonly BudgetName[];
type MergeName = (typeof mergeNames)[number];

const databases = ['merged', 'planned', 'same', 'three', 'three_source', 'played', 'replayed'] as const;

export const wantsMerges = ({ wanted }: Measuring): boolean => mergeNames.some(wanted);

export const prepareMerges = async (measuring: Measuring): Promise<void> => {
  if (!wantsMerges(measuring)) return;
  const { cluster, rows } = measuring;
  for (const contents of ['changed', 'same', 'base'] as const) await createContents(await cluster.create(templateOf(contents)), contents, rows);
  // What Waybill has met it knows again, and its copies for copies: templates stay unknown to it.
  await cluster.create('changed_source', templateOf('changed'));
};

export const mergeTargets = (measuring: Measuring): Readonly<Record<string, string>> => {
  const { cluster, rounds } = measuring;
  if (!wantsMerges(measuring)) return {};
  const slots = databases.flatMap((name) => Array.from({ length: rounds }, (_, round) => `${name}_${round}`));
  return Object.fromEntries([...slots, 'changed_source'].map((name) => [name, cluster.urlOf(name)]));
};

/** What the rounds of one row gave, or why there is none. */
type Row = { readonly pairs: Pair[]; readonly ratios: number[]; note: string | undefined; failure: string | undefined };

type Bench = Measuring & { readonly server: BenchServer; readonly upload: string; readonly handFile: string; readonly row: (name: MergeName) => Row };

/** One job's failure leaves the others their figures. */
const attempt = async (bench: Bench, names: readonly MergeName[], work: () => Promise<void>): Promise<void> => {
  const asked = names.filter(bench.wanted);
  if (asked.every((name) => bench.row(name).failure !== undefined)) return;
  try {
    await work();
  } catch (error) {
    for (const name of asked) bench.row(name).failure = error instanceof Error ? error.message : String(error);
  }
};

type ByHand = { readonly seconds: number; readonly cpu: number };

const byHand = async ({ cluster }: Bench, name: string, template: string, file: string): Promise<ByHand> => {
  const url = await cluster.fresh(`hand_${name}`, template);
  const [began, cpu] = [performance.now(), await mergeByHand(url, file)];
  const seconds = (performance.now() - began) / 1000;
  await cluster.drop(`hand_${name}`);
  return { seconds, cpu };
};

const push = (row: Row, product: Timed, floor: ByHand): void => {
  row.pairs.push({ product, floor: floor.seconds });
  row.note = `${product.verdicts ?? ''}; the hand's statement took PostgreSQL ${floor.cpu.toFixed(2)} s of processor`;
};

/** The ledger's size beside that of the table, both with their indexes. */
const ledgerShare = async (url: string): Promise<{ readonly ratio: number; readonly note: string }> =>
  withClient(url, async (client) => {
    const found = await client.query<{ ledger: string; table: string }>(
      `select pg_total_relation_size('waybill.ledger') as ledger, pg_total_relation_size('public.t') as table`,
    );
    const [ledger, table] = [Number(found.rows[0]?.ledger), Number(found.rows[0]?.table)];
    return { ratio: ledger / table, note: `${(ledger / 1e6).toFixed(1)} MB beside ${(table / 1e6).toFixed(0)} MB` };
  });

const mergeAndBack = async (bench: Bench, round: number): Promise<void> => {
  const { cluster, server, upload, handFile, row } = bench;
  const floor = await byHand(bench, `merged_${round}`, templateOf('changed'), handFile);
  const url = await cluster.fresh(`merged_${round}`, templateOf('changed'));
  const merge = await mergeInto(server, `merged_${round}`, upload);
  push(row('merge'), merge, floor);
  const { ratio, note } = await ledgerShare(url);
  row('ledger').ratios.push(ratio);
  row('ledger').note = note;
  await cluster.settle();
  await attempt(bench, ['rollback'], async () => void row('rollback').pairs.push({ product: await takeBack(server, merge.runId), floor: merge.seconds }));
  await cluster.drop(`merged_${round}`);
};

const planMerge = async ({ cluster, server, upload, row }: Bench, round: number): Promise<void> => {
  const floor = await copyFloor(cluster, `planned_${round}`);
  await cluster.fresh(`planned_${round}`, templateOf('changed'));
  row('planMerge').pairs.push({ product: await planMergeInto(server, `planned_${round}`, upload), floor });
  await cluster.drop(`planned_${round}`);
};

const mergeSame = async (bench: Bench, round: number): Promise<void> => {
  const { cluster, server, upload, handFile, row } = bench;
  const floor = await byHand(bench, `same_${round}`, templateOf('same'), handFile);
  await cluster.fresh(`same_${round}`, templateOf('same'));
  push(row('mergeSame'), await mergeInto(server, `same_${round}`, upload), floor);
  await cluster.drop(`same_${round}`);
};

/** The target's export, taken in by the source, is what both sides held; then both are edited. */
const mergeThreeWay = async (bench: Bench, round: number): Promise<void> => {
  const { cluster, rows, server, row } = bench;
  const [name, sourceName] = [`three_${round}`, `three_source_${round}`];
  const target = await cluster.fresh(name, templateOf('base'));
  const source = await cluster.create(sourceName, templateOf('empty'));
  const base = await exportFrom(server, name);
  await importInto(server, sourceName, await storeArchive(server, base.file ?? ''));
  await editBothSides({ target, source }, rows);
  const file = join(cluster.folder, 'three.csv');
  await rowsByCode(source, file);
  const upload = await storeArchive(server, (await exportFrom(server, sourceName)).file ?? '');
  const floor = await byHand(bench, name, name, file);
  await cluster.settle();
  push(row('mergeThreeWay'), await mergeInto(server, name, upload), floor);
  await cluster.drop(name, sourceName);
};

const replay = async ({ cluster, server, upload, row }: Bench, round: number, existing: string): Promise<void> => {
  await cluster.fresh(`played_${round}`, templateOf('empty'));
  const imported = await importInto(server, `played_${round}`, existing);
  await cluster.settle();
  const merged = await mergeInto(server, `played_${round}`, upload);
  await cluster.fresh(`replayed_${round}`, templateOf('empty'));
  row('replay').pairs.push({ product: await replayInto(server, `replayed_${round}`, `played_${round}`), floor: imported.seconds + merged.seconds });
  row('replay').note = `import ${imported.seconds.toFixed(2)} s, merge ${merged.seconds.toFixed(2)} s (${merged.verdicts ?? ''})`;
  await cluster.drop(`played_${round}`, `replayed_${round}`);
};

export const measureMerges = async (measuring: Measuring, server: BenchServer, upload: string): Promise<readonly Measured[]> => {
  if (!wantsMerges(measuring)) return [];
  const { cluster, rounds, wanted } = measuring;
  const found = new Map<MergeName, Row>();
  const row = (name: MergeName): Row => {
    const known = found.get(name) ?? { pairs: [], ratios: [], note: undefined, failure: undefined };
    found.set(name, known);
    return known;
  };
  const handFile = join(cluster.folder, 'by-code.csv');
  await rowsByCode(cluster.urlOf(templateOf('source')), handFile);
  const existing = wanted('replay') ? await storeArchive(server, (await exportFrom(server, 'changed_source')).file ?? '') : '';
  const bench: Bench = { ...measuring, server, upload, handFile, row };
  for (let round = 0; round < rounds; round += 1) {
    await attempt(bench, ['merge', 'ledger', 'rollback'], () => mergeAndBack(bench, round));
    await attempt(bench, ['planMerge'], () => planMerge(bench, round));
    await attempt(bench, ['mergeSame'], () => mergeSame(bench, round));
    await attempt(bench, ['mergeThreeWay'], () => mergeThreeWay(bench, round));
    await attempt(bench, ['replay'], () => replay(bench, round, existing));
  }
  return mergeNames.filter(wanted).map((name) => measuredOf(name, row(name)));
};

const measuredOf = (name: MergeName, { pairs, ratios, note, failure }: Row): Measured => {
  if (failure !== undefined) return { name, value: Number.NaN, rounds: [], note: `not measured: ${failure}` };
  if (name === 'ledger') return { name, value: median(ratios), rounds: [], ...(note === undefined ? {} : { note }) };
  return timedToMeasured(name, pairs, note);
};
