import type pg from 'pg';
import { Conflict, Defect, Fault } from '../../domain/refusal.ts';
import { translateError } from './errors.ts';
import { compile, type Statement } from './sql.ts';

/** Runs statements on one connection, or on whichever is free. Execution names its cardinality. */
export type Queries = {
  run(statement: Statement): Promise<number>;
  one<Row extends object>(statement: Statement): Promise<Row>;
  maybeOne<Row extends object>(statement: Statement): Promise<Row | undefined>;
  many<Row extends object>(statement: Statement): Promise<readonly Row[]>;
};

export type Tx = Queries & {
  readonly client: pg.PoolClient;
  readonly pid: number;
};

const queriesOn = (source: { query(text: string, values: unknown[]): Promise<pg.QueryResult> }): Queries => {
  const execute = async <Row extends object>(statement: Statement): Promise<{ rows: Row[]; count: number }> => {
    const { text, values } = compile(statement);
    try {
      const result = await source.query(text, [...values]);
      return { rows: result.rows as Row[], count: result.rowCount ?? 0 };
    } catch (error) {
      throw translateError(error);
    }
  };
  return {
    run: async (statement) => (await execute(statement)).count,
    many: async <Row extends object>(statement: Statement) => (await execute<Row>(statement)).rows,
    maybeOne: async <Row extends object>(statement: Statement) => {
      const { rows } = await execute<Row>(statement);
      if (rows.length > 1) throw new Defect(`Expected at most one row, got ${rows.length}`);
      return rows[0];
    },
    one: async <Row extends object>(statement: Statement) => {
      const { rows } = await execute<Row>(statement);
      const [row] = rows;
      if (row === undefined || rows.length !== 1) throw new Defect(`Expected one row, got ${rows.length}`);
      return row;
    },
  };
};

export const queriesOnPool = (pool: pg.Pool): Queries => queriesOn(pool);

/** What `work` leaves for the last round trip: statements without parameters, sent together with COMMIT. */
export type Closing<Result> = { readonly text?: string; readonly result: (rows: readonly object[]) => Result };

/**
 * One transaction. The closing text and COMMIT travel in one message (ENGINE-RULES 27): a client that stops cannot stand
 * between them with the log's head row locked. When the connection breaks in that message the outcome is not guessed:
 * `settle` is asked, after the backend that may still be committing has been ended.
 */
export const inTransaction = async <Result>(
  pool: pg.Pool,
  work: (tx: Tx) => Promise<Closing<Result>>,
  settle?: () => Promise<Result | undefined>,
): Promise<Result> => {
  const client = await pool.connect().catch((error: unknown) => {
    throw translateError(error);
  });
  const backend = client as pg.PoolClient & { readonly processID?: number };
  const pid = backend.processID ?? 0;
  let closing = false;
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const { text, result } = await work({ ...queriesOn(client), client, pid });
    closing = true;
    const outcome = (await client.query(text === undefined ? 'commit' : `${text}; commit`)) as unknown as pg.QueryResult | pg.QueryResult[];
    const results = Array.isArray(outcome) ? outcome : [outcome];
    if (results.at(-1)?.command !== 'COMMIT') throw new Conflict('TRANSACTION_ROLLED_BACK', 'The store rolled the transaction back; try again.');
    return result(results.length > 1 ? (results[0]?.rows ?? []) : []);
  } catch (cause) {
    const error = translateError(cause);
    const lost = error instanceof Fault && error.code === 'CONNECTION_LOST';
    if (lost) broken = error;
    else await client.query('rollback').catch((failure: Error) => (broken = failure));
    if (lost && closing && settle !== undefined) {
      const settled = await endBackend(pool, pid).then(settle);
      if (settled !== undefined) return settled;
    }
    throw error;
  } finally {
    client.release(broken);
  }
};

const endBackend = async (pool: pg.Pool, pid: number): Promise<void> => {
  const text = `/* infra.postgres.end-backend */
select pg_catalog.pg_terminate_backend(pid, 5000) from pg_catalog.pg_stat_activity where pid = $1 and application_name like 'waybill%' and pid <> pg_catalog.pg_backend_pid()`;
  await pool.query(text, [pid]).catch((error: unknown) => {
    throw translateError(error);
  });
};
