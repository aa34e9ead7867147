import { Presets, SingleBar } from 'cli-progress';
import type { RunProgress } from './follow-run.ts';
import { bytes, count, duration, shown, type Output } from './output.ts';

export type ProgressView = { show(progress: RunProgress): void; end(): void };

type Speed = { readonly rowsPerSecond: number | undefined; readonly secondsLeft: number | undefined };

/** Rates come from the times that progress carries, within one phase: the same wherever they are watched. */
export const createSpeedometer = (): ((progress: RunProgress) => Speed) => {
  let first: RunProgress | undefined;
  return (progress) => {
    if (first === undefined || first.phase !== progress.phase || first.attempt !== progress.attempt || progress.rows < first.rows) first = progress;
    const seconds = (Date.parse(progress.at) - Date.parse(first.at)) / 1000;
    if (seconds < 0.5) return { rowsPerSecond: undefined, secondsLeft: undefined };
    const rows = (progress.rows - first.rows) / seconds;
    const [done, total, before] =
      progress.bytesTotal === null ? [progress.rows, progress.rowsTotal, first.rows] : [progress.bytes, progress.bytesTotal, first.bytes];
    const rate = (done - before) / seconds;
    return { rowsPerSecond: rows > 0 ? rows : undefined, secondsLeft: total === null || rate <= 0 ? undefined : Math.max(0, (total - done) / rate) };
  };
};

const partOf = (progress: RunProgress): number => {
  if (progress.bytesTotal !== null && progress.bytesTotal > 0) return progress.bytes / progress.bytesTotal;
  if (progress.rowsTotal !== null && progress.rowsTotal > 0) return progress.rows / progress.rowsTotal;
  return progress.tablesTotal > 0 ? progress.tablesDone / progress.tablesTotal : 0;
};

/** From here on a transaction is worth a word: it holds back vacuum in the target. */
const longTransaction = 60;

const words = (phase: RunProgress['phase']): string => phase.toLowerCase().replaceAll('_', ' ');

/** A nested document takes its tables together: then no name is given. */
const tablesOf = ({ table, tablesDone, tablesTotal }: RunProgress): readonly string[] => {
  if (table === '') return [`${tablesTotal} tables at once`];
  return [...(table === null ? [] : [shown(table)]), ...(tablesTotal > 0 ? [`table ${Math.min(tablesDone + 1, tablesTotal)} of ${tablesTotal}`] : [])];
};

export const describeProgress = (progress: RunProgress, speed: Speed, isRetry = false): string => {
  if (progress.waitingFor !== null) return `waiting for lock held by ${shown(progress.waitingFor)}`;
  const size = progress.bytesTotal === null ? bytes(progress.bytes) : `${bytes(progress.bytes)} of ${bytes(progress.bytesTotal)}`;
  return [
    ...(isRetry ? [`attempt ${progress.attempt}`] : []),
    words(progress.phase),
    ...tablesOf(progress),
    ...(progress.rows > 0 ? [`${count(progress.rows)} rows`] : []),
    ...(speed.rowsPerSecond === undefined ? [] : [`${count(Math.round(speed.rowsPerSecond))} rows/s`]),
    ...(progress.bytes > 0 ? [size] : []),
    ...((progress.transactionSeconds ?? 0) < longTransaction ? [] : [`transaction open for ${duration(progress.transactionSeconds ?? 0)}, vacuum waits`]),
    ...(speed.secondsLeft === undefined ? [] : [`${duration(speed.secondsLeft)} left`]),
  ].join(' · ');
};

const createBar = (isRetry: RetryWatch): ProgressView => {
  const bar = new SingleBar(
    { format: '{bar} {percentage}% {text}', stream: process.stderr, hideCursor: true, clearOnComplete: true, linewrap: false, barsize: 24, forceRedraw: true },
    Presets.shades_classic,
  );
  const speed = createSpeedometer();
  let isStarted = false;
  return {
    show: (progress) => {
      if (!isStarted) bar.start(1000, 0, { text: '' });
      isStarted = true;
      bar.update(Math.round(Math.min(1, partOf(progress)) * 1000), { text: describeProgress(progress, speed(progress), isRetry(progress)) });
    },
    end: () => {
      if (isStarted) bar.stop();
    },
  };
};

const secondsBetweenLines = 5;

/** Where nobody looks at a terminal: one line per phase, and one now and then. */
const createLines = (output: Output, isRetry: RetryWatch): ProgressView => {
  const speed = createSpeedometer();
  let latest: { readonly key: string; readonly at: number } | undefined;
  return {
    show: (progress) => {
      const again = isRetry(progress);
      const text = describeProgress(progress, speed(progress), again);
      const key = `${again ? progress.attempt : ''} ${progress.phase} ${progress.waitingFor ?? ''}`;
      if (progress.phase === 'DONE' || (latest?.key === key && Date.now() - latest.at < secondsBetweenLines * 1000)) return;
      latest = { key, at: Date.now() };
      output.note(text);
    },
    end: () => undefined,
  };
};

/** An approved plan is applied by an attempt of its own, behind those of its planning; only what follows a lost one is worth a word. */
type RetryWatch = (progress: RunProgress) => boolean;

export const createProgressView = (output: Output, attemptsBefore: number): ProgressView => {
  const isRetry: RetryWatch = ({ attempt }) => attempt > attemptsBefore + 1;
  return output.isTerminal ? createBar(isRetry) : createLines(output, isRetry);
};
