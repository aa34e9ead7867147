import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { tableId } from '../../domain/catalogue/catalogue.ts';
import { areSameRows, type Key, type Part, type Segment } from '../../domain/snapshot/segments.ts';
import type { Source } from '../../domain/snapshot/source.ts';
import { createNewFile, openOldFile, type OldFile } from '../../infra/snapshot/new-file.ts';
import type { FileState } from '../../infra/snapshot/state-file.ts';
import { readRows, withoutFrom } from './build-source.ts';
import { lookAt } from './look.ts';
import { fingerprintOf, unpublished, type FileOutcome, type FileTask } from './write-file.ts';

/** A file for each root: its name, what the state says of it, and its one segment, with its key. */
type Root = { readonly name: string; readonly state: FileState; readonly segment: Segment };

type Roots = { readonly source: Source; readonly folder: string; readonly fingerprint: string };

/** Each row of the leading table, with all that stands inside, as a file of its own: `<folder>/<key>.json`. */
export const writeRoots = async (
  task: FileTask,
  { source, folder }: Omit<Roots, 'fingerprint'>,
  files: ReadonlyMap<string, FileState>,
): Promise<readonly FileOutcome[]> => {
  const roots: Roots = { source, folder, fingerprint: fingerprintOf(task, source) };
  const known = rootsIn(files, roots);
  const intact = await Promise.all(known.map((root) => isIntact(task.folder, root)));
  const before = known.map(({ segment }, at) => (intact[at] === true ? segment : broken(segment)));
  const [first, ...others] = before;
  const { plan, unasked } = await lookAt(
    task.reader,
    source,
    first === undefined ? [] : [withoutFrom(first), ...others],
    intact.every(Boolean) ? task.changed : undefined,
  );
  const tables = [...plan.nodes].flatMap((node) => source.nodes[node]?.table ?? []).map(tableId);
  const outcomes: FileOutcome[] = [];
  try {
    for (const part of plan.parts) {
      const those = known.slice(part.first, part.end);
      const whole = new Map(those.flatMap((root, at) => (intact[part.first + at] === true ? [[root.name, root] as const] : [])));
      if (part.kind === 'kept') outcomes.push(...those.map(({ name, state }) => ({ name, state, tables: [] })));
      else outcomes.push(...(await readPart(task, roots, { part, tables, before: whole })));
    }
  } catch (error) {
    for (const { file } of outcomes) await file?.discard();
    throw error;
  }
  const after = outcomes.flatMap(({ state }) => state.sources[0]?.segments ?? []);
  if (areSameRows(unasked, before, after)) return outcomes;
  // Rows that were read beside those that changed are others, too: whoever said what changed does not know it yet.
  for (const { file } of outcomes) await file?.discard();
  const { changed: _incomplete, ...whole } = task;
  return writeRoots(whole, { source, folder }, files);
};

/** Of a file that is not there any more, nothing is as it was. */
const broken = (segment: Segment): Segment => ({ ...segment, tallies: segment.tallies.map(() => ({ rows: -1, digest: '' })) });

const rootsIn = (files: ReadonlyMap<string, FileState>, { folder, fingerprint }: Roots): readonly Root[] =>
  [...files].flatMap(([name, state]) => {
    const [source] = state.sources;
    const [segment] = source?.segments ?? [];
    return name.startsWith(`${folder}/`) && source?.fingerprint === fingerprint && segment !== undefined ? [{ name, state, segment }] : [];
  });

const isIntact = async (folder: string, { name, state }: Root): Promise<boolean> => {
  const found = await openOldFile(join(folder, name), state.stamp);
  await found?.close();
  return found !== undefined;
};

type Reading = {
  readonly part: Extract<Part, { kind: 'read' }>;
  readonly tables: readonly string[];
  /** Files that are as they were written, by their names. */
  readonly before: ReadonlyMap<string, Root>;
};

const readPart = async (task: FileTask, roots: Roots, { part, tables, before }: Reading): Promise<readonly FileOutcome[]> => {
  const { reader, folder } = task;
  const { source } = roots;
  const outcomes: FileOutcome[] = [];
  const all = await createNewFile(folder);
  try {
    const segments = await readRows(
      reader,
      { source, offset: 0, isFirst: true, from: 'own', limit: { rows: 1, bytes: Infinity } },
      { file: all, range: part.range },
    );
    await all.finish();
    const text = await all.reread();
    try {
      for (const segment of segments) outcomes.push(await writeRoot(task, roots, { text, segment, tables, before }));
    } finally {
      await text.close();
    }
    return outcomes;
  } catch (error) {
    for (const { file } of outcomes) await file?.discard();
    throw error;
  } finally {
    await all.discard();
  }
};

type Writing = Pick<Reading, 'tables' | 'before'> & { readonly text: OldFile; readonly segment: Segment };

const writeRoot = async ({ folder }: FileTask, roots: Roots, { text, segment, tables, before }: Writing): Promise<FileOutcome> => {
  const name = `${roots.folder}/${nameOfKey(segment.from ?? [])}.json`;
  const sources = [{ name: roots.source.name, fingerprint: roots.fingerprint, segments: [{ ...segment, offset: 0 }] }];
  const known = before.get(name);
  if (known?.segment.hash === segment.hash && known.segment.bytes === segment.bytes) return { name, tables: [], state: { ...known.state, sources } };
  const file = await createNewFile(join(folder, dirname(name)));
  try {
    // Each root's text begins with the line break that parts it from the one before.
    await file.copy(text, segment.offset + 1, segment.bytes - 1);
    await file.write(Buffer.from('\n'));
    const { bytes, sha256 } = await file.finish();
    const rows = segment.tallies.reduce((sum, tally) => sum + tally.rows, 0);
    return { name, tables, file, state: { stamp: unpublished(bytes), sha256, rows, sources } };
  } catch (error) {
    await file.discard();
    throw error;
  }
};

/** Numbers and UUIDs as they are; any other key gets what a file system takes, and a hash of the rest. */
const nameOfKey = (key: Key): string => {
  const text = key.join(',');
  if (key.every((part) => /^[a-z0-9][a-z0-9_-]*$/.test(part)) && text.length <= 100 && !/^(?:con|prn|aux|nul|com\d|lpt\d)$/.test(text)) return text;
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 16);
  return `${text
    .toWellFormed()
    .replace(/[^\p{L}\p{N}_,-]+/gu, '_')
    .slice(0, 40)
    .toWellFormed()}~${hash}`;
};
