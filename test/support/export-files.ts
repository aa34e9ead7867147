import { exportNested, type ExportNestedOptions } from '../../src/engine/export/export-nested.ts';
import { exportFiles, type ExportFilesOptions } from '../../src/engine/export/export-files.ts';
import { tableId } from '../../src/domain/catalogue/catalogue.ts';
import { openSession } from '../../src/infra/postgres/session.ts';

const asked = () => ({
  settings: {},
  identity: { databaseId: 'D1', name: 'source', systemIdentifier: '1', oid: 1 },
  timestamp: '2026-01-01T00:00:00.000Z',
  signal: new AbortController().signal,
  progress: () => undefined,
});

/** Each table of an export as text, by `schema.table`, in the order in which they were written: parents first. */
export const filesOf = async (url: string, options: Partial<ExportFilesOptions> = {}): Promise<ReadonlyMap<string, string>> => {
  const session = await openSession(url, { purpose: 'test export' });
  const files = new Map<string, string>();
  try {
    await exportFiles(session, {
      ...asked(),
      format: 'csv',
      safe: false,
      references: 'id',
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

/** A nested export as text, and what was counted on the way. */
export const documentOf = async (
  url: string,
  options: Partial<ExportNestedOptions> = {},
): Promise<{ readonly text: string; readonly counts: Readonly<Record<string, number>> }> => {
  const session = await openSession(url, { purpose: 'test export' });
  const chunks: Uint8Array[] = [];
  try {
    const { tables } = await exportNested(session, {
      ...asked(),
      references: 'id',
      ...options,
      store: async (bytes) => {
        for await (const chunk of bytes) chunks.push(Buffer.from(chunk));
      },
    });
    return { text: Buffer.concat(chunks).toString('utf8'), counts: Object.fromEntries(tables.map(({ table, rows }) => [tableId(table), rows])) };
  } finally {
    await session.close();
  }
};
