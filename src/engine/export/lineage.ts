import { broughtBackBy, takenBack, type Exceptions, type TakenIn } from '../../domain/merge/bases.ts';
import type { Lineage } from '../../infra/archive/manifest.ts';
import type { TargetRelations } from '../../infra/postgres/own-relations.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { columnsOf, type ColumnsRow } from '../own-columns.sql.ts';
import { countLeft, markersOf, namesIn, namesLeft, type LeftRow, type MarkerRow, type NamesRow } from './lineage.sql.ts';

/** Rows that are named one by one, for each table of a run and in all; beyond that the whole table is no base. */
const limits = { perTable: 10_000, inAll: 100_000 } as const;

/**
 * What a database has taken in and not taken back since, with the rows that it did not take (ENGINE-RULES 24). Read by an
 * export for the manifest, and by a merge for the target. Empty where Waybill never wrote, or may not read what it wrote.
 */
export const readLineage = async (session: Session, own: Pick<TargetRelations, 'run' | 'ledger'>): Promise<Lineage> => {
  const runs = await session.maybeOne<ColumnsRow>(columnsOf(own.run));
  if (runs?.readable !== true) return { tookIn: [] };
  const rows = await session.many<MarkerRow>(markersOf(own.run));
  const facts = rows.map(({ run, rolledBack }) => (rolledBack === null ? { run } : { run, rolledBack }));
  const gone = takenBack(facts);
  const inForce = rows.filter((row) => row.archive !== null && !gone.has(row.run));
  const left = await readLeft(session, own, inForce);
  const tookIn = inForce.map((row): TakenIn => {
    const exceptions = Object.fromEntries(
      Object.entries({ ...left.get(row.run), ...leftByRedo(rows, broughtBackBy(facts, row.run)) }).filter(([, names]) => names.length > 0),
    );
    return {
      run: row.run,
      at: row.at,
      archive: row.archive ?? { sha256: '', databaseId: '' },
      tables: row.tables.map(({ table }) => table),
      ...(Object.keys(exceptions).length === 0 ? {} : { exceptions }),
      ...leftColumnsOf(row),
    };
  });
  const others = rows.filter((row) => !inForce.includes(row)).map(({ run }) => run);
  return { tookIn, ...(others.length === 0 ? {} : { otherRuns: others }) };
};

const leftColumnsOf = ({ tables }: MarkerRow): Pick<TakenIn, 'leftColumns'> => {
  const left = tables.flatMap(({ table, leftColumns }) => (leftColumns === null ? [] : [[table, leftColumns] as const]));
  return left.length === 0 ? {} : { leftColumns: Object.fromEntries(left) };
};

/** What came back by taking its rollback back, but for rows that somebody had changed meanwhile: which, is not told in the archive's words. */
const leftByRedo = (rows: readonly MarkerRow[], redone: readonly string[]): Exceptions =>
  Object.fromEntries(
    rows.filter(({ run }) => redone.includes(run)).flatMap(({ tables }) => tables.filter(({ left }) => left > 0).map(({ table }) => [table, 'all' as const])),
  );

const readLeft = async (session: Session, own: Pick<TargetRelations, 'ledger'>, runs: readonly MarkerRow[]): Promise<ReadonlyMap<string, Exceptions>> => {
  const said = runs.flatMap(({ run, tables }) => tables.filter(({ left }) => left > 0).map(({ table, left }) => ({ run, table, left })));
  if (said.length === 0) return new Map();
  const ledger = await session.maybeOne<ColumnsRow>(columnsOf(own.ledger));
  const counted =
    ledger?.readable === true ? await session.many<LeftRow>(countLeft(own.ledger, [...new Set(said.map(({ run }) => run))], namesIn(ledger.columns))) : [];
  const found = new Map<string, Record<string, 'all' | readonly string[]>>();
  const asked: { run: string; table: string }[] = [];
  let total = 0;
  // The newest run first: it is the likeliest base.
  for (const { run, table, left } of said.toReversed()) {
    const row = counted.find((each) => each.run === run && each.table === table);
    const isListed = row !== undefined && row.rows >= left && row.named <= limits.perTable && total + row.named <= limits.inAll;
    found.set(run, { ...found.get(run), [table]: isListed ? [] : 'all' });
    if (!isListed) continue;
    total += row.named;
    asked.push({ run, table });
  }
  if (asked.length === 0 || ledger === undefined) return found;
  const lists = { runs: asked.map(({ run }) => run), tables: asked.map(({ table }) => table) };
  for (const { run, table, names } of await session.many<NamesRow>(namesLeft(own.ledger, lists, namesIn(ledger.columns)))) {
    found.set(run, { ...found.get(run), [table]: names });
  }
  return found;
};
