import { tableId } from '../domain/catalogue/catalogue.ts';
import { chooseKeys } from '../domain/catalogue/choose-key.ts';
import { findTable } from '../domain/catalogue/find-table.ts';
import { Fault, Refusal } from '../domain/refusal.ts';
import { readingsOf, rowKeyOf } from '../engine/history/read-key.ts';
import {
  arrayText,
  canonicalKey,
  findRow,
  findTouches,
  keysInImages,
  ledgerColumns,
  recordedRowKeys,
  type CurrentRow,
  type KeyReading,
  type TouchRow,
} from '../engine/history/history.sql.ts';
import { findRelation } from '../engine/export/copy-table.sql.ts';
import { columnOf, integers } from '../engine/load.ts';
import { idReferences, namingOf } from '../engine/portable.sql.ts';
import { sqlStateOf } from '../infra/postgres/errors.ts';
import { identify, placeId } from '../infra/postgres/identity.ts';
import { introspect } from '../infra/postgres/introspect.ts';
import { targetRelations, type TargetRelations } from '../infra/postgres/own-relations.ts';
import { preflight, refuseRowSecurity } from '../infra/postgres/preflight.ts';
import { openSession, type Session } from '../infra/postgres/session.ts';
import { stopOnAbort } from '../infra/postgres/stop-on-abort.ts';
import type { KnownDatabase } from './databases.ts';
import { describeTouch, summaryOf, type HistoryPorts, type Identified, type RowTouch, type Subject } from './touched-cells.ts';

/**
 * What every run did to one row, newest first: from the ledger in the database, which has keys and images, and for
 * inserted rows from the run's archive. Changes that nobody made through Waybill are in no ledger and so not here.
 */
export type RowHistory = {
  readonly database: KnownDatabase;
  /** `table` or `schema.table`. */
  readonly table: string;
  /** Values of the natural key or of the primary key, in order; or `column=value` of any unique key. */
  readonly key: readonly string[];
  /** So many of them, after so many newer ones: an inserted row is looked up in its archive, which takes its time. */
  readonly first: number;
  readonly skip: number;
  readonly signal: AbortSignal;
};

export const rowHistory = async (input: RowHistory, ports: HistoryPorts): Promise<readonly RowTouch[]> => {
  const { database, signal } = input;
  if (signal.aborted) throw new Fault('REQUEST_CANCELLED', 'The caller went away.');
  const session = await openSession(database.url, { purpose: 'history' });
  const over = stopOnAbort(session, database.url, signal);
  try {
    await preflight(session, { purpose: 'read' });
    return await askLedger(await describe(session, input, ports), input);
  } catch (error) {
    throw signal.aborted ? new Fault('REQUEST_CANCELLED', 'The caller went away.', { cause: error }) : error;
  } finally {
    over();
    await session.close();
  }
};

const describe = async (session: Session, { database, table: asked }: RowHistory, ports: HistoryPorts): Promise<Subject> => {
  const catalogue = await introspect(session);
  const names = new Set(catalogue.tables.map(tableId));
  const tables = chooseKeys(catalogue, Object.fromEntries(Object.entries(database.tables).filter(([name]) => names.has(name))));
  const table = findTable(tables, asked);
  await refuseRowSecurity(session, [table]);
  const schema = database.waybillSchema === undefined ? {} : { schema: database.waybillSchema };
  const relations = await readableRelations(session, database.waybillSchema);
  const found = await identify(session, { readOnly: true, ...schema });
  const databaseId = found.databaseId ?? placeId(found.systemIdentifier, found.oid) ?? '';
  const naming = namingOf({ tables, origin: { ownDatabaseId: databaseId, sourceDatabaseId: databaseId, provenance: relations?.provenance } });
  const columns = relations === undefined ? [] : await session.many<{ name: string }>(ledgerColumns(relations.ledger));
  return {
    ...ports,
    session,
    table,
    tables,
    naming,
    rowKey: rowKeyOf(table).map((name) => columnOf(table, name)),
    ledger:
      relations === undefined ? undefined : { ledger: relations.ledger, run: relations.run, table, hasImages: columns.some(({ name }) => name === 'after') },
  };
};

/** Whoever may read the ledger may ask it, without the rights that a run needs. */
const readableRelations = async (session: Session, schema: string | undefined): Promise<TargetRelations | undefined> => {
  const own = targetRelations(schema);
  for (const needed of [own.ledger, own.run, own.provenance]) {
    const found = await session.maybeOne<{ readable: boolean }>(findRelation(needed));
    if (found === undefined) return undefined;
    if (!found.readable)
      throw new Refusal(
        'LEDGER_NOT_READABLE',
        `The role may not read ${tableId(needed)}, which says what runs did to each row. Grant it USAGE on the schema and SELECT on its tables.`,
        {
          relation: tableId(needed),
        },
      );
  }
  return own;
};

const askLedger = async (subject: Subject, { key, table, first, skip }: RowHistory): Promise<readonly RowTouch[]> => {
  const { session, ledger } = subject;
  if (subject.rowKey.length === 0)
    throw new Refusal('TABLE_HAS_NO_KEY', `${tableId(subject.table)} has no key, so the ledger knows its rows by their number only.`, { table });
  const readings = readingsOf(subject.naming, subject.table, key);
  const found: Sighting[] = [];
  let current: CurrentRow | undefined;
  for (const naming of await rowKeysOf(subject)) {
    const row = await identifyRow(naming, readings);
    current ??= row.current;
    const isInteger = naming.rowKey.length === 1 && naming.rowKey.every(({ baseType }) => integers.has(baseType));
    const touches = ledger === undefined ? [] : await session.many<TouchRow>(findTouches(ledger, { ...row, isInteger }));
    found.push(...touches.filter((touch) => isNamedBy(naming, touch)).map((touch) => ({ touch, subject: naming, row, isInteger })));
  }
  if (found.length === 0 && current === undefined) throw unknownRow(subject, key);
  const newest = found.toSorted((one, other) => order(one.touch, other.touch));
  const touches: RowTouch[] = [];
  for (const [at, sighting] of [...newest.entries()].slice(skip, skip + first))
    touches.push(await describeTouch(sighting.subject, sighting.touch, { ...sighting, later: newest.slice(0, at).map(({ touch }) => touch) }));
  return touches;
};

/** A touch, and by which columns its run named rows. */
type Sighting = { readonly touch: TouchRow; readonly subject: Subject; readonly row: Identified; readonly isInteger: boolean };

const order = (one: TouchRow, other: TouchRow): number => {
  const [a, b] = [`${one.at ?? ''}\0${one.run}`, `${other.at ?? ''}\0${other.run}`];
  return a === b ? 0 : a < b ? 1 : -1;
};

/** Without a primary key a run named rows by the key of its archive, which need not be the one that the table has now. */
const rowKeysOf = async (subject: Subject): Promise<readonly Subject[]> => {
  const { session, ledger, table, rowKey } = subject;
  if (ledger === undefined || table.uniques.some(({ primary }) => primary)) return [subject];
  const own = rowKey.map(({ name }) => name).join('\0');
  const recorded = await session.many<{ key: readonly string[] }>(recordedRowKeys(ledger));
  const others = recorded.filter(({ key }) => key.join('\0') !== own && key.every((name) => table.columns.some((column) => column.name === name)));
  return [subject, ...others.map(({ key }) => ({ ...subject, rowKey: key.map((name) => columnOf(table, name)) }))];
};

const isNamedBy = ({ table, rowKey }: Subject, touch: TouchRow): boolean => {
  const recorded = summaryOf(touch).tables?.find((each) => each.table === tableId(table))?.rowKey;
  return recorded === undefined || recorded.join('\0') === rowKey.map(({ name }) => name).join('\0');
};

const unknownRow = ({ table, rowKey }: Subject, key: readonly string[]): Refusal => {
  const natural = table.key.kind === 'natural' ? `(${table.key.columns.join(', ')}), or ` : '';
  return new Refusal(
    'ROW_UNKNOWN',
    `${tableId(table)} has no row ${key.join(', ')}, and no run touched one. Give the values of ${natural}(${rowKey.map(({ name }) => name).join(', ')}), or column=value of another unique key.`,
    { table: tableId(table) },
  );
};

const identifyRow = async (subject: Subject, readings: readonly KeyReading[]): Promise<Identified> => {
  const { session, table, rowKey, ledger } = subject;
  const names = rowKey.map(({ name }) => name);
  const tried: KeyReading[] = [];
  let current: CurrentRow | undefined;
  for (const reading of readings) {
    tried.push(reading);
    const [first, second] = await ifValuesFit(() => session.many<CurrentRow>(findRow(table, names, reading)));
    if (first === undefined || second !== undefined) continue;
    current = first;
    break;
  }
  // Whatever it may have meant, when the row is gone; else only that by which it was found.
  const meant = current === undefined ? tried : tried.slice(-1);
  const keys = new Map<string, readonly string[]>(current === undefined ? [] : [[arrayText(current.key), current.key]]);
  for (const reading of meant) {
    if (reading.kind !== 'columns') continue;
    const isRowKey = reading.columns.map(({ name }) => name).join('\0') === names.join('\0');
    const own = isRowKey ? await ifValuesFit(() => session.many<{ key: readonly string[] }>(canonicalKey(reading.columns, reading.values))) : [];
    const old = isRowKey || ledger === undefined ? [] : await ifValuesFit(() => session.many<{ key: readonly string[] }>(keysInImages(ledger, reading)));
    for (const { key } of [...own, ...old]) keys.set(arrayText(key), key);
  }
  return { current, keys: [...keys.values()], names: archiveNames(subject, meant) };
};

/** A value that the column's type does not take is another reading's. */
const ifValuesFit = async <Row>(ask: () => Promise<readonly Row[]>): Promise<readonly Row[]> => {
  try {
    return await ask();
  } catch (error) {
    if (sqlStateOf(error)?.sqlState.startsWith('22') === true) return [];
    throw error;
  }
};

/** Archives call a row by its natural key; where an id is part of it, that is the source's. */
const archiveNames = ({ table, naming }: Subject, meant: readonly KeyReading[]): readonly string[] => {
  const natural = table.key.kind === 'natural' ? table.key.columns : [];
  const ids = new Set(idReferences(naming, table).flatMap(({ columns }) => columns));
  if (natural.length === 0 || natural.some((name) => ids.has(name))) return [];
  return meant.flatMap((reading) =>
    reading.kind === 'columns' && reading.columns.map(({ name }) => name).join('\0') === natural.join('\0') ? [arrayText(reading.values)] : [],
  );
};
