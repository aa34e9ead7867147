import { randomUUID } from 'node:crypto';
import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { Refusal } from '../../domain/refusal.ts';
import {
  defaultSearchPath,
  guardedTables,
  leaveProbe,
  readProbe,
  serverState,
  setSearchPath,
  type GuardedRow,
  type ProbeRow,
  type SearchPathRow,
  type ServerStateRow,
} from './preflight.sql.ts';
import type { Session } from './session.ts';
import type { Statement } from './sql.ts';

export type PreflightOptions = {
  /** A run that only reads may use a standby or a read-only session. */
  readonly purpose?: 'read' | 'write';
  /** Opens another session by the same URL: the only sure way to tell the modes of a pooler apart. Called only behind one. */
  readonly another?: () => Promise<Session>;
};

/** Refuses, by name, a session that cannot carry a run (ENGINE-RULES 3). */
export const preflight = async (session: Session, options: PreflightOptions = {}): Promise<void> => {
  const refusal = stateRefusal(await session.one<ServerStateRow>(serverState()), options.purpose ?? 'write');
  if (refusal !== undefined) throw refusal;
  if (await sharesServers(session, options.another)) {
    throw new Refusal(
      'POOLER_IN_TRANSACTION_MODE',
      'A pooler gives this connection another server session for each transaction, so temporary tables and locks do not last. Use the URL of PostgreSQL itself, or a pool in session mode.',
    );
  }
};

export const stateRefusal = (state: ServerStateRow, purpose: 'read' | 'write'): Refusal | undefined => {
  if (state.version < 150_000)
    return new Refusal(
      'SERVER_TOO_OLD',
      `The server of ${state.database} runs PostgreSQL ${state.versionText}; Waybill needs 15 or newer. Upgrade the server.`,
      { version: state.versionText },
    );
  if (purpose === 'read') return undefined;
  if (state.standby)
    return new Refusal('DATABASE_IS_STANDBY', `The server of ${state.database} is a standby, which takes no writes. Use the URL of the primary.`);
  if (state.readOnly)
    return new Refusal(
      'DATABASE_READ_ONLY',
      `Sessions of this role on ${state.database} are read-only. Use a role that may write, or turn default_transaction_read_only off for it.`,
    );
  return undefined;
};

/**
 * PostgreSQL announces its own process id when a session starts; a pooler announces a number of its own. Behind one, a
 * pool in session mode keeps one server per client, in transaction mode an idle server goes to whoever asks next.
 */
const sharesServers = async (session: Session, another: PreflightOptions['another']): Promise<boolean> => {
  if (session.announcedPid === session.pid) return false;
  const mark = randomUUID();
  await session.run(leaveProbe(mark));
  const before = await session.one<ProbeRow>(readProbe());
  if (before.mark !== mark || before.pid !== session.pid) return true;
  if (another === undefined) return false;
  const other = await another();
  try {
    // A pool that others use too may answer from another idle server the first time.
    for (let round = 0; round < 3; round += 1) {
      const theirs = await other.one<ProbeRow>(readProbe());
      const ours = await session.one<ProbeRow>(readProbe());
      if (theirs.mark === mark || theirs.pid === before.pid || ours.mark !== mark || ours.pid !== before.pid) return true;
    }
    return false;
  } finally {
    await other.close();
  }
};

/** Row-level security that applies to this role would hide rows: refused, with the tables' names. */
export const refuseRowSecurity = async (session: Session, tables: readonly QualifiedName[]): Promise<void> => {
  const guarded = (
    await session.many<GuardedRow>(
      guardedTables(
        tables.map(({ schema }) => schema),
        tables.map(({ name }) => name),
      ),
    )
  ).map(({ name }) => name);
  if (guarded.length === 0) return;
  throw new Refusal(
    'ROW_LEVEL_SECURITY',
    `Row-level security hides rows of ${guarded.join(', ')} from this role. Use the owner (without FORCE ROW LEVEL SECURITY) or a role with BYPASSRLS, or leave these tables out.`,
    { tables: guarded },
  );
};

/**
 * The statement that gives triggers and defaults the search_path they have in any session of this role, temporary tables
 * last: one that is named like a user's table must not capture a trigger's insert (ENGINE-RULES 1).
 */
export const userSearchPath = async (session: Session, options: { readonly local?: boolean } = {}): Promise<Statement> => {
  const { path } = await session.one<SearchPathRow>(defaultSearchPath());
  return setSearchPath([...listItems(path).filter((item) => item !== 'pg_temp' && item !== '"pg_temp"'), 'pg_temp'].join(', '), options.local ?? false);
};

/** Items of a setting that is a list of names, quotes kept. */
const listItems = (list: string): readonly string[] =>
  (list.match(/(?:"(?:[^"]|"")*"|[^",])+/g) ?? []).map((item) => item.trim()).filter((item) => item !== '');
