import { comma, sql, type Statement } from '../infra/postgres/sql.ts';
import { isStaged, surrogateOf, type Load } from './load.ts';

/** By what words the archive calls a staged row: its natural key as it stands there, else its id. */
export const archiveName = (load: Load): Statement => {
  const columns =
    load.key.kind === 'natural' ? load.key.columns.filter((name) => isStaged(load, name)) : surrogateOf(load).filter((name) => isStaged(load, name));
  return columns.length === 0
    ? sql`s.ctid::pg_catalog.text`
    : sql`array[${comma(columns.map((name) => sql`s.${sql.id(name)}::pg_catalog.text`))}]::pg_catalog.text`;
};
