import { tableId, type Column } from '../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../domain/catalogue/key.ts';
import { Fault, Refusal } from '../domain/refusal.ts';
import type { RunKind, Verdict, WriteResult } from '../domain/run/run.ts';
import { arrayText, rankOfInserted, type CurrentRow, type LedgerTable, type RankRow, type TouchRow } from '../engine/history/history.sql.ts';
import { idReferences, type Naming } from '../engine/portable.sql.ts';
import type { BlobStore } from '../infra/blobs/blob-store.ts';
import type { Session } from '../infra/postgres/session.ts';
import { findArchivedRow, type ArchiveAt, type ArchivedRowWanted } from './archived-row.ts';

export type HistoryPorts = {
  readonly blobs: BlobStore;
  readonly identities: () => Promise<readonly string[]>;
  /** Of what is read again. Absent: as the reader has them. */
  readonly limits?: ArchiveAt['limits'];
};

/** The table whose row is asked for, and what is known around it. */
export type Subject = HistoryPorts & {
  readonly session: Session;
  readonly table: KeyedTable;
  readonly tables: readonly KeyedTable[];
  readonly naming: Naming;
  readonly rowKey: readonly Column[];
  /** Absent where no run ever wrote. */
  readonly ledger: LedgerTable | undefined;
};

/** The row as it is now, and every key under which the ledger may have it. */
export type Identified = { readonly current: CurrentRow | undefined; readonly keys: readonly (readonly string[])[]; readonly names: readonly string[] };

/** What one run did to the row, cell by cell: from the ledger's images, and for an inserted row from the run's archive. */
export type RowTouch = {
  readonly runId: string;
  /** When the run committed, by the database's clock. */
  readonly at?: string;
  readonly kind?: RunKind;
  readonly verdict: Verdict;
  /** The row's key in this database, as text; of a row that was left out the archive's words. */
  readonly rowKey: string;
  readonly cells: readonly TouchedCell[];
  /** What of it is not certain, or not known. */
  readonly note?: string;
};
export type TouchedCell = { readonly column: string; readonly before: string | null; readonly after: string | null };

export type Around = { /** Newer ones, newest first. */ readonly later: readonly TouchRow[]; readonly row: Identified; readonly isInteger: boolean };

/** What the run said of itself, as its marker has it. */
export const summaryOf = ({ summary }: TouchRow): Partial<WriteResult> => (typeof summary === 'object' && summary !== null ? summary : {});

export const describeTouch = async (subject: Subject, touch: TouchRow, around: Around): Promise<RowTouch> => {
  const summary = summaryOf(touch);
  const told = touch.verdict === 'insert' ? await insertedCells(subject, touch, { ...around, summary }) : { cells: changedCells(subject, touch) };
  return {
    runId: touch.run,
    ...(touch.at === null ? {} : { at: touch.at }),
    ...(summary.kind === undefined ? {} : { kind: summary.kind }),
    verdict: touch.verdict,
    rowKey: touch.key === null ? (touch.name ?? '') : shownKey(touch.key),
    ...told,
  };
};

const shownKey = (key: readonly string[]): string => (key.length === 1 ? (key[0] ?? '') : arrayText(key));

/** In the table's order; columns that were dropped since come last. */
const inOrder = ({ table }: Subject, names: Iterable<string>): readonly string[] => {
  const given = new Set(names);
  const own = table.columns.map(({ name }) => name).filter((name) => given.delete(name));
  return [...own, ...given];
};

const changedCells = (subject: Subject, { before, after }: TouchRow): readonly TouchedCell[] =>
  inOrder(subject, [...Object.keys(before ?? {}), ...Object.keys(after ?? {})]).map((column) => ({
    column,
    before: before?.[column] ?? null,
    after: after?.[column] ?? null,
  }));

type Inserted = Around & { readonly summary: Partial<WriteResult> };

/** What went in: as recorded, else as the archive says, else as it was found later. Ids of other rows are the source's in the archive. */
const insertedCells = async (subject: Subject, touch: TouchRow, inserted: Inserted): Promise<Pick<RowTouch, 'cells' | 'note'>> => {
  const { table, naming, rowKey } = subject;
  const ids = new Set(idReferences(naming, table).flatMap(({ columns }) => columns));
  const drawn =
    inserted.summary.tables?.find((each) => each.table === tableId(table))?.ids === 'remap' && table.key.kind !== 'image' ? table.key.surrogate : [];
  const { row: archived, note } = await archivedRow(subject, touch, inserted, ids);
  const guessed: string[] = [];
  const cells = table.columns
    .filter(({ generated }) => generated === undefined)
    .flatMap(({ name }): TouchedCell[] => {
      const at = rowKey.findIndex((column) => column.name === name);
      const after = at >= 0 ? touch.key?.[at] : (touch.after?.[name] ?? (hasOwn(touch.after, name) ? null : undefined));
      if (after !== undefined) return [{ column: name, before: null, after }];
      if (archived !== undefined && hasOwn(archived, name) && !ids.has(name) && !drawn.includes(name))
        return [{ column: name, before: null, after: archived[name] ?? null }];
      const later = valueLater(subject, name, inserted);
      if (later === undefined) return [];
      guessed.push(name);
      return [{ column: name, before: null, after: later }];
    });
  const notes = [...(note === undefined ? [] : [note]), ...(guessed.length === 0 ? [] : [`${guessed.join(', ')}: as found later, not recorded by the run`])];
  return { cells, ...(notes.length === 0 ? {} : { note: notes.join('; ') }) };
};

const hasOwn = (object: object | null, name: string): boolean => object !== null && Object.hasOwn(object, name);

/** What the next run that changed the cell found there; else what is there now. */
const valueLater = ({ table }: Subject, name: string, { later, row }: Around): string | null | undefined => {
  for (const touch of later.toReversed()) if (touch.before !== null && hasOwn(touch.before, name)) return touch.before[name];
  return row.current?.cells[table.columns.findIndex((column) => column.name === name)];
};

type Archived = { readonly row?: Readonly<Record<string, string | null>>; readonly note?: string };

const archivedRow = async (subject: Subject, touch: TouchRow, inserted: Inserted, ids: ReadonlySet<string>): Promise<Archived> => {
  const { summary } = inserted;
  const sha256 = summary.archive?.sha256;
  if (sha256 === undefined || summary.kind === 'rollback') return {};
  if (!(await subject.blobs.has(sha256))) return { note: 'the archive of the run is gone from the blob store' };
  const wanted = await whichRow(subject, touch, inserted, ids);
  const archive = {
    path: subject.blobs.path(sha256),
    identities: await subject.identities(),
    limits: subject.limits,
    targets: subject.tables,
    file: summary.archive?.file,
  };
  try {
    const row = await findArchivedRow(archive, tableId(subject.table), wanted);
    if (row === undefined || (wanted.by === 'place' && !isPlausible(subject, row, inserted, ids)))
      return { note: 'the row is not to be told in the archive of the run' };
    return { row };
  } catch (error) {
    if (error instanceof Refusal || error instanceof Fault) return { note: `the archive of the run cannot be read: ${error.code}` };
    throw error;
  }
};

const whichRow = async (
  { session, ledger, table, rowKey }: Subject,
  touch: TouchRow,
  { summary, isInteger }: Inserted,
  ids: ReadonlySet<string>,
): Promise<ArchivedRowWanted> => {
  const mode = summary.tables?.find((each) => each.table === tableId(table))?.ids;
  if (mode !== 'remap' && touch.key !== null && rowKey.every(({ name }) => !ids.has(name))) {
    return { by: 'values', values: Object.fromEntries(rowKey.map(({ name }, at) => [name, touch.key?.[at] ?? ''])) };
  }
  if (touch.name !== null || ledger === undefined) return { by: 'name', name: touch.name ?? '' };
  const rank = await session.one<RankRow>(rankOfInserted(ledger, touch, isInteger));
  return { by: 'place', place: Number(rank.before), of: Number(rank.total) };
};

/** A row found by its place must at least have the key that the row has. */
const isPlausible = (subject: Subject, row: Readonly<Record<string, string | null>>, around: Around, ids: ReadonlySet<string>): boolean => {
  const { key } = subject.table;
  const plain = key.kind === 'natural' ? key.columns.filter((name) => !ids.has(name)) : [];
  return plain.every((name) => {
    const later = valueLater(subject, name, around);
    return later === undefined || !hasOwn(row, name) || later === row[name];
  });
};
