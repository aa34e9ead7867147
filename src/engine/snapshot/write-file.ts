import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { tableId } from '../../domain/catalogue/catalogue.ts';
import { sourceText } from '../../domain/snapshot/fingerprint.ts';
import { areSameRows, type Segment } from '../../domain/snapshot/segments.ts';
import type { Source } from '../../domain/snapshot/source.ts';
import { crashPoint } from '../../infra/crash-point.ts';
import { createNewFile, openOldFile, type NewFile, type OldFile } from '../../infra/snapshot/new-file.ts';
import type { FileState, SourceState } from '../../infra/snapshot/state-file.ts';
import { buildSource, type Reader } from './build-source.ts';
import { lookAt, type Look } from './look.ts';
import type { SnapshotFilePlan } from './render.ts';

export type FileTask = {
  readonly reader: Reader;
  readonly folder: string;
  /** Of the database, for the fingerprints. */
  readonly surroundings: string;
  readonly changed?: ReadonlySet<string>;
};

/** A file after a look at the database: as it was, or written and waiting to be published. */
export type FileOutcome = {
  readonly name: string;
  /** In which something differed. */
  readonly tables: readonly string[];
  readonly state: FileState;
  readonly file?: NewFile;
};

/** Of a file that is not there, or not the one that the state names, nothing is believed. */
export const writeFile = async (task: FileTask, plan: SnapshotFilePlan, state: FileState | undefined): Promise<FileOutcome> => {
  const old = state === undefined ? undefined : await openOldFile(join(task.folder, plan.name), state.stamp);
  try {
    const known = state !== undefined && old !== undefined ? { state, old } : undefined;
    return await look(task, plan, known);
  } finally {
    await old?.close();
  }
};

/** Of all that the text depends on besides the rows. */
export const fingerprintOf = ({ surroundings }: FileTask, source: Source): string =>
  createHash('sha256')
    .update(`${surroundings}\n${sourceText(source)}`)
    .digest('base64url');

/** Until the file is published it has no time. */
export const unpublished = (size: number): FileState['stamp'] => ({ size, modified: '', inode: '' });

type Known = { readonly state: FileState; readonly old: OldFile };
type Looked = { readonly source: Source; readonly fingerprint: string; readonly before: readonly Segment[] } & Look;

const look = async (task: FileTask, plan: SnapshotFilePlan, known: Known | undefined): Promise<FileOutcome> => {
  const looked: Looked[] = [];
  let isChanged = known === undefined || known.state.sources.length !== plan.sources.length;
  for (const [at, source] of plan.sources.entries()) {
    const fingerprint = fingerprintOf(task, source);
    const stored = known?.state.sources[at];
    const isKnown = stored?.fingerprint === fingerprint;
    const before = isKnown ? stored.segments : [];
    const found = await lookAt(task.reader, source, before, task.changed);
    if (!isKnown || found.plan.nodes.size > 0) isChanged = true;
    looked.push({ source, fingerprint, before, ...found });
  }
  if (known !== undefined && !isChanged) return { name: plan.name, tables: [], state: known.state };
  return build(task, plan, looked, known);
};

const build = async (task: FileTask, plan: SnapshotFilePlan, looked: readonly Looked[], known: Known | undefined): Promise<FileOutcome> => {
  const tables = [...new Set(looked.flatMap(({ source, plan: { nodes } }) => [...nodes].flatMap((node) => source.nodes[node]?.table ?? []).map(tableId)))];
  const rows = looked.reduce((all, each) => all + each.plan.rows.reduce((sum, count) => sum + count, 0), 0);
  const file = await createNewFile(join(task.folder, dirname(plan.name)));
  try {
    const { sources, isSame } = await fill(file, task, { plan, looked, known });
    // Rows that were read beside those that changed are others, too: whoever said what changed does not know it yet.
    if (looked.some(({ unasked, before }, at) => !areSameRows(unasked, before, sources[at]?.segments ?? []))) {
      await file.discard();
      const { changed: _incomplete, ...whole } = task;
      return await look(whole, plan, known);
    }
    if (isSame && known !== undefined) {
      await file.discard();
      return { name: plan.name, tables: [], state: { ...known.state, sources } };
    }
    const { bytes, sha256 } = await file.finish();
    crashPoint('snapshot.written');
    return { name: plan.name, tables, file, state: { stamp: unpublished(bytes), sha256, rows, sources } };
  } catch (error) {
    await file.discard();
    throw error;
  }
};

type Filling = { readonly plan: SnapshotFilePlan; readonly looked: readonly Looked[]; readonly known: Known | undefined };
type Filled = { readonly sources: readonly SourceState[]; readonly isSame: boolean };

const fill = async (file: NewFile, { reader }: FileTask, { plan, looked, known }: Filling): Promise<Filled> => {
  const sources: SourceState[] = [];
  let isSame = known !== undefined && known.state.sources.length === looked.length;
  const write = (text: string): Promise<void> => file.write(Buffer.from(text));
  await write(plan.head(looked.map((each) => each.plan)));
  for (const [at, { source, fingerprint, before, plan: parts }] of looked.entries()) {
    await write(plan.before(source));
    const built = await buildSource({ reader, file, before, ...(known === undefined ? {} : { old: known.old }) }, source, parts);
    await write(plan.after(source, built.segments.length === 0));
    isSame &&= built.isSame && known?.state.sources[at]?.fingerprint === fingerprint;
    sources.push({ name: source.name, fingerprint, segments: built.segments });
  }
  await write(plan.tail);
  // Of a file that stays, its segments are where they were: only the state of its rows is another.
  const offsets = known?.state.sources.map(({ segments }) => segments.map(({ offset }) => offset));
  return { isSame, sources: isSame && offsets !== undefined ? sources.map((source, at) => moved(source, offsets[at] ?? [])) : sources };
};

const moved = ({ segments, ...source }: SourceState, offsets: readonly number[]): SourceState => ({
  ...source,
  segments: segments.map((segment, at) => ({ ...segment, offset: offsets[at] ?? segment.offset })),
});
