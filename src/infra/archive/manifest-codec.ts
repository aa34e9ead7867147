import { z } from 'zod';
import { folderOf, formatVersion } from './format.ts';
import type { ArchiveSummary, Manifest } from './manifest.ts';
import { corrupt, newer, unsupported } from './refusals.ts';

/**
 * `index.json` and `summary.json` come from outside: their shape is checked once, here. Fields that a later minor
 * version adds are kept (`looseObject`), so that an archive passes through unharmed.
 */
const strings = z.array(z.string());
const qualifiedName = z.looseObject({ schema: z.string().min(1), name: z.string().min(1) });
const key = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('natural'), columns: strings.min(1), surrogate: strings }),
  z.looseObject({ kind: z.literal('origin'), surrogate: strings }),
  z.looseObject({ kind: z.literal('image') }),
]);
const leaf = z.looseObject({ name: z.string(), path: strings, column: z.string(), type: z.string() });
const companion = z.looseObject({ reference: z.string(), parent: qualifiedName, leaves: z.array(leaf).min(1) });
const manifestTable = z.looseObject({
  schema: z.string().min(1),
  name: z.string().min(1),
  key,
  columns: strings,
  companions: z.array(companion),
  origin: z.looseObject({ database: z.string(), key: z.string() }).optional(),
  ownIds: z.literal(true).optional(),
});
const column = z.looseObject({
  name: z.string(),
  attnum: z.number(),
  type: z.string(),
  typeKind: z.string(),
  overComposite: z.boolean(),
  notNull: z.boolean(),
  baseType: z.string(),
});
const unique = z.looseObject({ name: z.string(), columns: strings, immediate: z.boolean(), nullsNotDistinct: z.boolean(), equality: z.array(qualifiedName) });
const reference = z.looseObject({
  name: z.string(),
  columns: strings,
  parent: qualifiedName,
  parentColumns: strings,
  match: z.string(),
  equality: z.array(qualifiedName),
});
const table = z.looseObject({
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  columns: z.array(column),
  uniques: z.array(unique),
  checks: z.array(z.looseObject({ name: z.string() })),
  references: z.array(reference),
  triggers: z.array(z.looseObject({ name: z.string() })),
});
const catalogue = z.looseObject({
  serverVersion: z.number(),
  encoding: z.string(),
  tables: z.array(table),
  sequences: z.array(z.looseObject({ schema: z.string(), name: z.string() })),
  unsupported: z.array(z.looseObject({ object: z.string(), reason: z.string() })),
});
const takenIn = z.looseObject({
  run: z.string(),
  at: z.string(),
  archive: z.looseObject({ sha256: z.string(), databaseId: z.string(), run: z.string().optional() }),
  tables: strings.optional(),
  exceptions: z.record(z.string(), z.union([z.literal('all'), strings])).optional(),
  leftColumns: z.record(z.string(), strings).optional(),
});
const lineage = z.looseObject({ run: z.string().optional(), tookIn: z.array(takenIn), otherRuns: strings.optional() });
const manifest = z.looseObject({
  metadata: z.looseObject({ timestamp: z.string(), database: z.string(), version: z.string(), generator: z.string() }),
  entities: strings,
  files: z.record(z.string(), z.string()),
  source: z.looseObject({ databaseId: z.string(), name: z.string(), systemIdentifier: z.string(), oid: z.number() }),
  lineage: lineage.default({ tookIn: [] }),
  complete: z.boolean(),
  partial: strings.optional(),
  catalogue,
  tables: z.array(manifestTable),
  notCarried: z.array(z.looseObject({ object: z.string(), reason: z.string() })),
});
const count = z.number().int().nonnegative();
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const summary = z.looseObject({
  tables: z.array(z.looseObject({ table: z.string(), rows: count, bytes: count, sha256: hash, segments: count })),
  manifestSha256: hash,
});

const parseJson = (bytes: Buffer, entry: string): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw corrupt(`${entry} is no JSON`);
  }
};

const firstProblem = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return issue === undefined ? 'its shape is wrong' : `${issue.path.join('.').slice(0, 100)}: ${issue.message.slice(0, 200)}`;
};

const versionShape = z.looseObject({ metadata: z.looseObject({ version: z.string() }) });

/** The parsed `index.json` and the layout it says it has; a newer one is refused before its shape is looked at. */
export const readIndex = (bytes: Buffer): { readonly layout: '1.0.0' | '2.0.0'; readonly json: unknown } => {
  const json = parseJson(bytes, 'index.json');
  const found = versionShape.safeParse(json);
  if (!found.success) throw unsupported('its index.json names no format version', 'Use a file that `waybill export` wrote.');
  const { version } = found.data.metadata;
  const major = /^(\d{1,6})\.\d{1,6}\.\d{1,6}$/.exec(version)?.[1];
  if (major === '1') return { layout: '1.0.0', json };
  if (major === '2') return { layout: '2.0.0', json };
  if (major !== undefined && Number(major) > 2) throw newer(version, formatVersion);
  throw unsupported(`its format version is ${JSON.stringify(version.slice(0, 40))}`, `This Waybill reads 1.0.0 and ${formatVersion}.`);
};

export const readManifest = (json: unknown): Manifest => {
  const found = manifest.safeParse(json);
  if (!found.success) throw corrupt(`index.json is malformed at ${firstProblem(found.error)}`);
  const read = found.data as unknown as Manifest;
  const names = read.tables.map((each) => `${each.schema}.${each.name}`);
  if (new Set(names).size !== names.length) throw corrupt('index.json lists a table twice');
  if (names.length !== read.entities.length || names.some((name, index) => read.entities[index] !== name || read.files[name] !== folderOf(index + 1))) {
    throw corrupt('index.json disagrees with itself about tables and folders');
  }
  const described = new Set(read.catalogue.tables.map((each) => `${each.schema}.${each.name}`));
  const stray = names.find((name) => !described.has(name));
  if (stray !== undefined) throw corrupt(`index.json does not describe the table ${JSON.stringify(stray.slice(0, 100))}`);
  return read;
};

export const readSummary = (bytes: Buffer): ArchiveSummary => {
  const found = summary.safeParse(parseJson(bytes, 'summary.json'));
  if (!found.success) throw corrupt(`summary.json is malformed at ${firstProblem(found.error)}`);
  return found.data;
};
