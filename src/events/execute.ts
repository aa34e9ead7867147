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
export const execute = async <Answer extends object>(
  context: StoreContext,
  call: CommandCall,
  decideIn: (tx: Tx) => Promise<Decision<Answer>>,
): Promise<Answer & Positioned> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await executeOnce(context, call, decideIn);
    } catch (error) {
      if (call.onConflict === 'fail' || attempt >= attempts || !isConflict(error)) throw error;
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
      await keep(tx, call, decision);
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

/** The answer under its idempotency key, for whoever asks again. */
export const keep = async (tx: Tx, { idempotencyKey, meta }: CommandCall, { answer, events, standsAt }: Decision<object>): Promise<void> => {
  if (idempotencyKey === undefined) return;
  await tx.run(fillKey(meta.actor, idempotencyKey, events.at(-1)?.id ?? '', JSON.stringify({ ...answer, position: standsAt })));
};

export const findEarlier = async <Answer extends object>(tx: Tx, call: CommandCall): Promise<(Answer & Positioned) | undefined> => {
  const { idempotencyKey: key, meta } = call;
  if (key === undefined) return undefined;
  const inputHash = hashInput({ name: call.name, input: call.input });
  if ((await tx.run(claimKey(meta.actor, key, inputHash))) === 1) return undefined;
  const known = await tx.one<{ input_hash: string; result: Answer & Positioned; position: string | null }>(findKey(meta.actor, key));
  if (known.input_hash !== inputHash) {
    throw new Refusal('IDEMPOTENCY_KEY_REUSED', 'This idempotency key was used with other input. Take a new key for a new request.', { idempotencyKey: key });
  }
  return known.position === null ? known.result : { ...known.result, position: Number(known.position) };
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
