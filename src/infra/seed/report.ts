import type { SeedReport } from '../../domain/seed/report.ts';
import type { SyncOutcome } from './sync.ts';

const most = 1000;

/** What goes into the log; undefined when there is nothing to tell, as at most starts. */
export const reportOf = ({ from, to, dryRun, copied, updated, kept, failed }: SyncOutcome, tables: SeedReport['tables'] = []): SeedReport | undefined => {
  const lists = [copied, updated, kept, failed, tables];
  if (dryRun || lists.every((list) => list.length === 0)) return undefined;
  const more = lists.reduce((sum, list) => sum + Math.max(0, list.length - most), 0);
  return {
    from,
    to,
    copied: copied.slice(0, most),
    updated: updated.slice(0, most),
    kept: kept.slice(0, most),
    failed: failed.slice(0, most).map(({ path, code }) => ({ path, code })),
    ...(more === 0 ? {} : { more }),
    dryRun: false,
    tables: tables.slice(0, most),
  };
};
