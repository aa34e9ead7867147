import type { WriteOptions } from '../../../src/infra/archive/tar-writer.ts';
import { createArchiveWriter, type WrittenArchive } from '../../../src/infra/archive/write-archive.ts';
import { openArchive, type OpenOptions } from '../../../src/infra/archive/read-archive.ts';
import { folderOf } from '../../../src/infra/archive/format.ts';
import type { Manifest, ManifestTable } from '../../../src/infra/archive/manifest.ts';
import type { Table } from '../../../src/domain/catalogue/catalogue.ts';

/** Tables by name with their COPY text, as small as a test reads well. */
export type Sample = Readonly<Record<string, string>>;

const described = (name: string): Table => ({
  schema: 'public',
  name,
  kind: 'table',
  persistence: 'permanent',
  columns: [{ name: 'id', attnum: 1, type: 'integer', typeKind: 'base', overComposite: false, notNull: true, baseType: 'integer' }],
  uniques: [],
  checks: [],
  references: [],
  unforeseeable: [],
  triggers: [],
  rules: [],
  rowSecurity: 'none',
  owned: true,
  inherits: [],
  estimatedRows: 0,
});

export const sampleManifest = (names: readonly string[]): Manifest => {
  const tables: ManifestTable[] = names.map((name) => ({ schema: 'public', name, key: { kind: 'image' }, columns: ['id'], companions: [] }));
  return {
    metadata: { timestamp: '2026-01-01T00:00:00.000Z', database: 'sample', version: '2.0.0', generator: 'test' },
    entities: names.map((name) => `public.${name}`),
    files: Object.fromEntries(names.map((name, index) => [`public.${name}`, folderOf(index + 1)])),
    source: { databaseId: 'd1', name: 'sample', systemIdentifier: '1', oid: 1 },
    lineage: { tookIn: [] },
    complete: true,
    catalogue: { serverVersion: 180004, encoding: 'UTF8', tables: names.map(described), sequences: [], unsupported: [] },
    tables,
    notCarried: [],
  };
};

async function* chunks(text: string): AsyncGenerator<Buffer> {
  if (text !== '') yield Buffer.from(text);
}

export const writeSample = async (path: string, sample: Sample, options: Partial<WriteOptions> = {}): Promise<WrittenArchive> => {
  const manifest = sampleManifest(Object.keys(sample));
  const writer = await createArchiveWriter(path, { compression: 'zstd', recipients: [], ...options });
  await writer.begin(manifest);
  for (const table of manifest.tables) await writer.table(table, chunks(sample[table.name] ?? ''));
  return writer.finish();
};

export const readSample = async (path: string, options: OpenOptions = {}): Promise<Sample> => {
  const archive = await openArchive(path, options);
  const found: Record<string, string> = {};
  try {
    for await (const part of archive.parts()) {
      const read: Buffer[] = [];
      for await (const chunk of part.data) read.push(chunk);
      found[part.table.name] = Buffer.concat(read).toString();
    }
  } finally {
    await archive.close();
  }
  return found;
};
