import { tableId } from '../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { nestTables } from '../../domain/catalogue/nesting.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Progress } from '../../domain/run/run.ts';
import type { Manifest } from '../../infra/archive/manifest.ts';
import type { Session } from '../../infra/postgres/session.ts';
import { copyNested, type NestedTable } from './copy-nested.sql.ts';
import { endSnapshot } from './copy-table.sql.ts';
import { columnsOf, type FileColumnsAsked } from './file-columns.ts';
import { createMeter } from './meter.ts';
import { createRowNester, type NestedNames, type RowNester } from './nest-rows.ts';
import { openSnapshot, type Snapshot, type SnapshotOptions } from './snapshot.ts';
import { stoppable } from './stoppable.ts';

export type ExportNestedOptions = Omit<SnapshotOptions, 'closed' | 'nested'> &
  FileColumnsAsked & {
    /** Takes the bytes of the document. */
    readonly store: (bytes: AsyncIterable<Uint8Array>) => Promise<unknown>;
    readonly progress: (progress: Progress) => void;
  };

export type ExportedDocument = {
  readonly manifest: Manifest;
  readonly tables: readonly { readonly table: KeyedTable; readonly rows: number; readonly bytes: number }[];
};

/** What the document says of itself, last, when it is known: a document that was cut off lacks it. */
const information = 'export_info';

/** The chosen tables of one snapshot as one JSON document, rows inside the rows that they belong to. When it fails, the session is good for nothing but `close`. */
export const exportNested = async (session: Session, options: ExportNestedOptions): Promise<ExportedDocument> => {
  const snapshot = await openSnapshot(session, { ...options, closed: false, nested: true });
  const nested = nestedOf(snapshot, options);
  if (nested.length === 0) throw new Refusal('NOTHING_TO_EXPORT', 'There is no table that could go into a document.');
  const names = namesOf(nested);
  const nester = createRowNester(names);
  const meter = createMeter(
    nested.map(({ table }) => table),
    nested.length,
    options.progress,
  );
  meter.start('');
  const copy = session.copyOut(copyNested(nested, snapshot.byId));
  const { database, timestamp } = snapshot.manifest.metadata;
  await options.store(
    written(stoppable(copy, session, options.signal), nester, {
      seen: (bytes) =>
        meter.seen(
          nester.counts().reduce((all, { rows }) => all + rows, 0),
          bytes,
        ),
      last: (counts) => ({
        name: information,
        value: { timestamp, database, ...Object.fromEntries(counts.map(({ rows }, index) => [`total_${names[index]?.outside}`, rows])) },
      }),
    }),
  );
  await session.run(endSnapshot);
  options.signal.throwIfAborted();
  return { manifest: snapshot.manifest, tables: nested.map(({ table }, index) => ({ table, ...(nester.counts()[index] ?? { rows: 0, bytes: 0 }) })) };
};

type Writing = { readonly seen: (bytes: number) => void; readonly last: Parameters<RowNester['end']>[0] };

async function* written(source: AsyncIterable<Uint8Array>, nester: RowNester, { seen, last }: Writing): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source) {
    const text = nester.feed(chunk);
    seen((bytes += text.byteLength));
    if (text.byteLength > 0) yield text;
  }
  yield nester.end(last);
}

const nestedOf = (snapshot: Snapshot, options: ExportNestedOptions): readonly NestedTable[] =>
  nestTables(snapshot.manifest.tables.flatMap((table) => snapshot.byId.get(tableId(table)) ?? [])).map((nest) => {
    const selected = snapshot.selected(nest.table);
    return { ...nest, manifest: columnsOf(nest.table, snapshot, options), ...(selected === undefined ? {} : { selected }) };
  });

/** By the table's name, with its schema where that is not `public`; numbered where a column of the row around it, or another table, has that name. */
const namesOf = (nested: readonly NestedTable[]): readonly NestedNames[] => {
  const outside = new Set([information]);
  const within = new Map(nested.map(({ table, manifest }) => [tableId(table), new Set(manifest.columns)]));
  return nested.map(({ table, inside }, index) => {
    const wished = `${table.schema === 'public' ? '' : `${table.schema}.`}${table.name}`;
    const around = inside === undefined ? undefined : within.get(tableId(inside.parent));
    return {
      outside: freeName(wished, outside),
      ...(around === undefined ? {} : { inside: freeName(wished, around) }),
      children: nested.flatMap((other, at) => (at !== index && other.inside !== undefined && tableId(other.inside.parent) === tableId(table) ? [at] : [])),
    };
  });
};

const freeName = (wished: string, taken: Set<string>): string => {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wished : `${wished}_${number}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
};
