import type { Reference } from '../../domain/catalogue/catalogue.ts';
import type { Key, KeyRange } from '../../domain/snapshot/segments.ts';
import { isCountedApart, leading, type Source, type SourceNode } from '../../domain/snapshot/source.ts';
import { and, comma, sql, type Statement } from '../../infra/postgres/sql.ts';
import { rowsOf } from '../export/copy-table.sql.ts';
import { equals } from '../rows.sql.ts';
import { csvLine, jsonLine } from './cells.sql.ts';
import { countJoins } from './counts.sql.ts';
import { inOrder, keyText, segmentOf, within } from './ranges.sql.ts';

/**
 * What tells one state of a row from another: PostgreSQL writes a new version of a row, with the number of the transaction,
 * whenever it is written; the table's number tells two tables apart that changed names; counts belong to it as a cell does,
 * but those of rows inside, which have states of their own.
 * Rows may be summed up in any order.
 */
const stateOf = (node: SourceNode): Statement => {
  const counts = node.cells.flatMap((cell, position) => (isCountedApart(cell) ? [sql`'|'`, sql`${sql.id(`c${position}`)}.n`] : []));
  return sql`pg_catalog.hashtextextended(pg_catalog.concat(${comma([sql`t.xmin`, sql`'.'`, sql`t.tableoid`, ...counts])}), 0)`;
};

/** Columns of a node's rows that rows inside them name them by. */
const namedBy = ({ nodes }: Source, index: number): readonly string[] => [
  ...new Set(nodes.flatMap(({ parent }) => (parent?.index === index ? parent.by.parentColumns : []))),
];

const namesOf = (source: Source, index: number): readonly Statement[] =>
  namedBy(source, index).map((name, at) => sql`${sql.id('t', name)} as ${sql.id(`k${at}`)}`);

const joinUp = (source: Source, { parent }: SourceNode): readonly Statement[] => {
  if (parent === undefined) return [];
  const names = namedBy(source, parent.index);
  const pairs = parent.by.columns.map((name, at) =>
    equals(sql.id('up', `k${names.indexOf(parent.by.parentColumns[at] ?? '')}`), sql.id('t', name), parent.by.equality[at]),
  );
  return [sql`join ${sql.id(`n${parent.index}`)} as up on ${and(pairs)}`];
};

const withoutParent = ({ without }: SourceNode): readonly Statement[] => {
  if (without === undefined) return [];
  const by: Reference = without.by;
  const isIts = and(by.columns.map((name, at) => equals(sql.id('w', by.parentColumns[at] ?? ''), sql.id('t', name), by.equality[at])));
  return [sql`not exists (select from ${rowsOf(without.parent)} as w where ${isIts})`];
};

const lines = (parts: readonly Statement[]): Statement =>
  sql.join(
    [...parts],
    sql`
    `,
  );

const where = (conditions: readonly Statement[]): readonly Statement[] => (conditions.length === 0 ? [] : [sql`where ${and(conditions)}`]);

/** `from ... where ...` of a node's rows, as `t`; those of the leading table in a range. */
const rowsIn = (source: Source, node: SourceNode, range: KeyRange): { readonly from: readonly Statement[]; readonly conditions: readonly Statement[] } => ({
  from: [sql`from ${rowsOf(node.table)} as t`, ...joinUp(source, node)],
  conditions: [...(node.parent === undefined && node.key !== undefined ? within(node.key, range) : []), ...withoutParent(node)],
});

/** Counts of how many rows, and what state they are in, for each segment of a source and each of the nodes asked for. */
export type DigestRow = { readonly node: number; readonly segment: number; readonly rows: string; readonly digest: string };

export const digests = (source: Source, asked: readonly number[], starts: readonly Key[]): Statement => {
  const { nodes } = source;
  const above = new Set(asked.flatMap((index) => ancestorsOf(nodes, index)));
  const segment = (node: SourceNode): Statement => (node.parent === undefined ? segmentOf(node.key, starts) : sql`up.segment`);
  const parents = nodes.flatMap((node, index) => {
    if (!above.has(index)) return [];
    const { from, conditions } = rowsIn(source, node, {});
    return [
      sql`${sql.id(`n${index}`)} as (
    ${lines([sql`select ${comma([...namesOf(source, index), sql`${segment(node)} as segment`])}`, ...from, ...where(conditions)])}
  )`,
    ];
  });
  const sums = asked.flatMap((index) => {
    const node = nodes[index];
    if (node === undefined) return [];
    const { from, conditions } = rowsIn(source, node, {});
    return [
      sql`select ${sql.lit(index)}::pg_catalog.int4 as node, a.segment, pg_catalog.count(*)::pg_catalog.text as rows, pg_catalog.sum(a.state)::pg_catalog.text as digest from (
    ${lines([sql`select ${segment(node)} as segment, ${stateOf(node)} as state`, ...from, ...countJoins(node.cells, isCountedApart), ...where(conditions)])}
  ) as a group by a.segment`,
    ];
  });
  const all = sql.join(
    sums,
    sql`
  union all
  `,
  );
  return sql`/* engine.snapshot.digests */
${parents.length === 0 ? sql`` : sql`with ${comma(parents)}`}
${all}`;
};

const ancestorsOf = (nodes: readonly SourceNode[], index: number): readonly number[] => {
  const parent = nodes[index]?.parent?.index;
  return parent === undefined ? [] : [parent, ...ancestorsOf(nodes, parent)];
};

/** Rows of a range in the order of the file: the node, the key of a leading row, the row's state, its line. */
export const copyRows = (source: Source, range: KeyRange): Statement => {
  const [only, another] = source.nodes;
  const rows = only !== undefined && another === undefined ? copyOne(source, only, range) : copyNested(source, range);
  return sql`/* engine.snapshot.copy-rows */
copy (
  ${rows}
) to stdout with (format binary)`;
};

const keyOf = (node: SourceNode): Statement => (node.key === undefined || node.parent !== undefined ? sql`null::pg_catalog.text` : keyText(node.key));

const isWhole = ({ from, to }: KeyRange): boolean => from === undefined && to === undefined;

const partsOf = (source: Source, node: SourceNode, range: KeyRange): { readonly line: Statement; readonly rows: readonly Statement[] } => {
  const { from, conditions } = rowsIn(source, node, range);
  const restricted = isWhole(range) ? undefined : lines([...from, ...where(conditions)]);
  return {
    line: source.format === 'csv' ? csvLine(node.cells) : jsonLine(node.cells),
    rows: [...from, ...countJoins(node.cells, () => true, restricted), ...where(conditions)],
  };
};

const ordered = (node: SourceNode): Statement => inOrder(node.key, node.table.columns);

const copyOne = (source: Source, node: SourceNode, range: KeyRange): Statement => {
  const { line, rows } = partsOf(source, node, range);
  return lines([sql`select 0::pg_catalog.int4, ${keyOf(node)}, ${stateOf(node)}, ${line}`, ...rows, ordered(node)]);
};

/** Each row with its place: for every step down the number of the node and of the row, which sort as bytes. */
const copyNested = (source: Source, range: KeyRange): Statement => {
  const { nodes } = source;
  const all = nodes.map((node, index) => {
    const { line, rows } = partsOf(source, node, range);
    const step = sql`pg_catalog.int4send(${sql.lit(index)}) operator(pg_catalog.||) pg_catalog.int8send(pg_catalog.row_number() over (${ordered(node)}))`;
    const path = node.parent === undefined ? step : sql`up.path operator(pg_catalog.||) ${step}`;
    return sql`${sql.id(`n${index}`)} as materialized (
    ${lines([sql`select ${comma([...namesOf(source, index), sql`${path} as path`, sql`${keyOf(node)} as key`, sql`${stateOf(node)} as state`, sql`${line} as line`])}`, ...rows])}
  )`;
  });
  const union = nodes.map(
    (_, index) => sql`select ${sql.lit(index)}::pg_catalog.int4 as node, n.path, n.key, n.state, n.line from ${sql.id(`n${index}`)} as n`,
  );
  return sql`with ${comma(all)}
  select a.node, a.key, a.state, a.line from (
    ${sql.join(
      union,
      sql`
    union all
    `,
    )}
  ) as a order by a.path`;
};

/** Tables that a source reads. */
export const tablesOf = (source: Source): ReadonlySet<string> =>
  new Set([...leading(source).dependsOn, ...source.nodes.flatMap(({ dependsOn }) => [...dependsOn])]);
