import { isDatabaseUrl, maskDatabaseUrl } from '../infra/http/database-url.ts';
import { plain } from '../infra/seed/lines.ts';
import type { SeededTable } from './seed-tables.ts';

/** The plain lines of tables, in the manner of those of files (src/infra/seed/lines.ts). Names of rows are told, values never. */

const counted = (number: number, word: string): readonly string[] => (number === 0 ? [] : [`${number} ${word}`]);

type Filled = Extract<SeededTable, { readonly state: 'filled' }>;

const wordsOf = ({ how, counts, deleted, conflicts }: Filled): string => {
  const { insert, update, same, keep } = counts;
  const words = [
    ...counted(insert, 'new'),
    ...counted(update, 'changed'),
    ...counted(same, 'the same'),
    ...counted(keep - deleted.count, how === 'import' ? 'here already, with other values' : 'edited here'),
    ...counted(deleted.count, 'deleted here'),
  ];
  const kept = conflicts.count === 0 ? '' : `; ${conflicts.count} in conflict, kept as here`;
  return `${words.length === 0 ? 'no rows' : words.join(', ')}${kept}`;
};

/** What became of a file. */
export const tableLine = (done: SeededTable): string => {
  const name = `table ${plain(done.table)} from ${plain(done.file)}`;
  switch (done.state) {
    case 'unchanged':
      return `${name}: as the release before${done.conflicts === 0 ? '' : `, of which ${done.conflicts} in conflict were kept as here (waybill conflicts ${done.run})`}`;
    case 'taken-back':
      return `${name}: was taken back here, and the release has nothing new`;
    case 'would-import':
      return `${name}: would be imported; rows that are here stay`;
    case 'would-merge':
      return `${name}: has changed and would be merged; edits and deletions made here stay`;
    case 'failed':
      return `${name} failed: ${plain(done.message)} (${done.code})`;
    case 'filled':
      return `${name}: ${wordsOf(done)} (waybill show ${done.run})`;
  }
};

const andMore = (count: number, shown: number): string => (count > shown ? ` and ${count - shown} more` : '');

/** What was held back, for standard error. */
export const tableRemarks = (done: SeededTable): readonly string[] => {
  if (done.state !== 'filled') return [];
  const { table, deleted, conflicts, run } = done;
  const deletions =
    deleted.count === 0 ? [] : [`kept deleted in ${plain(table)}: ${deleted.rows.map(plain).join(', ')}${andMore(deleted.count, deleted.rows.length)}`];
  const clashes = conflicts.rows.map(({ row, columns }) =>
    columns === undefined
      ? `kept back row ${plain(row)} of ${plain(table)}: deleted here, and the new release changes it`
      : `kept back row ${plain(row)} of ${plain(table)}: ${columns.map(plain).join(', ')} edited here, and the new release changes it`,
  );
  const all = conflicts.count === 0 ? [] : [`both sides of ${conflicts.count} in conflict in ${plain(table)}: waybill conflicts ${run}`];
  return [...deletions, ...clashes, ...all];
};

/** Never with its password. */
export const shownDatabase = (into: string): string => (isDatabaseUrl(into) ? maskDatabaseUrl(into) : into);

export const tablesBeginLine = ({ into, tables, from }: { readonly into: string; readonly tables: string; readonly from: string }): string =>
  `Initiating sync of tables in '${plain(shownDatabase(into))}' from '${plain(tables)}' in '${plain(from)}'.`;

export const tablesEndLine = (done: readonly SeededTable[], { tables, dryRun = false }: { readonly tables: string; readonly dryRun?: boolean }): string => {
  const failures = done.filter(({ state }) => state === 'failed').length;
  if (failures > 0) return tablesFailedLine(`${failures} of ${done.length === 1 ? '1 table was' : `${done.length} tables were`} not filled.`);
  if (done.length === 0) return `Sync of tables: the initial data has no file that matches '${plain(tables)}'.`;
  return dryRun ? 'Dry run: no table was filled.' : 'Sync of tables completed successfully.';
};

export const tablesFailedLine = (why: string): string => `Sync of tables failed: ${plain(why)}`;
