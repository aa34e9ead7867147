import { createHash } from 'node:crypto';
import type { IssueCode } from '../../domain/issue.ts';
import { noVerdicts, verdicts, type IssueCount, type TablePlan, type Verdict, type VerdictCounts } from '../../domain/run/run.ts';
import type { Session } from '../../infra/postgres/session.ts';
import type { Statement } from '../../infra/postgres/sql.ts';
import type { Ids } from '../ids.ts';
import { loadId, rowKey, type Load, type Staged } from '../load.ts';
import { countChanged, hashChanged, type ParentNames } from './change.sql.ts';
import { countBlocked, countGone, countIssues, countMatched, countStaying } from './plan.sql.ts';

/** Counts per table and verdict, and the hash that pins what was seen: the same hash means the same plan. */
export type Plan = {
  readonly tables: readonly TablePlan[];
  readonly issues: readonly IssueCount[];
  readonly hash: string;
  /** `schema.table` of those of which some row was found in the target. */ readonly matched: ReadonlySet<string>;
};

export type PlanInput = {
  readonly session: Session;
  readonly loads: readonly Load[];
  readonly ids: readonly Ids[];
  readonly staged: readonly Staged[];
  /** What the plan is made of besides the rows: the archive, the target's catalogue, the run's settings. */
  readonly pinnedTo: readonly string[];
  /** Which tables of differing rows there are for a load, besides the matched ones. */
  readonly differing: (load: Load) => Differing;
};

export type Differing = { readonly change: boolean; readonly stay: boolean; readonly gone: boolean; readonly names: ParentNames | undefined };
export const nothingDiffers: Differing = { change: false, stay: false, gone: false, names: undefined };

export const makePlan = async (input: PlanInput): Promise<Plan> => {
  const hash = createHash('sha256');
  for (const part of input.pinnedTo) hash.update(`${part}\n`);
  const tables: TablePlan[] = [];
  const matched = new Set<string>();
  for (const load of input.loads) {
    const { plan, keys, found } = await planTable(input, load);
    tables.push(plan);
    if (found) matched.add(plan.table);
    hash.update(JSON.stringify([plan.table, plan.ids, plan.counts, keys]));
    hash.update('\n');
  }
  const counted = await input.session.many<{ load: number; code: IssueCode; count: number }>(countIssues);
  const issues = counted.flatMap(({ load, code, count }): IssueCount[] => {
    const found = input.loads.find((candidate) => candidate.index === load);
    return found === undefined ? [] : [{ table: loadId(found), code, count }];
  });
  return { tables, issues, hash: hash.digest('hex'), matched };
};

type Counted = { readonly verdict: string; readonly count: string; readonly keys: string };

const isVerdict = (word: string): word is Verdict => verdicts.some((verdict) => verdict === word);

/** A column of the archive that is not written is no part of what both sides hold from now on (ENGINE-RULES 24). */
const leftColumns = (load: Load): Pick<TablePlan, 'leftColumns'> => {
  const written = new Set(load.columns.map(({ name }) => name));
  const left = load.staged.flatMap(({ name }) => (written.has(name) || load.target.columns.every((column) => column.name !== name) ? [] : [name]));
  return left.length === 0 ? {} : { leftColumns: left };
};

/** Without a primary key another run may choose another key of the table; the ledger's names mean this one. */
const namedBy = (load: Load): Pick<TablePlan, 'rowKey'> => {
  const key = rowKey(load);
  return key.length === 0 || load.target.uniques.some((unique) => unique.primary) ? {} : { rowKey: key };
};

/** Staged rows add up; rows that only the target has are counted on top of them. */
const addUp = (
  found: { readonly rows: number; readonly same: number; readonly blocked: number },
  staged: readonly Counted[],
  gone: readonly Counted[],
): VerdictCounts => {
  const counts = { ...noVerdicts, same: found.same, blocked: found.blocked };
  for (const { verdict, count } of staged) if (isVerdict(verdict) && verdict !== 'blocked') counts[verdict] += Number(count);
  counts.insert = found.rows - counts.same - counts.keep - counts.update - counts.conflict - counts.blocked;
  for (const { verdict, count } of gone) if (verdict === 'delete' || verdict === 'conflict' || verdict === 'blocked') counts[verdict] += Number(count);
  return counts;
};

const planTable = async (input: PlanInput, load: Load): Promise<{ plan: TablePlan; keys: readonly string[]; found: boolean }> => {
  const { session, ids, staged, differing } = input;
  const own = ids[load.index];
  const has = differing(load);
  const { rows, bad } = staged[load.index] ?? { rows: 0, bad: 0 };
  const counted = (exists: boolean, statement: Statement): Promise<readonly Counted[]> => (exists ? session.many<Counted>(statement) : Promise.resolve([]));
  const matched = await counted(own?.empty !== true, countMatched(load));
  const staying = await counted(has.stay, countStaying(load));
  const changed = await counted(has.change, countChanged(load));
  const gone = await counted(has.gone, countGone(load));
  const blocked = await session.one<{ count: string; keys: string }>(countBlocked(load));
  // What is not written down of a slim table is the same.
  const same = own?.slim === true ? rows - bad - matched.reduce((sum, { count }) => sum + Number(count), 0) : 0;
  const counts = addUp({ rows, same, blocked: bad + Number(blocked.count) }, [...matched, ...staying, ...changed], gone);
  const hash = has.change ? [(await session.one<{ keys: string }>(hashChanged(load, has.names))).keys] : [];
  return {
    plan: { table: loadId(load), counts, ids: own?.mode ?? 'keep', ...leftColumns(load), ...namedBy(load) },
    found: matched.length > 0 || own?.slim === true,
    keys: [...[...matched, ...staying, ...gone].map(({ verdict, keys }) => `${verdict}:${keys}`), blocked.keys, ...hash],
  };
};

/** What differs between two plans, in words, for a refused plan. */
export const driftBetween = (approved: readonly TablePlan[], found: readonly TablePlan[]): readonly string[] => {
  const before = new Map(approved.map((table) => [table.table, table]));
  return found.flatMap((table) => {
    const old = before.get(table.table);
    if (old === undefined) return [`${table.table}: not in the approved plan`];
    const changed = Object.entries(table.counts).filter(([verdict, count]) => old.counts[verdict as Verdict] !== count);
    return [
      ...changed.map(([verdict, count]) => `${table.table}: ${verdict} was ${old.counts[verdict as Verdict]}, is ${count}`),
      ...(old.ids === table.ids ? [] : [`${table.table}: ids were ${old.ids}, are ${table.ids}`]),
    ];
  });
};
