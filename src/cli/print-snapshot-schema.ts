import type { Client } from './client.ts';
import { UsageError } from './exit.ts';
import { snapshotSchemaQuery } from './operations/snapshot-schema.ts';
import type { Output } from './output.ts';

/** The schema and nothing else on standard output, with `--json` as well: it is JSON. */
export const printSnapshotSchema = async (client: Client, [database, another]: readonly string[], output: Output): Promise<void> => {
  if (database === undefined || another !== undefined) throw new UsageError('Name the database whose document is meant.');
  const { snapshotSchema } = await client.execute(snapshotSchemaQuery, { database });
  if (!output.isJson) process.stdout.write(`${JSON.stringify(snapshotSchema, undefined, 2)}\n`);
  output.json(snapshotSchema);
};
