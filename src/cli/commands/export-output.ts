import { Refusal } from '../../domain/refusal.ts';
import type { Client } from '../client.ts';
import type { RunDetails } from '../follow-run.ts';

/** The one file that a run exported, as it is; nothing where the run came to nothing. */
export const writeToStandardOutput = async (client: Client, { runId, result }: RunDetails): Promise<void> => {
  if (result?.__typename !== 'ExportResult') return;
  if (result.files.length > 1)
    throw new Refusal(
      'ONE_FILE_FOR_ONE_TABLE',
      `The export is ${result.files.length} files, one for each table, and standard output is one. Name one table, or leave --out away.`,
    );
  for await (const chunk of await client.download({ runId, sha256: result.archive.sha256 })) {
    if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
};
