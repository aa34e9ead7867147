import { randomBytes } from 'node:crypto';
import { Fault } from '../../../domain/refusal.ts';
import { sqlStateOf } from '../../../infra/postgres/errors.ts';
import { openSession } from '../../../infra/postgres/session.ts';
import { createSlot, decodedTables, mayDecode, noticeWhenGone, slotState, type DecodedRow, type DecodingRow, type SlotRow } from './decoding.sql.ts';
import { stopOnAbort } from '../../../infra/postgres/stop-on-abort.ts';
import type { Hooks } from './hooks.ts';
import { endWhenIdle, ownSearchPath } from './snapshots.sql.ts';

/** A slot that holds more than this is given up: it is made anew when the transaction that holds it has ended. */
const mostBehind = 256 * 2 ** 20;

/** `public.person, "Odd ""schema""".t` as `schema.table`; undefined where it is something else. */
export const tablesOf = (text: string): readonly string[] | undefined => {
  const part = /(?:"((?:[^"]|"")+)"|([^".,\s]+))\.(?:"((?:[^"]|"")+)"|([^".,\s]+))(?:, |$)/y;
  const found: string[] = [];
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    const [, quotedSchema, schema, quotedName, name] = match;
    found.push(`${quotedSchema?.replaceAll('""', '"') ?? schema}.${quotedName?.replaceAll('""', '"') ?? name}`);
  }
  return found;
};

const whyNot = ({ level, allowed, standby }: DecodingRow): string | undefined => {
  if (level !== 'logical') return `wal_level is ${level}, not logical`;
  if (standby) return 'the server is a standby';
  return allowed ? undefined : 'the role has no REPLICATION';
};

/** Why there is none: in words. */
export type NoHooks = { readonly reason: string };

/** Everything that is committed, in the order of commits, over a temporary slot. */
export const openDecoding = async (url: string, signal: AbortSignal): Promise<Hooks | NoHooks> => {
  const session = await openSession(url, { purpose: 'snapshots decoding', statementTimeoutMs: 20_000 });
  // A slot is made when the transactions that run have ended, which may take its time.
  const over = stopOnAbort(session, url, signal);
  try {
    await session.run(ownSearchPath);
    const reason = whyNot(await session.one<DecodingRow>(mayDecode()));
    if (reason !== undefined) {
      await session.close();
      return { reason };
    }
    await session.run(endWhenIdle);
    await session.run(noticeWhenGone);
    const slot = `waybill_${randomBytes(8).toString('hex')}`;
    await session.run(createSlot(slot));
    return { kind: 'decoding', isComplete: true, session, look: decoder(session, slot) };
  } catch (error) {
    await session.close();
    return { reason: sqlStateOf(error)?.sqlState === '57014' ? 'an open transaction keeps the slot from being made' : wordsOf(error) };
  } finally {
    over();
  }
};

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const decoder = (session: Hooks['session'], slot: string): Hooks['look'] => {
  let position = '';
  return async () => {
    const state = await session.maybeOne<SlotRow>(slotState(slot));
    if (state === undefined) throw new Fault('SLOT_LOST', 'The slot for logical decoding is gone.', { retryable: true });
    if (state.position === position) return [];
    if (state.behind > mostBehind)
      throw new Fault('SLOT_BEHIND', `The slot for logical decoding held ${Math.round(state.behind / 2 ** 20)} MB of WAL and was dropped.`, {
        retryable: true,
      });
    const texts = (await session.many<DecodedRow>(decodedTables(slot))).map(({ names }) => (names === null ? undefined : tablesOf(names)));
    position = state.position;
    return texts.some((names) => names === undefined) ? 'any' : [...new Set(texts.flatMap((names) => names ?? []))];
  };
};
