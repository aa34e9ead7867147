import { Fault } from '../domain/refusal.ts';
import type { BlobReference } from '../domain/run/run.ts';
import { readLines, type LinePlace } from '../infra/files/read-lines.ts';
import type { Connection, PageArgs } from './connection.ts';
import type { Context } from './context.ts';
import { placeCursor, placeOf } from './cursor.ts';
import { clampPage } from './limits.ts';

export type Placed<Value> = { readonly value: Value; readonly length: number; readonly next: LinePlace };

/** The values of a file of JSON lines in the blob store, read as far as somebody takes them; a cursor is a place in the file. */
export const valuesOf = async function* <Value>(
  file: BlobReference | undefined,
  context: Context,
  from: LinePlace = { line: 0, byte: 0 },
): AsyncGenerator<Placed<Value>, void, undefined> {
  if (file === undefined) return;
  if (!(await context.blobs.has(file.sha256)))
    throw new Fault(
      'BLOB_MISSING',
      `The file ${file.sha256} that the log names is not in the blob store any more. Restore it from a backup of the data folder.`,
    );
  for await (const { text, place, next } of readLines(context.blobs.path(file.sha256), from)) {
    if (context.signal.aborted) throw new Fault('REQUEST_CANCELLED', 'The caller went away.');
    yield { value: JSON.parse(text) as Value, length: next.byte - place.byte, next };
  }
};

/** A page ends here, however many were asked for: cells may be of any size. */
const mostBytes = 4 * 1024 * 1024;

type Found<Node> = { readonly edges: { readonly cursor: string; readonly node: Node }[]; readonly hasNextPage: boolean };

/** A page of those values that fit. It is shorter than asked for where it would be too long for one answer. */
export const pageOfFile = async <Value extends object, Node extends object>(
  file: BlobReference | undefined,
  args: PageArgs,
  context: Context,
  show: (value: Value) => Node | undefined,
): Promise<Connection<Node>> => {
  const from = placeOf(args.after);
  const { edges, hasNextPage } = await findNodes(valuesOf<Value>(file, context, from), clampPage(args.first), show);
  const hasPreviousPage = from.byte > 0;
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? args.after ?? null } };
};

const findNodes = async <Value, Node>(values: AsyncIterable<Placed<Value>>, size: number, show: (value: Value) => Node | undefined): Promise<Found<Node>> => {
  const edges: Found<Node>['edges'] = [];
  let bytes = 0;
  for await (const { value, next, length } of values) {
    const node = show(value);
    if (node === undefined) continue;
    bytes += length;
    if (edges.length === size || (edges.length > 0 && bytes > mostBytes)) return { edges, hasNextPage: true };
    edges.push({ cursor: placeCursor(next), node });
  }
  return { edges, hasNextPage: false };
};
