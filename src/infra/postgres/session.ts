import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { Defect } from '../../domain/refusal.ts';
import { translateError } from './errors.ts';
import { compile, type Statement } from './sql.ts';

/**
 * One direct, pinned connection to a database (ENGINE-RULES 2 and 3). Everything that turns a row into text is set here,
 * so the same row has the same text, and the same hash, whatever the server or the role is configured to. Row-level
 * security gives an error, never fewer rows.
 */
export type Session = {
  readonly pid: number;
  /** What the other end called its process when the session began: another number than `pid` behind a pooler. */
  readonly announcedPid: number;
  /** Row count of a statement that returns none. */
  run(statement: Statement): Promise<number>;
  one<Row extends object>(statement: Statement): Promise<Row>;
  maybeOne<Row extends object>(statement: Statement): Promise<Row | undefined>;
  many<Row extends object>(statement: Statement): Promise<readonly Row[]>;
  /** Streams COPY data in; resolves with the number of rows. The statement may have no parameters. */
  copyIn(statement: Statement, source: AsyncIterable<Uint8Array> | Readable): Promise<number>;
  /** COPY data out, as it comes from the server. The statement may have no parameters. */
  copyOut(statement: Statement): Readable & { /** Once all of it has come. */ readonly rowCount: number };
  onNotice(listener: (notice: { readonly message: string | undefined; readonly code: string | undefined }) => void): void;
  /** Resolves, once, when the connection ended without being asked to. */
  readonly lost: Promise<Error>;
  close(): Promise<void>;
};

export type SessionOptions = {
  /** Shown in pg_stat_activity: `waybill <purpose>`. */
  readonly purpose: string;
  readonly statementTimeoutMs?: number;
  readonly lockTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
};

const pins = (options: SessionOptions): string =>
  [
    `datestyle = 'ISO, YMD'`,
    `intervalstyle = 'iso_8601'`,
    `timezone = 'UTC'`,
    `extra_float_digits = 1`,
    `bytea_output = 'hex'`,
    `lc_monetary = 'C'`,
    `xmloption = 'content'`,
    `row_security = off`,
    `client_min_messages = warning`,
    `client_encoding = 'UTF8'`,
    `standard_conforming_strings = on`,
    `default_transaction_deferrable = off`,
    `statement_timeout = ${options.statementTimeoutMs ?? 0}`,
    `lock_timeout = ${options.lockTimeoutMs ?? 30_000}`,
    `idle_in_transaction_session_timeout = ${options.idleInTransactionTimeoutMs ?? 120_000}`,
    `tcp_keepalives_idle = 5`,
    `tcp_keepalives_interval = 2`,
    `tcp_keepalives_count = 3`,
  ]
    .map((pin) => `set ${pin}`)
    .join('; ');

const queriesOn = (client: pg.Client): Pick<Session, 'run' | 'one' | 'maybeOne' | 'many'> => {
  const rows = async <Row extends object>(statement: Statement): Promise<{ rows: Row[]; count: number }> => {
    const { text, values } = compile(statement);
    try {
      const result = await client.query<Row>(text, [...values]);
      return { rows: result.rows, count: result.rowCount ?? 0 };
    } catch (error) {
      throw translateError(error, text);
    }
  };
  return {
    run: async (statement) => (await rows(statement)).count,
    many: async <Row extends object>(statement: Statement) => (await rows<Row>(statement)).rows,
    maybeOne: async <Row extends object>(statement: Statement) => {
      const result = await rows<Row>(statement);
      if (result.rows.length > 1) throw new Defect(`Expected at most one row, got ${result.rows.length}`);
      return result.rows[0];
    },
    one: async <Row extends object>(statement: Statement) => {
      const result = await rows<Row>(statement);
      const [row] = result.rows;
      if (row === undefined || result.rows.length !== 1) throw new Defect(`Expected one row, got ${result.rows.length}`);
      return row;
    },
  };
};

const copiesOn = (client: pg.Client): Pick<Session, 'copyIn' | 'copyOut'> => {
  const textOf = (statement: Statement): string => {
    const { text, values } = compile(statement);
    if (values.length > 0) throw new Defect('COPY takes no parameters');
    return text;
  };
  return {
    copyIn: async (statement, source) => {
      const stream = client.query(copyFrom(textOf(statement)));
      try {
        await pipeline(source instanceof Readable ? source : Readable.from(source, { objectMode: false }), stream as Writable);
      } catch (error) {
        throw translateError(error);
      }
      return stream.rowCount;
    },
    copyOut: (statement) => client.query(copyTo(textOf(statement))),
  };
};

export const openSession = async (url: string, options: SessionOptions): Promise<Session> => {
  const client = new pg.Client({
    connectionString: url,
    application_name: `waybill ${options.purpose}`,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5000,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 15_000,
  });
  let closing = false;
  const lost = new Promise<Error>((resolve) => {
    client.on('error', (error) => resolve(error));
    client.on('end', () => (closing ? undefined : resolve(new Error('The connection ended'))));
  });
  try {
    await client.connect();
    await client.query(pins(options));
  } catch (error) {
    closing = true;
    await client.end().catch(() => undefined);
    throw translateError(error);
  }
  const pid = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
  return {
    pid: pid.rows[0]?.pid ?? 0,
    announcedPid: 'processID' in client && typeof client.processID === 'number' ? client.processID : (pid.rows[0]?.pid ?? 0),
    lost,
    ...queriesOn(client),
    ...copiesOn(client),
    onNotice: (listener) => void client.on('notice', (notice) => listener({ message: notice.message, code: notice.code })),
    close: async () => {
      closing = true;
      await client.end().catch(() => undefined);
    },
  };
};

export type TransactionStatements = { readonly begin: Statement; readonly commit: Statement; readonly rollback: Statement };

/** Commits what `work` did, or rolls back; a failed rollback never hides the first error. */
export const transaction = async <Result>(
  session: Session,
  { begin, commit, rollback }: TransactionStatements,
  work: () => Promise<Result>,
): Promise<Result> => {
  await session.run(begin);
  try {
    const result = await work();
    await session.run(commit);
    return result;
  } catch (error) {
    await session.run(rollback).catch(() => 0);
    throw error;
  }
};
