import type { Metadata, SnapshotEvent } from '../domain/run/events.ts';
import { toAppend } from './commands.ts';
import type { StoreContext } from './context.ts';
import { execute, type Positioned } from './execute.ts';
import { newId } from './log/append.ts';

type Written = Extract<SnapshotEvent, { readonly type: 'SnapshotWritten' }>['data'];
type Failed = Extract<SnapshotEvent, { readonly type: 'SnapshotFailed' }>['data'];

export type { Failed as SnapshotFailure, Written as SnapshotReport };

const most = 1000;

/** An event is read by people: of very many names the first, and how many more. */
const bounded = ({ files, tables, ...rest }: Written): Written => {
  const more = Math.max(0, files.length - most) + Math.max(0, tables.length - most);
  return { ...rest, tables: tables.slice(0, most), files: files.slice(0, most), ...(more === 0 ? {} : { more }) };
};

/** Snapshots, each one event; one that found nothing changed says nothing. */
export const createSnapshotStore = (context: StoreContext) => {
  const append = (event: SnapshotEvent, meta: Metadata): Promise<Positioned> =>
    execute(context, { name: 'record snapshot', input: event.data, meta }, async () => {
      const stream = `snapshot-${newId()}`;
      return { events: toAppend(stream, [event], meta), expected: { [stream]: { kind: 'none' } }, answer: {}, standsAt: 0 };
    });
  return {
    snapshotWritten: (report: Written, meta: Metadata): Promise<Positioned> => append({ type: 'SnapshotWritten', data: bounded(report) }, meta),
    snapshotFailed: (failure: Failed, meta: Metadata): Promise<Positioned> => append({ type: 'SnapshotFailed', data: failure }, meta),
  };
};
