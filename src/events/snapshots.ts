import type { Metadata, SnapshotEvent } from '../domain/run/events.ts';
import { toAppend } from './commands.ts';
import type { StoreContext } from './context.ts';
import { earlierAnswer, execute, type CommandCall, type Decision, type Positioned } from './execute.ts';
import { newId } from './log/append.ts';

type Written = Extract<SnapshotEvent, { readonly type: 'SnapshotWritten' }>['data'];
type Failed = Extract<SnapshotEvent, { readonly type: 'SnapshotFailed' }>['data'];
export type { Written as SnapshotReport };

type SnapshotFile = { readonly name: string; readonly bytes: number; readonly sha256: string; readonly rows: number; readonly written: boolean };
export type SnapshotAsked = { readonly database: string; readonly full: boolean };
/** What whoever asked for a snapshot is told. */
export type SnapshotAnswer = {
  readonly database: string;
  /** Of very many the first, those that were written before the others. */
  readonly files: readonly SnapshotFile[];
  readonly fileCount: number;
  readonly writtenCount: number;
  readonly tables: readonly string[];
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly milliseconds: number;
};

type TakenOnRequest = Omit<SnapshotAnswer, 'database' | 'fileCount' | 'writtenCount'>;

const most = 1000;

/** An event is read by people: of very many names the first, and how many more. */
const bounded = ({ files, tables, ...rest }: Written): Written => {
  const more = Math.max(0, files.length - most) + Math.max(0, tables.length - most);
  return { ...rest, tables: tables.slice(0, most), files: files.slice(0, most), ...(more === 0 ? {} : { more }) };
};

const deciding = <Answer extends object>(event: SnapshotEvent, answer: Answer, meta: Metadata): Decision<Answer> => {
  const stream = `snapshot-${newId()}`;
  return { events: toAppend(stream, [event], meta), expected: { [stream]: { kind: 'none' } }, answer, standsAt: 0 };
};

const written = (report: Written): SnapshotEvent => ({ type: 'SnapshotWritten', data: bounded(report) });
const callOf = (asked: SnapshotAsked, meta: Metadata, idempotencyKey: string | undefined): CommandCall => ({
  name: 'take snapshot',
  input: asked,
  meta,
  idempotencyKey,
});

/** Snapshots, each one event; one that found nothing changed says nothing. */
export const createSnapshotStore = (context: StoreContext) => ({
  snapshotWritten: (report: Written, meta: Metadata): Promise<Positioned> =>
    execute(context, { name: 'record snapshot', input: report, meta }, async () => deciding(written(report), {}, meta)),
  snapshotFailed: (failure: Failed, meta: Metadata): Promise<Positioned> =>
    execute(context, { name: 'record snapshot', input: failure, meta }, async () => deciding({ type: 'SnapshotFailed', data: failure }, {}, meta)),
  /** What was answered under that key; the snapshot itself is taken before it is recorded. */
  snapshotTakenBefore: (asked: SnapshotAsked, meta: Metadata, key?: string): Promise<(SnapshotAnswer & Positioned) | undefined> =>
    earlierAnswer<SnapshotAnswer>(context, callOf(asked, meta, key)),
  /** Of a snapshot that changed nothing only the answer is kept. */
  snapshotTaken: (asked: SnapshotAsked, taken: TakenOnRequest, meta: Metadata, key?: string): Promise<SnapshotAnswer & Positioned> =>
    execute(context, callOf(asked, meta, key), async () => {
      const { files: all, ...facts } = taken;
      const files = all.flatMap(({ written: isWritten, ...file }) => (isWritten ? [file] : []));
      const first = all.toSorted((one, other) => Number(other.written) - Number(one.written)).slice(0, most);
      const answer = { database: asked.database, ...facts, files: first, fileCount: all.length, writtenCount: files.length };
      if (files.length === 0) return { events: [], expected: {}, answer, standsAt: 0 };
      return deciding(written({ database: asked.database, by: 'request', ...facts, files }), answer, meta);
    }),
});
