import type { KeyRange, Part, Segment, SegmentPlan } from '../../domain/snapshot/segments.ts';
import type { Source } from '../../domain/snapshot/source.ts';
import { Defect } from '../../domain/refusal.ts';
import type { Session } from '../../infra/postgres/session.ts';
import type { NewFile, OldFile } from '../../infra/snapshot/new-file.ts';
import { stoppable } from '../export/stoppable.ts';
import { createRowParser } from './binary-rows.ts';
import { createComposer, type Composing } from './compose.ts';
import { copyRows } from './rows.sql.ts';

export type SegmentSize = { readonly rows: number; readonly bytes: number };
export const segmentSize: SegmentSize = { rows: 1000, bytes: 256 * 1024 };

/** What is asked of PostgreSQL, and how much came. */
export type Reader = { readonly session: Session; readonly signal: AbortSignal; readonly segment: SegmentSize; bytesRead: number };

export type Built = {
  readonly segments: readonly Segment[];
  /** Whether the text is what it was: rows that were written again with the values that they had. */
  readonly isSame: boolean;
};

export type Building = { readonly reader: Reader; readonly file: NewFile; readonly old?: OldFile; readonly before: readonly Segment[] };

/** The text of a source at the end of a file: what stays is copied from the file of before, the rest asked for. */
export const buildSource = async (building: Building, source: Source, plan: SegmentPlan): Promise<Built> => {
  const segments: Segment[] = [];
  let same = 0;
  for (const part of plan.parts) {
    const made =
      part.kind === 'kept'
        ? await keep(building, source, { part, isFirst: segments.length === 0 })
        : await readPart(building, source, part, segments.length === 0);
    segments.push(...made);
    if (part.kind === 'read' && isSameText(made, building.before.slice(part.first, part.end))) same += part.end - part.first;
    if (part.kind === 'kept') same += part.end - part.first;
  }
  const [first, ...others] = segments;
  const open = first === undefined ? [] : [withoutFrom(first), ...others];
  return { segments: open, isSame: building.old !== undefined && same === building.before.length && segments.length === same };
};

/** The first one has every row before the second. */
export const withoutFrom = ({ from: _from, ...segment }: Segment): Segment => segment;

const isSameText = (made: readonly Segment[], before: readonly Segment[]): boolean =>
  made.length === before.length && made.every(({ hash, bytes }, at) => before[at]?.hash === hash && before[at].bytes === bytes);

type Keeping = { readonly part: Extract<Part, { kind: 'kept' }>; readonly isFirst: boolean };

const keep = async ({ file, old, before }: Building, { format }: Source, { part, isFirst }: Keeping): Promise<readonly Segment[]> => {
  const kept = before.slice(part.first, part.end);
  const [first, last] = [kept[0], kept.at(-1)];
  if (old === undefined || first === undefined || last === undefined) throw new Defect('There is no file to keep segments of');
  if (format === 'json' && !isFirst) await file.write(Buffer.from(','));
  const shift = file.offset - first.offset;
  await file.copy(old, first.offset, last.offset + last.bytes - first.offset);
  return kept.map((segment) => ({ ...segment, offset: segment.offset + shift }));
};

const readPart = async (
  { reader, file, before }: Building,
  source: Source,
  { first, end, range }: { readonly first: number; readonly end: number; readonly range: KeyRange },
  isFirst: boolean,
): Promise<readonly Segment[]> => {
  // One that grew is cut when it is twice as large, or each new row would leave a small one behind.
  const times = before.length > 0 && end - first === 1 ? 2 : 1;
  const limit = source.format === 'csv' ? { rows: reader.segment.rows * times, bytes: Infinity } : { rows: Infinity, bytes: reader.segment.bytes * times };
  return readRows(reader, { source, offset: file.offset, isFirst, limit, ...(range.from === undefined ? {} : { from: range.from }) }, { file, range });
};

/** Rows of a range as text, at the end of a file. */
export const readRows = async (
  reader: Reader,
  composing: Composing,
  { file, range }: { readonly file: NewFile; readonly range: KeyRange },
): Promise<readonly Segment[]> => {
  const composer = createComposer(composing);
  await feed(reader, composing.source, range, { parse: createRowParser(composer), flush: async () => writeAll(file, composer.take()) });
  const { text, segments } = composer.end();
  await writeAll(file, text);
  return segments;
};

type Feeding = { readonly parse: (chunk: Uint8Array) => void; readonly flush: () => Promise<void> };

const feed = async (reader: Reader, source: Source, range: KeyRange, { parse, flush }: Feeding): Promise<void> => {
  for await (const chunk of stoppable(reader.session.copyOut(copyRows(source, range)), reader.session, reader.signal)) {
    reader.bytesRead += chunk.byteLength;
    parse(chunk);
    await flush();
  }
};

const writeAll = async (file: NewFile, blocks: readonly Uint8Array[]): Promise<void> => {
  for (const block of blocks) await file.write(block);
};
