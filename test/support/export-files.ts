import { exportFiles, type ExportFilesOptions } from '../../src/engine/export/export-files.ts';
import { tableId } from '../../src/domain/catalogue/catalogue.ts';
import { openSession } from '../../src/infra/postgres/session.ts';

/** Each table of an export as text, by `schema.table`, in the order in which they were written: parents first. */
export const filesOf = async (url: string, options: Partial<ExportFilesOptions> = {}): Promise<ReadonlyMap<string, string>> => {
  const session = await openSession(url, { purpose: 'test export' });
  const files = new Map<string, string>();
  try {
    await exportFiles(session, {
      settings: {},
      identity: { databaseId: 'D1', name: 'source', systemIdentifier: '1', oid: 1 },
      timestamp: '2026-01-01T00:00:00.000Z',
      signal: new AbortController().signal,
      format: 'csv',
      safe: false,
      references: 'id',
      progress: () => undefined,
      ...options,
      store: async (table, bytes) => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of bytes) chunks.push(chunk);
        const whole = Buffer.concat(chunks);
        files.set(tableId(table), whole.toString('utf8'));
        return { bytes: whole.byteLength };
      },
    });
    return files;
  } finally {
    await session.close();
  }
};
