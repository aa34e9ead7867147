import { setTimeout } from 'node:timers/promises';
import { createScan, isSettled, listFiles, type Seen } from './scan.ts';

/** What lies in the exchange folder: names, sizes and times. Its content is shown to nobody. */
export type ExchangeFile = {
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: string;
  /** It has lain there for longer than people usually mean it to. */
  readonly old: boolean;
  /** Somebody may still be writing it. */
  readonly pending: boolean;
};

const dayMs = 86_400_000;
/** For every folder that people forget. */
export const oldAfterDays = 30;

/** Since when it lies there: a copy that keeps its times is not as old as it looks. */
const lyingSince = ({ mtimeMs, ctimeMs }: Pick<Seen, 'mtimeMs' | 'ctimeMs'>): number => Math.max(mtimeMs, ctimeMs);

export const isOld = (seen: Pick<Seen, 'mtimeMs' | 'ctimeMs'>, now: number, days: number): boolean => now - lyingSince(seen) > days * dayMs;

const shown = (seen: Seen, pending: boolean, now: number): ExchangeFile => ({
  name: seen.name,
  bytes: seen.bytes,
  modifiedAt: new Date(seen.mtimeMs).toISOString(),
  old: isOld(seen, now, oldAfterDays),
  pending,
});

export const listExchange = async (folder: string, settleSeconds: number): Promise<readonly ExchangeFile[]> => {
  const now = Date.now();
  const clock = (): number => now;
  return (await listFiles(folder)).map((seen) => shown(seen, !isSettled(seen, now, { settleSeconds, clock }), now));
};

/** Files that appear from now on: each when it is first seen, and again when it is complete. */
export const watchExchange = async function* (
  folder: string,
  { seconds, settleSeconds, signal }: { readonly seconds: number; readonly settleSeconds: number; readonly signal: AbortSignal },
): AsyncGenerator<ExchangeFile, void, undefined> {
  const scan = createScan(folder, { settleSeconds, clock: Date.now });
  const announced = new Set<string>();
  await scan.look();
  while (!signal.aborted) {
    await setTimeout(seconds * 1000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const { appeared, complete, gone } = await scan.look();
    gone.forEach((name) => announced.delete(name));
    for (const seen of appeared) {
      announced.add(seen.name);
      yield shown(seen, true, Date.now());
    }
    for (const seen of complete) if (announced.delete(seen.name)) yield shown(seen, false, Date.now());
  }
};
