import type { Metadata } from '../domain/run/events.ts';
import { crashPoint } from '../infra/crash-point.ts';
import { inTransaction, type Tx } from '../infra/postgres/transaction-pool.ts';
import type { StoreContext } from './context.ts';
import { answerUnder, findPosition, hashInput, untilDecided, type CommandCall, type Decision, type Positioned } from './execute.ts';
import { claimKeys, fillKeys, takeAllTurns } from './idempotency.sql.ts';
import { appendText, readAppended } from './log/append.ts';

/**
 * Commands that come while another one is being committed share the next transaction, and its statements. The head of the
 * log is locked until a commit is on disk, so that a thousand small ones, one by one, wait for a thousand disks. What goes
 * wrong with one of them takes none of the others along: then each has a transaction of its own after all.
 */
export type Kind<Input, State, Answer extends object> = {
  readonly name: string;
  /** Two commands about one thing are never in the same transaction: the second must see what the first did. */
  subject(input: Input): string;
  /** What the log has about each of them, in their order. */
  read(tx: Tx, inputs: readonly Input[]): Promise<readonly State[]>;
  decide(state: State, input: Input, meta: Metadata): Decision<Answer>;
};

type Answered = object & Positioned;
type AnyKind = Kind<unknown, unknown, object>;
type Member = {
  readonly kind: AnyKind;
  readonly input: unknown;
  readonly subject: string;
  readonly call: CommandCall;
  readonly resolve: (answer: Answered) => void;
  readonly reject: (error: unknown) => void;
};

type Sharing = { waiting: Member[]; isAtWork: boolean };
const sharings = new WeakMap<StoreContext, Sharing>();
const most = 64;

export const executeTogether = <Input, State, Answer extends object>(
  context: StoreContext,
  kind: Kind<Input, State, Answer>,
  input: Input,
  options: Pick<CommandCall, 'meta' | 'idempotencyKey'>,
): Promise<Answer & Positioned> => {
  const sharing = sharings.get(context) ?? { waiting: [], isAtWork: false };
  sharings.set(context, sharing);
  return new Promise((resolve, reject) => {
    const call = { name: kind.name, input, ...options };
    // The answer comes from `kind.decide`, and has its type.
    sharing.waiting.push({ kind, input, subject: kind.subject(input), call, resolve: resolve as Member['resolve'], reject });
    if (!sharing.isAtWork) void work(context, sharing);
  });
};

const work = async (context: StoreContext, sharing: Sharing): Promise<void> => {
  sharing.isAtWork = true;
  while (sharing.waiting.length > 0) await settle(context, nextOf(sharing));
  sharing.isAtWork = false;
};

/** In an order that all processes share, so that two of them do not wait for each other. */
const nextOf = (sharing: Sharing): readonly Member[] => {
  const taken = new Map<string, Member>();
  for (const member of sharing.waiting) if (taken.size < most && !taken.has(member.subject)) taken.set(member.subject, member);
  const members = new Set(taken.values());
  sharing.waiting = sharing.waiting.filter((member) => !members.has(member));
  return [...members].sort((one, other) => (one.subject < other.subject ? -1 : 1));
};

const settle = async (context: StoreContext, members: readonly Member[]): Promise<void> => {
  const answers = members.length === 1 ? undefined : await inOne(context, members).catch(() => undefined);
  await Promise.all(
    members.map(async (member, index) => {
      try {
        member.resolve(answers?.[index] ?? (await untilDecided(() => alone(context, member))));
      } catch (error) {
        member.reject(error);
      }
    }),
  );
};

const alone = async (context: StoreContext, member: Member): Promise<Answered> => {
  const [answer] = await inOne(context, [member]);
  return answer ?? { position: 0 };
};

const nameOf = ({ meta, idempotencyKey }: CommandCall): string => `${meta.actor}\0${idempotencyKey}`;

/** The earlier answers of those whose key was here before. */
const claim = async (tx: Tx, members: readonly Member[]): Promise<ReadonlyMap<Member, Answered>> => {
  const keyed = members.filter(({ call }) => call.idempotencyKey !== undefined);
  const earlier = new Map<Member, Answered>();
  if (keyed.length === 0) return earlier;
  const claims = keyed.map(({ call }) => ({
    actor: call.meta.actor,
    key: call.idempotencyKey ?? '',
    inputHash: hashInput({ name: call.name, input: call.input }),
  }));
  const claimed = new Set((await tx.many<{ actor: string; key: string }>(claimKeys(claims))).map(({ actor, key }) => `${actor}\0${key}`));
  // One key for two inputs: the second is told that it was used.
  for (const member of keyed) if (!claimed.delete(nameOf(member.call))) earlier.set(member, await answerUnder<object>(tx, member.call));
  return earlier;
};

const decideAll = async (tx: Tx, members: readonly Member[]): Promise<ReadonlyMap<Member, Decision<object>>> => {
  const decisions = new Map<Member, Decision<object>>();
  if (members.length > 0) await tx.run(takeAllTurns(members.map(({ subject }) => subject)));
  for (const kind of new Set(members.map((member) => member.kind))) {
    const own = members.filter((member) => member.kind === kind);
    const states = await kind.read(
      tx,
      own.map(({ input }) => input),
    );
    for (const [index, member] of own.entries()) decisions.set(member, kind.decide(states[index], member.input, member.call.meta));
  }
  return decisions;
};

const keepAll = async (tx: Tx, decisions: ReadonlyMap<Member, Decision<object>>): Promise<void> => {
  const keys = [...decisions].flatMap(([{ call }, { answer, events, standsAt }]) => {
    const { meta, idempotencyKey: key } = call;
    return key === undefined ? [] : [{ actor: meta.actor, key, eventId: events.at(-1)?.id ?? '', result: JSON.stringify({ ...answer, position: standsAt }) }];
  });
  if (keys.length > 0) await tx.run(fillKeys(keys));
};

const inOne = async (context: StoreContext, members: readonly Member[]): Promise<readonly Answered[]> => {
  let earlier: ReadonlyMap<Member, Answered> = new Map();
  let decisions: ReadonlyMap<Member, Decision<object>> = new Map();
  const answersAt = (positions: ReadonlyMap<string, number>): readonly Answered[] =>
    members.map((member) => {
      const { answer = {}, events = [], standsAt = 0 } = decisions.get(member) ?? {};
      return earlier.get(member) ?? { ...answer, position: positions.get(events.at(-1)?.id ?? '') ?? standsAt };
    });
  return inTransaction(
    context.pool,
    async (tx) => {
      earlier = await claim(tx, members);
      decisions = await decideAll(
        tx,
        members.filter((member) => !earlier.has(member)),
      );
      await keepAll(tx, decisions);
      const decided = [...decisions.values()];
      const events = decided.flatMap((decision) => decision.events);
      if (events.length === 0) return { result: () => answersAt(new Map()) };
      const names = [...new Set([...decisions.keys()].map(({ kind }) => kind.name))].join(', ');
      crashPoint(`before append ${names}`);
      return {
        text: appendText(events, Object.assign({}, ...decided.map(({ expected }) => expected))),
        result: (rows) => {
          crashPoint(`after append ${names}`);
          return answersAt(new Map(readAppended(rows).map(({ id, position }) => [id, position])));
        },
      };
    },
    () => settledAt(context, [...decisions.values()]).then((positions) => (positions === undefined ? undefined : answersAt(positions))),
  );
};

/** Where the last events of each stand, if the transaction was committed; all of them were, or none. */
const settledAt = async (context: StoreContext, decided: readonly Decision<object>[]): Promise<ReadonlyMap<string, number> | undefined> => {
  const positions = new Map<string, number>();
  for (const { events } of decided) {
    const id = events.at(-1)?.id;
    if (id === undefined) continue;
    const position = await findPosition(context, id);
    if (position === undefined) return undefined;
    positions.set(id, position);
  }
  return positions.size === 0 ? undefined : positions;
};
