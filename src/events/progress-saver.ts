import type { Progress } from '../domain/run/run.ts';

export type ProgressSaver = { offer(progress: Progress): void; latest(): Progress | undefined; flush(): Promise<void> };

/** Stores the latest value at most once per interval, one at a time and so in order. A value that fails to be stored is lost; the next one follows. */
export const createProgressSaver = (save: (progress: Progress) => Promise<void>, everyMs = 100): ProgressSaver => {
  let pending: Progress | undefined;
  let latest: Progress | undefined;
  let working: Promise<void> | undefined;
  let notBefore = 0;
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const work = async (hurry: () => boolean): Promise<void> => {
    while (pending !== undefined) {
      const wait = notBefore - performance.now();
      if (wait > 0 && !hurry()) await pause(wait);
      const value = pending;
      pending = undefined;
      notBefore = performance.now() + everyMs;
      if (value !== undefined) await save(value).catch(() => undefined);
    }
  };
  let flushing = false;
  const start = (): Promise<void> => {
    working ??= work(() => flushing).finally(() => (working = undefined));
    return working;
  };
  return {
    offer: (progress) => {
      pending = progress;
      latest = progress;
      void start();
    },
    latest: () => latest,
    flush: async () => {
      flushing = true;
      while (working !== undefined || pending !== undefined) await start();
      flushing = false;
    },
  };
};
