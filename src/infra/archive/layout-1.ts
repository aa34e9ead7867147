import { tableId } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import type { Issue } from '../../domain/issue.ts';
import { Defect } from '../../domain/refusal.ts';
import { createCopyTally } from './copy-tally.ts';
import type { ExpandedFile } from './expand.ts';
import { manifestEntry, type ArchiveLimits } from './format.ts';
import { readEntity, type EntityEvent } from './layout-1-entities.ts';
import { describeTable, layout1Manifest, originOf, readLayout1Index, type Layout1Index } from './layout-1-manifest.ts';
import { createRowEncoder, isLeftover, leftoverTable, parseRow, type Leftovers, type RowEncoder } from './layout-1-rows.ts';
import type { ArchiveSummary } from './manifest.ts';
import type { ArchivePart, OpenArchive } from './read-archive.ts';
import { escaped, forbidden, incomplete } from './refusals.ts';
import { readTarEntries } from './tar-entries.ts';

/**
 * The backup format before Waybill (reference 5): JSON per entity, junction tables inside their parents' files. What a
 * table looks like is known only when all files were seen, so the archive is read once to learn that, and again for the
 * rows; tables that are spread over several files come last, each with a reading of its own.
 */
export type Layout1Input = {
  /** Opens the file anew. */
  readonly reopen: () => Promise<ExpandedFile>;
  readonly json: unknown;
  readonly sha256: string;
  readonly limits: ArchiveLimits;
  readonly targets: readonly KeyedTable[];
};

type Place = { readonly file: string; readonly section: number };
type Survey = {
  readonly tables: ReadonlyMap<string, { readonly columns: Set<string>; readonly places: Place[] }>;
  readonly leftovers: Leftovers;
  readonly bytesTotal: number;
  readonly encrypted: boolean;
};

type Row = Place & { readonly text: string };

const placeId = ({ file, section }: Place): string => `${file}\0${section}`;

export const openLayout1 = async (input: Layout1Input): Promise<OpenArchive> => {
  const from = readLayout1Index(input.json);
  const survey = await takeSurvey(input, from);
  const described = [...survey.tables].map(([name, { columns, places }]) => ({ places, table: describeTable({ name, columns: [...columns] }, input.targets) }));
  const ordered = described.toSorted((a, b) => Number(a.places.length > 1) - Number(b.places.length > 1));
  const manifest = layout1Manifest(
    from,
    ordered.map(({ table }) => table),
  );
  const encoders: RowEncoder[] = [];
  const seen: ArchiveSummary['tables'][number][] = [];
  let current: ExpandedFile | undefined;
  let isDone = false;

  const [single, spread] = [ordered.filter(({ places }) => places.length === 1), ordered.filter(({ places }) => places.length > 1)];
  /** One reading of the file: the rows of these tables, each table's rows together. */
  const pass = async function* (tables: typeof ordered): AsyncGenerator<Row> {
    const wanted = new Set(tables.flatMap(({ places }) => places.map(placeId)));
    await current?.close();
    current = await input.reopen();
    for await (const row of readRows(current, from, input.limits)) if (wanted.has(placeId(row))) yield row;
  };
  const part = async function* (rows: Peekable, { table, places }: (typeof ordered)[number]): AsyncGenerator<ArchivePart> {
    const encoder = createRowEncoder(table, { origin: originOf(from), leftovers: survey.leftovers, once: places.length > 1 });
    encoders.push(encoder);
    const tally = createCopyTally();
    const data = copyText(rowsAt(rows, places), encoder, tally.add);
    yield { table: table.manifest, data: { [Symbol.asyncIterator]: () => ({ next: () => data.next() }) }, rows: () => tally.rows };
    for (let next = await data.next(); next.done !== true; next = await data.next());
    seen.push({ table: tableId(table.manifest), rows: tally.rows, bytes: tally.bytes, sha256: tally.sha256(), segments: places.length });
  };

  return {
    layout: '1.0.0',
    manifest,
    encrypted: survey.encrypted,
    bytesTotal: survey.bytesTotal,
    bytesRead: () => current?.bytesRead() ?? 0,
    parts: async function* () {
      const shared = { rows: pass(single) };
      for (const each of single) yield* part(shared, each);
      // Files without any table that is read in this pass are read to the end too: they may be damaged.
      for (let next = await shared.rows.next(); next.done !== true; next = await shared.rows.next());
      for (const each of spread) yield* part({ rows: pass([each]) }, each);
      isDone = true;
    },
    summary: () => {
      if (!isDone) throw new Defect('The summary of an archive is known only after its parts');
      return { tables: seen, manifestSha256: input.sha256 };
    },
    issues: () => encoders.flatMap((encoder): readonly Issue[] => encoder.issues()),
    notes: () => encoders.flatMap((encoder) => encoder.notes()),
    close: async () => {
      await current?.close();
    },
  };
};

type Peekable = { readonly rows: AsyncGenerator<Row>; waiting?: Row };

/** Rows at the given places, up to the first one elsewhere. */
async function* rowsAt(source: Peekable, places: readonly Place[]): AsyncGenerator<string> {
  const wanted = new Set(places.map(placeId));
  for (;;) {
    const row = source.waiting ?? (await source.rows.next().then((next) => (next.done === true ? undefined : next.value)));
    delete source.waiting;
    if (row === undefined) return;
    if (!wanted.has(placeId(row))) {
      source.waiting = row;
      return;
    }
    yield row.text;
  }
}

const chunkCharacters = 64 * 1024;

async function* copyText(rows: AsyncIterable<string>, encoder: RowEncoder, seen: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  let gathered = '';
  const flush = (): Buffer => {
    const chunk = Buffer.from(gathered);
    gathered = '';
    seen(chunk);
    return chunk;
  };
  for await (const row of rows) {
    gathered += encoder.encode(row) ?? '';
    if (gathered.length >= chunkCharacters) yield flush();
  }
  if (gathered !== '') yield flush();
}

/** Everything in the files that index.json lists, in the order of the archive; other entries are refused, missing ones too. */
async function* readFiles(
  file: ExpandedFile,
  from: Layout1Index,
  limits: ArchiveLimits,
): AsyncGenerator<{ readonly file: string; readonly event: EntityEvent }> {
  const listed = new Set(Object.values(from.files));
  for await (const entry of readTarEntries(file.tar, limits)) {
    if (entry.name === manifestEntry) continue;
    if (!listed.delete(entry.name)) throw forbidden(entry.name, 'is not listed in index.json');
    for await (const event of readEntity(entry, limits)) yield { file: entry.name, event };
  }
  const [missing] = listed;
  if (missing !== undefined) throw incomplete(`the entry ${escaped(missing)} is missing`);
}

async function* readRows(file: ExpandedFile, from: Layout1Index, limits: ArchiveLimits): AsyncGenerator<Row> {
  for await (const { file: name, event } of readFiles(file, from, limits))
    if (event.kind === 'row') yield { file: name, section: event.section, text: event.text };
}

const takeSurvey = async (input: Layout1Input, from: Layout1Index): Promise<Survey> => {
  const file = await input.reopen();
  const sections = new Map<string, { readonly place: Place; readonly keys: Set<string>; readonly setup: Set<string>; table: string }>();
  try {
    for await (const { file: name, event } of readFiles(file, from, input.limits)) {
      const place = { file: name, section: event.section };
      const id = placeId(place);
      const section = sections.get(id);
      if (event.kind === 'rows') sections.set(id, { place, keys: new Set(), setup: new Set(), table: '' });
      else if (section === undefined) throw new Defect('A section of a file is named before it begins');
      else if (event.kind === 'row') lookAt(parseRow(event.text, name), section);
      else sections.set(id, { ...section, table: event.table, keys: new Set([...event.columns, ...section.keys]) });
    }
  } finally {
    await file.close();
  }
  const tables = new Map<string, { readonly columns: Set<string>; readonly places: Place[] }>();
  const ids = new Set<string>();
  for (const { table, place, keys, setup } of sections.values()) {
    const found = tables.get(table) ?? { columns: new Set(), places: [] };
    tables.set(table, found);
    found.places.push(place);
    for (const key of keys) found.columns.add(key);
    if (table === leftoverTable) for (const id of setup) ids.add(id);
  }
  return { tables, leftovers: { ids }, bytesTotal: file.bytesTotal, encrypted: file.encrypted };
};

/** The table's name may come after its rows, so rows that look left over are kept in mind for any table. */
const lookAt = (row: ReadonlyMap<string, string>, section: { readonly keys: Set<string>; readonly setup: Set<string> }): void => {
  for (const key of row.keys()) section.keys.add(key);
  const id = row.get('id');
  if (id !== undefined && isLeftover(leftoverTable, row)) section.setup.add(id);
};
