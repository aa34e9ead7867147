import { and, comma, sql, type Statement } from '../../infra/postgres/sql.ts';
import { comparedColumns } from '../change.ts';
import { recordImages, storedColumns } from '../image.sql.ts';
import type { LedgerTarget } from '../ledger/ledger.sql.ts';
import { rowKey, type Load } from '../load.ts';
import { targetPortable, type Naming, type Portable } from '../portable.sql.ts';
import { isSameRow, removalKey } from '../removal.ts';
import { equals, isNew, targetTable, type Presence } from '../rows.sql.ts';
import { changeColumn, temporary } from '../temporary.ts';

const onKey = (load: Load): Statement => and(removalKey(load).map(({ name, equality }) => equals(sql`t.${sql.id(name)}`, sql`s.${sql.id(name)}`, equality)));

/** Rows that came back, whole and as they are now: no archive could give them again. */
export const recordRestored = (load: Load, presence: Presence, ledger: LedgerTarget): Statement => {
  const stage = sql`${temporary('stage', load.index)} as s`;
  const isKeyed = rowKey(load).length > 0;
  const columns = storedColumns(load.target).filter((column) => isKeyed || load.columns.some(({ name }) => name === column.name));
  const there = comma(columns.map(({ name }) => (isKeyed ? sql`t.${sql.id(name)}` : sql`s.${sql.id(name)}`)));
  const rows = isKeyed ? sql`${stage} join ${targetTable(load)} as t on ${onKey(load)}` : stage;
  return sql`
/* engine.undo.record-restored */
${recordImages({ load, verdict: 'insert', side: 'after', rows: sql`(select ${there} from ${rows} where ${isNew(load, presence)})` }, ledger)}`;
};

/** Cells that hold something else than what was written back: triggers had the last word. */
export const countRewritten = (load: Load): Statement => {
  const isOther = (name: string): Statement => {
    const [wanted, found] = [sql`ch.${changeColumn('i', name)}::pg_catalog.text`, sql`t.${sql.id(name)}::pg_catalog.text`];
    return sql`ch.${changeColumn('o', name)} operator(pg_catalog.=) 'i' and (${wanted} operator(pg_catalog.<>) ${found} or (${wanted} is null) operator(pg_catalog.<>) (${found} is null))`;
  };
  return sql`
/* engine.undo.count-rewritten */
select ${comma(comparedColumns(load).map(({ name }, position) => sql`pg_catalog.count(*) filter (where ${isOther(name)})::integer as ${sql.id(`c${position}`)}`))}
from ${temporary('change', load.index)} as ch join ${targetTable(load)} as t on ${isSameRow(load, sql`t`, sql`ch`)}
where ch.verdict operator(pg_catalog.=) 'update'`;
};

/** A row's name in lists, of a row `t` of the target: as every merge calls it where that is its natural key, else its key here. */
export const rowName = (load: Load, naming: Naming): Portable => {
  const portable = load.target.key.kind === 'natural' ? targetPortable(naming, load.target, 't') : undefined;
  return portable ?? { joins: sql``, leaves: removalKey(load).map(({ name, type, equality }) => ({ value: sql`t.${sql.id(name)}`, type, equality })) };
};
