import { crashPoint } from '../infra/crash-point.ts';
import { inTransaction, type Tx } from '../infra/postgres/transaction-pool.ts';
import type { StoreContext } from './context.ts';
import { execute, findEarlier, findPosition, keep, type CommandCall, type Decision, type Positioned } from './execute.ts';
import { appendText, readAppended } from './log/append.ts';

/**
 * Commands that come while another one is being committed share the next transaction. The head of the log is locked until
 * a commit is on disk, so that a thousand small ones, one by one, wait for a thousand disks. What goes wrong with one of
 * them takes none of the others along: then each has a transaction of its own after all.
 */
export type Subject = {
  /** Two commands about one thing are never in the same transaction: the second must see what the first did. */ readonly subject: string;
};

type Member = Subject & {
  readonly call: CommandCall;
  readonly decideIn: (tx: Tx) => Promise<Decision<object>>;
  readonly resolve: (answer: object & Positioned) => void;
  readonly reject: (error: unknown) => void;
};

type Sharing = { waiting: Member[]; isAtWork: boolean };
const sharings = new WeakMap<StoreContext, Sharing>();
const most = 64;

export const executeTogether = <Answer extends object>(
  context: StoreContext,
  call: CommandCall & Subject,
  decideIn: (tx: Tx) => Promise<Decision<Answer>>,
): Promise<Answer & Positioned> => {
  const sharing = sharings.get(context) ?? { waiting: [], isAtWork: false };
  sharings.set(context, sharing);
  return new Promise((resolve, reject) => {
    // The answer comes back to whoever gave `decideIn`, and has its type.
    sharing.waiting.push({ subject: call.subject, call, decideIn, resolve: resolve as Member['resolve'], reject });
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
    members.map(async ({ call, decideIn, resolve, reject }, index) => {
      try {
        resolve(answers?.[index] ?? (await execute(context, call, decideIn)));
      } catch (error) {
        reject(error);
      }
    }),
  );
};

type Decided = { readonly earlier: object & Positioned } | { readonly decision: Decision<object> };

const decideAll = async (tx: Tx, members: readonly Member[]): Promise<readonly Decided[]> => {
  const decided: Decided[] = [];
  for (const { call, decideIn } of members) {
    const earlier = await findEarlier<object>(tx, call);
    if (earlier !== undefined) {
      decided.push({ earlier });
      continue;
    }
    const decision = await decideIn(tx);
    await keep(tx, call, decision);
    decided.push({ decision });
  }
  return decided;
};

const inOne = async (context: StoreContext, members: readonly Member[]): Promise<readonly (object & Positioned)[]> => {
  let decided: readonly Decided[] = [];
  const answersWith = (positionOf: (id: string | undefined) => number | undefined): readonly (object & Positioned)[] =>
    decided.map((one) => {
      if ('earlier' in one) return one.earlier;
      const { answer, events, standsAt } = one.decision;
      return { ...answer, position: positionOf(events.at(-1)?.id) ?? standsAt };
    });
  const lastIds = (): readonly string[] => decided.flatMap((one) => ('earlier' in one ? [] : (one.decision.events.at(-1)?.id ?? [])));
  return inTransaction(
    context.pool,
    async (tx) => {
      decided = await decideAll(tx, members);
      const decisions = decided.flatMap((one) => ('earlier' in one ? [] : [one.decision]));
      const events = decisions.flatMap((decision) => decision.events);
      if (events.length === 0) return { result: () => answersWith(() => undefined) };
      crashPoint('before append together');
      return {
        text: appendText(events, Object.assign({}, ...decisions.map(({ expected }) => expected))),
        result: (rows) => {
          crashPoint('after append together');
          const positions = new Map(readAppended(rows).map(({ id, position }) => [id, position]));
          return answersWith((id) => (id === undefined ? undefined : positions.get(id)));
        },
      };
    },
    async () => {
      const positions = new Map<string, number>();
      for (const id of lastIds()) {
        const position = await findPosition(context, id);
        if (position === undefined) return undefined;
        positions.set(id, position);
      }
      return positions.size === 0 ? undefined : answersWith((id) => (id === undefined ? undefined : positions.get(id)));
    },
  );
};
