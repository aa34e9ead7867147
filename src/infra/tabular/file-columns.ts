import { tableId, type Column } from '../../domain/catalogue/catalogue.ts';
import { companionsFor, type Companion } from '../../domain/catalogue/companions.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { FileFormat } from '../../domain/run/run.ts';
import { visible } from './refusals.ts';

/** What the columns of a file are in the table: its own, names of the rows that it refers to, or nothing that is written. */
export type FileColumns = {
  /** Per column of the file the column of the COPY text that it becomes; undefined: left out. */
  readonly taken: readonly (string | undefined)[];
  readonly companions: readonly Companion[];
  /** The table's columns that get values: its own, and those of references that are named. */
  readonly filled: ReadonlySet<string>;
  /** Columns of the file that the table has and that are not read all the same. */
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
};

const mostColumns = 1600;

type Problem = { readonly column: string; readonly position: number; readonly problem: string };

export const fitColumns = (names: readonly string[], format: FileFormat, target: KeyedTable, targets: readonly KeyedTable[]): FileColumns => {
  if (names.length > mostColumns && format.kind === 'csv')
    throw refuse(target, [
      { column: '', position: mostColumns + 1, problem: `the file has ${names.length} columns, and no table has more than ${mostColumns}` },
    ]);
  const wanted = names.map((name) => columnMeant(name, format)?.normalize('NFC'));
  const companions = companionsFor(target, targets, new Set()).filter(
    ({ leaves }) => leaves.length > 0 && leaves.every(({ name }) => wanted.includes(name.normalize('NFC'))),
  );
  const leaves = companions.flatMap((companion) => companion.leaves.map(({ name }) => name));
  const byName = new Map([...target.columns.map(({ name }) => name), ...leaves].map((name) => [name.normalize('NFC'), name]));
  const problems = problemsOf(wanted, names, { format, known: byName });
  if (problems.length > 0) throw refuse(target, problems);
  const said = new Set(companions.flatMap((companion) => target.references.find(({ name }) => name === companion.reference)?.columns ?? []));
  const computed = new Set(target.columns.filter(({ generated }) => generated !== undefined).map(({ name }) => name));
  const taken = wanted.map((name) => {
    const found = name === undefined ? undefined : byName.get(name);
    return found === undefined || computed.has(found) || said.has(found) ? undefined : found;
  });
  return {
    taken,
    companions,
    filled: new Set([...taken.flatMap((name) => (name === undefined || leaves.includes(name) ? [] : [name])), ...said]),
    skipped: names.filter((_, at) => taken[at] === undefined && byName.has(wanted[at] ?? '')),
    notes: notesOf(names, { taken, wanted, byName, computed }),
  };
};

/** A snapshot gives columns names of its own, and counts what is in no column: that is left out. */
const columnMeant = (name: string, format: FileFormat): string | undefined => {
  const known = format.kind === 'csv' ? format.names : undefined;
  return known === undefined || !Object.hasOwn(known, name) ? name : (known[name] ?? undefined);
};

type Wanted = readonly (string | undefined)[];
type Known = { readonly format: FileFormat; readonly known: ReadonlyMap<string, string> };

/** All of them at once: whoever mends a header mends it once. In JSON lines a key is judged by the lines that have it. */
const problemsOf = (wanted: Wanted, names: readonly string[], { format, known }: Known): readonly Problem[] =>
  wanted.flatMap((name, at): readonly Problem[] => {
    if (name === undefined) return [];
    const found = { column: names[at] ?? '', position: at + 1 };
    if (name === '') return [{ ...found, problem: 'it has no name' }];
    if (wanted.indexOf(name) < at) return [{ ...found, problem: `the name comes twice, first as column ${wanted.indexOf(name) + 1}` }];
    if (known.has(name) || format.unknown === 'ignore' || (format.kind === 'jsonl' && known.size > 0 && wanted.some((each) => known.has(each ?? ''))))
      return [];
    return [{ ...found, problem: `the table has no such column${near(name, [...known.values()])}` }];
  });

const near = (name: string, known: readonly string[]): string => {
  const bare = (text: string): string =>
    text
      .normalize('NFKC')
      .replaceAll(/[^\p{L}\p{N}]/gu, '')
      .toLowerCase();
  const found = known.find((each) => bare(each) === bare(name));
  return found === undefined
    ? `; it has ${known.slice(0, 30).map(visible).join(', ')}${known.length > 30 ? ', ...' : ''}`
    : `; did you mean ${visible(found)}?`;
};

const refuse = (target: KeyedTable, problems: readonly Problem[]): Refusal => {
  const shown = problems.slice(0, 20).map(({ column, position, problem }) => `column ${position} ${visible(column)}: ${problem}`);
  const more = problems.length > 20 ? `; and ${problems.length - 20} more` : '';
  return new Refusal(
    'FILE_COLUMNS',
    `The columns of the file do not fit ${tableId(target)}: ${shown.join('; ')}${more}. Nothing was written. Mend the header, or leave unknown columns out with --ignore-unknown.`,
    { table: tableId(target), problems: problems.slice(0, 100).map(({ column, position, problem }) => ({ column: visible(column), position, problem })) },
  );
};

type Left = {
  readonly taken: FileColumns['taken'];
  readonly wanted: Wanted;
  readonly byName: ReadonlyMap<string, string>;
  readonly computed: ReadonlySet<string>;
};

const notesOf = (names: readonly string[], { taken, wanted, byName, computed }: Left): readonly string[] =>
  names.flatMap((name, at) => {
    if (taken[at] !== undefined) return [];
    const meant = wanted[at];
    if (meant === undefined) return [`The column ${visible(name)} of the file is left out: a snapshot counts it, and no column holds it`];
    const found = byName.get(meant);
    if (found === undefined) return [`The column ${visible(name)} of the file is left out: the table has none of that name`];
    return [
      `The column ${visible(name)} of the file is not read: ${computed.has(found) ? 'the database computes it' : 'the file names the row that it refers to as well, and the name counts'}`,
    ];
  });

/** Filled by PostgreSQL where no value is given. */
export const hasDefault = (column: Column | undefined): boolean =>
  column !== undefined && (column.default !== undefined || column.identity !== undefined || column.generated !== undefined || column.sequence !== undefined);
