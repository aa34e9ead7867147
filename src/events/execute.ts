import { createHash } from 'node:crypto';
import type { Metadata } from '../domain/run/events.ts';
import { Conflict, Refusal } from '../domain/refusal.ts';
import { crashPoint } from '../infra/crash-point.ts';
import { sqlStateOf } from '../infra/postgres/errors.ts';
import { inTransaction, type Tx } from '../infra/postgres/transaction-pool.ts';
import type { StoreContext } from './context.ts';
import { claimKey, fillKey, findKey } from './idempotency.sql.ts';
import { appendText, readAppended, type Appending, type Expected } from './log/append.ts';
import { findEvent } from './log/read.sql.ts';

/** What a command decided: events to append, under which versions, and its answer. Without events, where things stand. */
export type Decision<Answer extends object> = {
  readonly events: readonly Appending[];
  readonly expected: Readonly<Record<string, Expected>>;
  readonly answer: Answer;
  readonly standsAt: number;
};

export type CommandCall = {
  readonly name: string;
  readonly input: unknown;
  readonly meta: Metadata;
  readonly idempotencyKey?: string | undefined;
  readonly onConflict?: 'decide again' | 'fail';
};

export type Positioned = { readonly position: number };

const attempts = 5;

/** Load, decide, enqueue inside `decideIn`; then append and COMMIT in one message. A conflict is decided again, bounded. */
export const execute = <Answer extends object>(
  context: StoreContext,
  call: CommandCall,
  decideIn: (tx: Tx) => Promise<Decision<Answer>>,
): Promise<Answer & Positioned> =>
  call.onConflict === 'fail' ? executeOnce(context, call, decideIn) : untilDecided(() => executeOnce(context, call, decideIn));

export const untilDecided = async <Result>(decideOnce: () => Promise<Result>): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await decideOnce();
    } catch (error) {
      if (attempt >= attempts || !isConflict(error)) throw error;
    }
  }
};

const isConflict = (error: unknown): boolean => (error instanceof Conflict && error.code !== 'LOCK_TIMEOUT') || sqlStateOf(error)?.sqlState === '23505';

const executeOnce = async <Answer extends object>(
  context: StoreContext,
  call: CommandCall,
  decideIn: (tx: Tx) => Promise<Decision<Answer>>,
): Promise<Answer & Positioned> => {
  let lastId: string | undefined;
  let answer: Answer | undefined;
  const settle = async (): Promise<(Answer & Positioned) | undefined> => {
    if (lastId === undefined || answer === undefined) return undefined;
    const position = await findPosition(context, lastId);
    return position === undefined ? undefined : { ...answer, position };
  };
  return inTransaction(
    context.pool,
    async (tx) => {
      const earlier = await findEarlier<Answer>(tx, call);
      if (earlier !== undefined) return { result: () => earlier };
      const decision = await decideIn(tx);
      answer = decision.answer;
      lastId = decision.events.at(-1)?.id;
      if (call.idempotencyKey !== undefined)
        await tx.run(fillKey(call.meta.actor, call.idempotencyKey, lastId ?? '', JSON.stringify({ ...decision.answer, position: decision.standsAt })));
      if (decision.events.length === 0) return { result: () => ({ ...decision.answer, position: decision.standsAt }) };
      crashPoint(`before append ${call.name}`);
      return {
        text: appendText(decision.events, decision.expected),
        result: (rows) => {
          crashPoint(`after append ${call.name}`);
          return { ...decision.answer, position: readAppended(rows).at(-1)?.position ?? decision.standsAt };
        },
      };
    },
    settle,
  );
};

/** Where an event stands, if it is in the log. */
export const findPosition = async ({ queries }: StoreContext, id: string): Promise<number | undefined> => {
  const found = await queries.maybeOne<{ position: string }>(findEvent(id));
  return found === undefined ? undefined : Number(found.position);
};

const findEarlier = async <Answer extends object>(tx: Tx, call: CommandCall): Promise<(Answer & Positioned) | undefined> => {
  const { idempotencyKey: key, meta } = call;
  if (key === undefined) return undefined;
  if ((await tx.run(claimKey(meta.actor, key, hashInput({ name: call.name, input: call.input })))) === 1) return undefined;
  return answerUnder<Answer>(tx, call);
};

type KeyRow<Answer extends object> = { readonly input_hash: string; readonly result: Answer & Positioned; readonly position: string | null };

const answerOf = <Answer extends object>(known: KeyRow<Answer>, { name, input, idempotencyKey }: CommandCall): Answer & Positioned => {
  if (known.input_hash !== hashInput({ name, input })) {
    throw new Refusal('IDEMPOTENCY_KEY_REUSED', 'This idempotency key was used with other input. Take a new key for a new request.', { idempotencyKey });
  }
  return known.position === null ? known.result : { ...known.result, position: Number(known.position) };
};

/** The answer that was given under the key of a call; a key that was used with other input is refused. */
export const answerUnder = async <Answer extends object>(tx: Tx, call: CommandCall): Promise<Answer & Positioned> =>
  answerOf(await tx.one<KeyRow<Answer>>(findKey(call.meta.actor, call.idempotencyKey ?? '')), call);

/** The same for whoever asks before anything is done: the key is not taken. */
export const earlierAnswer = async <Answer extends object>({ queries }: StoreContext, call: CommandCall): Promise<(Answer & Positioned) | undefined> => {
  if (call.idempotencyKey === undefined) return undefined;
  const known = await queries.maybeOne<KeyRow<Answer>>(findKey(call.meta.actor, call.idempotencyKey));
  return known === undefined ? undefined : answerOf(known, call);
};

/** The same input in any order of its fields has the same hash. */
export const hashInput = (input: unknown): string =>
  createHash('sha256')
    .update(
      JSON.stringify(input, (_key, part: unknown) =>
        typeof part === 'object' && part !== null && !Array.isArray(part)
          ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
          : part,
      ),
    )
    .digest('hex');
