import type { Client } from './client.ts';
import { unknownRun, type RunDetails } from './follow-run.ts';
import type { RunKind, Verdict } from './operations/generated/graphql.ts';
import { runConflictsQuery, runRowsQuery } from './operations/rows.ts';
import { count, type Output } from './output.ts';
import { rowDiff, type DiffRow } from './row-diff.ts';

/** Rows of a run's plan, so many as asked, a page at a time. */
export type RowPage = { readonly rows: readonly DiffRow[]; readonly hasMore: boolean; readonly cursor: string | null };
export type Which = {
  readonly table?: string | undefined;
  readonly verdict?: Verdict | undefined;
  readonly first: number;
  readonly after?: string | undefined;
};

type Connection = {
  readonly edges: readonly { readonly node: DiffRow }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
};

/** What a server gives at once (its schema says so). */
const mostAtOnce = 500;

const nothing: RowPage = { rows: [], hasMore: false, cursor: null };

const readPages = async (which: Which, read: (first: number, after: string | null) => Promise<Connection>): Promise<RowPage> => {
  const rows: DiffRow[] = [];
  let after = which.after ?? null;
  while (rows.length < which.first) {
    const { edges, pageInfo } = await read(Math.min(mostAtOnce, which.first - rows.length), after);
    for (const { node } of edges) rows.push(node);
    after = pageInfo.endCursor ?? after;
    if (!pageInfo.hasNextPage || edges.length === 0) return { rows, hasMore: false, cursor: after };
  }
  return { rows, hasMore: rows.length > 0, cursor: after };
};

export const readRows = async (client: Client, id: string, which: Which): Promise<RowPage> =>
  readPages(which, async (first, after) => {
    const { run } = await client.execute(runRowsQuery, { id, first, after, table: which.table ?? null, verdict: which.verdict ?? null });
    if (run === null) throw unknownRun(id);
    return run.plan?.rows ?? { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };
  });

export const readConflicts = async (client: Client, id: string, which: Which): Promise<RowPage> =>
  readPages(which, async (first, after) => {
    const { run } = await client.execute(runConflictsQuery, { id, first, after, table: which.table ?? null });
    if (run === null) throw unknownRun(id);
    return run.conflicts;
  });

/** What a plan says row by row: its conflicts, and beside them what it would change. */
export type PlanRows = { readonly conflicts: RowPage; readonly rows: RowPage };
export const noRows: PlanRows = { conflicts: nothing, rows: nothing };

export const readPlanRows = async (client: Client, id: string, first: number): Promise<PlanRows> => {
  if (first === 0) return noRows;
  const [conflicts, rows] = await Promise.all([readConflicts(client, id, { first }), readRows(client, id, { first })]);
  return { conflicts, rows: { ...rows, rows: rows.rows.filter(({ verdict }) => verdict !== 'CONFLICT') } };
};

type Shown = { readonly title: string; readonly page: RowPage; readonly more: string };

const printPage = ({ title, page, more }: Shown, kind: RunKind, output: Output): void => {
  if (page.rows.length === 0) return;
  output.line('');
  output.line(output.bold(title));
  rowDiff(page.rows, kind, output).forEach((line) => output.line(line));
  if (page.hasMore) output.line(output.dim(`... the first ${count(page.rows.length)}; go on with: ${more} --after ${page.cursor ?? ''}`));
};

type Named = Pick<RunDetails, 'runId' | 'kind'>;

export const printPlanRows = ({ conflicts, rows }: PlanRows, { runId, kind }: Named, output: Output): void => {
  const sides = kind === 'ROLLBACK' ? 'as the run left it (base), here, and as it had found it (incoming)' : 'base, here, and what arrives';
  printPage({ title: `Conflicts: ${sides}`, page: conflicts, more: `waybill conflicts ${runId}` }, kind, output);
  const title = 'Rows that change: what is there, and what will be';
  printPage({ title, page: rows, more: `waybill show ${runId} --rows 100` }, kind, output);
};

export const printRows = (page: RowPage, kind: RunKind, more: string, output: Output): void => {
  rowDiff(page.rows, kind, output).forEach((line) => output.line(line));
  if (page.hasMore) output.note(output.dim(`... ${count(page.rows.length)} rows; go on with: ${more} --after ${page.cursor ?? ''}`));
};
