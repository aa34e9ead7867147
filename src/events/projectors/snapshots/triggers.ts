import { sqlStateOf } from '../../../infra/postgres/errors.ts';
import { openSession, type Session } from '../../../infra/postgres/session.ts';
import type { NoHooks } from './decoding.ts';
import type { Hooks } from './hooks.ts';
import { ownSearchPath } from './snapshots.sql.ts';
import { hookedTables, sequenceValues, type HookRow, type ValueRow } from './triggers.sql.ts';

/** Tables are dropped, and hooks installed, while somebody watches. */
const listEveryMs = 5000;

type Heard = { readonly tables: ReadonlyMap<number, string>; readonly values: ReadonlyMap<number, string | null> };

/** The triggers that `waybill snapshot DB --install-hooks` made, by the sequences that they move. */
export const openTriggers = async (url: string): Promise<Hooks | NoHooks> => {
  const session = await openSession(url, { purpose: 'snapshots triggers', statementTimeoutMs: 20_000 });
  try {
    await session.run(ownSearchPath);
    const heard = await listen(session);
    if (heard.tables.size > 0) return { kind: 'triggers', isComplete: false, session, look: listener(session, heard) };
    await session.close();
    return { reason: 'no hooks are installed' };
  } catch (error) {
    await session.close();
    if (sqlStateOf(error)?.sqlState === '42501') return { reason: 'the role may not read the sequences of the hooks' };
    throw error;
  }
};

const read = async (session: Session, tables: Heard['tables']): Promise<Heard['values']> =>
  new Map((await session.many<ValueRow>(sequenceValues([...tables.keys()]))).map(({ sequence, value }) => [sequence, value]));

const listen = async (session: Session): Promise<Heard> => {
  const tables = new Map((await session.many<HookRow>(hookedTables())).map(({ table, sequence }) => [sequence, table]));
  return { tables, values: await read(session, tables) };
};

const listener = (session: Session, first: Heard): Hooks['look'] => {
  let { tables, values } = first;
  let listedAt = performance.now();
  return async () => {
    const now = await read(session, tables);
    const rung = [...tables].flatMap(([sequence, table]) => (now.get(sequence) === values.get(sequence) ? [] : [table]));
    values = now;
    if (performance.now() - listedAt < listEveryMs) return rung;
    listedAt = performance.now();
    const listed = await listen(session);
    // A hook that is new has nothing to be held against, and one that rang since the look above is told by its new value.
    const fresh = [...listed.tables].flatMap(([sequence, table]) =>
      values.get(sequence) === listed.values.get(sequence) && tables.has(sequence) ? [] : [table],
    );
    ({ tables, values } = listed);
    return [...rung, ...fresh];
  };
};
