import { createHash } from 'node:crypto';
import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Verdict } from '../../domain/run/run.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { analyzeTemporary } from '../companion.sql.ts';
import {
  copyRecord,
  countRecord,
  createChunks,
  createRecord,
  createRecorded,
  dropRecord,
  dropTemporary,
  recordedName,
  temporaryTables,
  type RecordRow,
} from './record.sql.ts';

/** What the ledger says of one table and verdict: `named`, which rows of the archive they were; `imaged`, what they held. */
export type RecordedRows = { readonly rows: number; readonly named: boolean; readonly imaged: boolean };

/** By `schema.table` and verdict. */
export type RunRecord = ReadonlyMap<string, ReadonlyMap<Verdict, RecordedRows>>;

/** The ledger file into the session, held against the hash that the log has of it: nobody changed it since. */
export const readRecord = async (
  session: Session,
  file: { readonly sha256: string; readonly data: AsyncIterable<Uint8Array> },
  ledger: QualifiedName,
): Promise<RunRecord> => {
  const hash = createHash('sha256');
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of file.data) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await session.run(createRecord);
  await session.copyIn(copyRecord, hashed());
  if (hash.digest('hex') !== file.sha256)
    throw new Refusal(
      'LEDGER_FILE_ALTERED',
      `The ledger file ${file.sha256.slice(0, 12)}... is not what the log says it was. Restore the blob folder from a backup.`,
      {
        sha256: file.sha256,
      },
    );
  await session.run(createChunks(ledger));
  await session.run(dropRecord);
  const record = new Map<string, Map<Verdict, RecordedRows>>();
  for (const { table, verdict, rows, named, imaged } of await session.many<RecordRow>(countRecord)) {
    const verdicts = record.get(table) ?? new Map<Verdict, RecordedRows>();
    record.set(table, verdicts.set(verdict as Verdict, { rows: Number(rows), named, imaged }));
  }
  return record;
};

/** One row for each row of the table that the run touched so. */
export const unfold = async (session: Session, table: QualifiedName & { readonly index: number }, verdict: Verdict): Promise<void> => {
  await session.run(createRecorded(table, table.index, verdict));
  await session.run(analyzeTemporary(recordedName(table.index, verdict)));
};

/** Between two runs. */
export const forgetRun = async (session: Session): Promise<void> => {
  const found = await session.many<{ name: string }>(temporaryTables);
  if (found.length > 0) await session.run(dropTemporary(found.map(({ name }) => name)));
};
