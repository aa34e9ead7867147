import { verdictOf, type Mode } from '../../domain/merge/verdict-table.ts';
import { Defect } from '../../domain/refusal.ts';
import { sql, type Statement } from '../../infra/postgres/sql.ts';

/** The verdict table's entries for a row that both sides have, as one SQL expression over `isEqual`. */
export const verdictOfMatched = (mode: Mode, isEqual: Statement): Statement => {
  const equal = verdictOf(mode, { base: 'none', incoming: 'present', current: 'present', equal: true });
  const different = verdictOf(mode, { base: 'none', incoming: 'present', current: 'present', equal: false });
  if (equal === undefined || different === undefined) throw new Defect(`Mode ${mode} has no verdict for a row that both sides have`);
  return sql`case when ${isEqual} then ${sql.lit(equal)} else ${sql.lit(different)} end`;
};
