import type { Metadata } from '../domain/run/events.ts';
import type { SeedReport } from '../domain/seed/report.ts';
import { toAppend } from './commands.ts';
import type { StoreContext } from './context.ts';
import { execute, type Positioned } from './execute.ts';
import { newId } from './log/append.ts';

/** Syncs of initial data, each one event. */
export const createSeedStore = (context: StoreContext) => ({
  seedSynced: (report: SeedReport, meta: Metadata, idempotencyKey?: string): Promise<{ readonly seedId: string } & Positioned> =>
    execute(context, { name: 'record sync', input: report, meta, idempotencyKey }, async () => {
      const seedId = newId();
      const stream = `seed-${seedId}`;
      return {
        events: toAppend(stream, [{ type: 'SeedSynced', data: report }], meta),
        expected: { [stream]: { kind: 'none' } },
        answer: { seedId },
        standsAt: 0,
      };
    }),
});
