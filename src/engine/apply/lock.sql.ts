import { comma, relation, sql, type Statement } from '../../infra/postgres/sql.ts';
import { loadId, type Load } from '../load.ts';

/** In one order for everybody, so that two runs never wait for each other; before the first query, so the snapshot sees it. */
export const lockTables = (loads: readonly Load[]): Statement => sql`
/* engine.apply.lock-tables */
lock table ${comma([...loads].sort((left, right) => (loadId(left) < loadId(right) ? -1 : 1)).map((load) => relation(load.target)))} in share row exclusive mode`;
