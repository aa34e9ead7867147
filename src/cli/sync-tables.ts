import { createApp } from '../app.ts';
import { tablesBeginLine, tablesFailedLine } from '../events/seed-lines.ts';
import { fillTables } from '../events/seed-service.ts';
import type { SeededTable, SeedTableSource } from '../events/seed-tables.ts';
import { operatingSystemUser } from './in-process.ts';
import { quietly, readSettings, type GlobalOptions } from './options.ts';
import type { Output } from './output.ts';

/** As a server does it after its start, with a worker of this process. Broken off anywhere, the next sync goes on. */
export const syncTables = async (
  options: GlobalOptions,
  source: SeedTableSource,
  { output, isRecorded }: { readonly output: Output; readonly isRecorded: boolean },
): Promise<readonly SeededTable[]> => {
  const retry = { most: 3, firstDelaySeconds: 1, longestDelaySeconds: 2 };
  const app = await createApp(quietly(await readSettings(options)), { worker: source.dryRun !== true, retry });
  const { store, blobs, databases, config } = app;
  output.line(tablesBeginLine(source));
  try {
    return await fillTables({ store, blobs, databases, limits: config.limits }, source, {
      signal: new AbortController().signal,
      write: output.line,
      remark: output.note,
      meta: { actor: operatingSystemUser(), requestId: 'sync', client: 'cli' },
      isRecorded,
    });
  } catch (error) {
    output.line(tablesFailedLine(error instanceof Error ? error.message : String(error)));
    throw error;
  } finally {
    await app.stop();
  }
};
