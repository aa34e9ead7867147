import { tableId, type QualifiedName } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable, TableSettings } from '../../domain/catalogue/key.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { storedColumns } from '../image.sql.ts';
import { rowKey, type Load, type StagedColumn } from '../load.ts';
import { targetLoads } from './target-loads.ts';
import type { KnownRun } from './read-run.ts';
import { isNumbered } from './ledger-rows.sql.ts';
import { ledgerColumns, ledgerTables, type LedgerColumn, type LedgerTable } from './ledger-tables.sql.ts';

/** One table of the run that is taken back. */
export type UndoTable = {
  readonly load: Load;
  /** Rows that the run put in, changed and took out. */
  readonly rows: { readonly insert: number; readonly update: number; readonly delete: number };
  /** Columns that the run changed in some row. */
  readonly updated: readonly string[];
  /** Transactions whose rows are as the run left them; none where the numbers say nothing. */
  readonly writers: readonly string[];
  /** Columns of the ledger's images that the table does not store any more. */
  readonly lost: readonly string[];
};

export type UndoTables = {
  readonly tables: readonly UndoTable[];
  /** Tables that are not there any more, with the rows that the run wrote. */
  readonly dropped: readonly { readonly table: string; readonly rows: number }[];
};

export type FindUndo = {
  readonly session: Session;
  readonly ledger: QualifiedName;
  readonly known: KnownRun;
  readonly keyed: readonly KeyedTable[];
  readonly settings: Readonly<Record<string, TableSettings>>;
};

export const findUndoTables = async ({ session, ledger, known, keyed, settings }: FindUndo): Promise<UndoTables> => {
  const found = await session.many<LedgerTable>(ledgerTables(ledger, known.runId));
  const columns = await session.many<LedgerColumn>(ledgerColumns(ledger, known.runId));
  const rowsOf = (table: string, verdict: LedgerTable['verdict']): number =>
    found.filter((row) => tableId(row) === table && row.verdict === verdict).reduce((sum, row) => sum + Number(row.rows), 0);
  const names = [...new Set(found.map(tableId))];
  const present = keyed.filter((table) => names.includes(tableId(table)));
  const tables = targetLoads(present, settings).map((chosen): UndoTable => {
    const id = tableId(chosen.target);
    const recorded = known.result.tables.find(({ table }) => table === id)?.rowKey;
    const load = withRecordedKey(chosen, recorded);
    const own = columns.filter((column) => tableId(column) === id);
    const stored = new Set(storedColumns(load.target).map(({ name }) => name));
    const updated = own.filter((column) => column.verdict === 'update' && stored.has(column.column)).map(({ column }) => column);
    const deleted = own.filter((column) => column.verdict === 'delete').map(({ column }) => column);
    refuseOtherKey(
      load,
      found.filter((row) => tableId(row) === id),
      recorded,
    );
    const needed = new Set(deleted.length > 0 ? [...deleted, ...updated] : [...rowKey(load), ...updated]);
    return {
      load: narrowed(load, needed),
      rows: { insert: rowsOf(id, 'insert'), update: rowsOf(id, 'update'), delete: rowsOf(id, 'delete') },
      updated: [...new Set(updated)],
      writers:
        known.writer === undefined
          ? []
          : [...new Set([known.writer, ...found.flatMap((row) => (tableId(row) === id && row.verdict === 'insert' ? row.writers : []))])],
      lost: [...new Set(own.map(({ column }) => column).filter((column) => !stored.has(column)))],
    };
  });
  const dropped = names
    .filter((name) => !present.some((table) => tableId(table) === name))
    .map((table) => ({ table, rows: found.filter((row) => tableId(row) === table).reduce((sum, row) => sum + Number(row.rows), 0) }));
  return { tables, dropped };
};

/** The ledger names rows by the key that the table had then: its primary key, else the one that the run's result names. */
const refuseOtherKey = (load: Load, found: readonly LedgerTable[], recorded: readonly string[] | undefined): void => {
  const key = rowKey(load);
  const hasPrimary = load.target.uniques.some((unique) => unique.primary);
  const isKeyed = found.some(({ numbered, parts }) => numbered || parts !== null);
  const isOtherKind = found.some(({ numbered, parts }) => (numbered ? !isNumbered(load) : isNumbered(load) || (parts ?? 0) !== key.length));
  const isOther =
    recorded === undefined
      ? isKeyed && !hasPrimary
      : recorded.join('\0') !== key.join('\0') || recorded.some((name) => load.columns.every((column) => column.name !== name));
  if (!isOther && !isOtherKind) return;
  throw new Refusal(
    'ROLLBACK_NOT_POSSIBLE',
    `The key of ${tableId(load.target)} is another one than when the run was made, so its rows cannot be told any more. Nothing was written.`,
    { table: tableId(load.target) },
  );
};

/** As the run knew its rows, whatever key it would choose now. */
const withRecordedKey = (load: Load, recorded: readonly string[] | undefined): Load =>
  recorded === undefined || load.key.kind === 'origin' ? load : { ...load, key: { kind: 'natural', columns: recorded, surrogate: [] } };

/** Rows are known by their row key and nothing else, and only the columns that come back are staged. */
const narrowed = (load: Load, needed: ReadonlySet<string>): Load => {
  const columns = load.columns.filter(({ name }) => needed.has(name));
  const key = load.key.kind === 'natural' ? { kind: 'natural' as const, columns: rowKey(load), surrogate: [] } : load.key;
  return {
    ...load,
    key,
    columns,
    staged: columns.map((column): StagedColumn => {
      const collation = column.collation === undefined ? {} : { collation: column.collation };
      return column.overComposite ? { name: column.name, type: 'text', castTo: column.type } : { name: column.name, type: column.type, ...collation };
    }),
    references: load.references.filter(({ reference }) => reference.columns.every((name) => needed.has(name))),
  };
};
