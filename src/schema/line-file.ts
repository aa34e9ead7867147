import { Fault } from '../domain/refusal.ts';
import type { BlobReference } from '../domain/run/run.ts';
import { readLines, type LinePlace } from '../infra/files/read-lines.ts';
import { readPage, type Connection, type PageArgs } from './connection.ts';
import type { Context } from './context.ts';
import { placeCursor, placeOf } from './cursor.ts';

export type Placed<Value> = { readonly value: Value; readonly next: LinePlace };

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
  for await (const { text, next } of readLines(context.blobs.path(file.sha256), from)) {
    if (context.signal.aborted) throw new Fault('REQUEST_CANCELLED', 'The caller went away.');
    yield { value: JSON.parse(text) as Value, next };
  }
};

/** A page of those values that fit. */
export const pageOfFile = <Value extends object, Node extends object>(
  file: BlobReference | undefined,
  args: PageArgs,
  context: Context,
  show: (value: Value) => Node | undefined,
): Promise<Connection<Node>> => {
  const from = placeOf(args.after);
  const cursors = new WeakMap<Node, LinePlace>();
  const read = async (limit: number): Promise<readonly Node[]> => {
    const nodes: Node[] = [];
    for await (const { value, next } of valuesOf<Value>(file, context, from)) {
      const node = show(value);
      if (node === undefined) continue;
      cursors.set(node, next);
      nodes.push(node);
      if (nodes.length === limit) break;
    }
    return nodes;
  };
  return readPage(args, read, (node) => placeCursor(cursors.get(node) ?? from));
};
