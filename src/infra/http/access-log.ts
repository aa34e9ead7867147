import type { AccessRefusal } from '../../domain/key/key.ts';

/** An attempt that was turned away, as whoever turned it away knows it. */
export type Refused = Omit<AccessRefusal, 'count'> & { readonly keyId?: string };
export type NoteRefused = (refused: Refused) => void;

/**
 * Refused attempts on their way into the log: the first of a kind at once, more of the same within a minute as one with
 * their count. Strangers cannot fill the log: of many kinds at a time the rest is counted together. Keys that are known are
 * never among the rest: whose key it was is what somebody will ask.
 */
export type AccessLog = { readonly note: NoteRefused; stop(): Promise<void> };

const windowMs = 60_000;
const mostKinds = 100;

export const createAccessLog = (
  write: (refused: Refused & { readonly count: number }) => Promise<unknown>,
  onError: (error: unknown) => void,
  ms = windowMs,
): AccessLog => {
  const windows = new Map<string, { readonly refused: Refused; more: number; readonly timer: NodeJS.Timeout }>();
  const writing = new Set<Promise<unknown>>();
  const send = (refused: Refused, count: number): void => {
    const done: Promise<unknown> = write({ ...refused, count })
      .catch(onError)
      .finally(() => writing.delete(done));
    writing.add(done);
  };
  const close = (kind: string): void => {
    const window = windows.get(kind);
    if (window === undefined) return;
    windows.delete(kind);
    clearTimeout(window.timer);
    if (window.more > 0) send(window.refused, window.more);
  };
  const open = (kind: string, refused: Refused): void => {
    windows.set(kind, { refused, more: 0, timer: setTimeout(() => close(kind), ms).unref() });
    send(refused, 1);
  };
  return {
    note: (refused) => {
      const isTold = refused.keyId !== undefined || windows.size < mostKinds || windows.has(kindOf(refused));
      const known = isTold ? refused : rest(refused);
      const window = windows.get(kindOf(known));
      if (window === undefined) open(kindOf(known), known);
      else window.more += 1;
    },
    stop: async () => {
      for (const kind of windows.keys()) close(kind);
      await Promise.allSettled(writing);
    },
  };
};

const kindOf = ({ reason, door, field = '', keyId = '', address }: Refused): string => [reason, door, field, keyId, address].join(' ');
const rest = ({ reason, door }: Refused): Refused => ({ reason, door, address: 'several' });
