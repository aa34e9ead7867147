import { open } from 'node:fs/promises';

export type Line = {
  readonly text: string;
  /** Where the line begins and where the next one does: bytes from the start of the file, and lines. */
  readonly place: LinePlace;
  readonly next: LinePlace;
};
export type LinePlace = { readonly byte: number; readonly line: number };

const newline = 10;

/** Lines of a file of any size from a place on, without reading what lies before it. */
export const readLines = async function* (path: string, from: LinePlace): AsyncGenerator<Line, void, undefined> {
  const file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(64 * 1024);
  // Parts of a line that is longer than what is read at once: put together when it ends, not at every read.
  let begun: Buffer[] = [];
  let place = from;
  let at = from.byte;
  const lineOf = (end: Buffer, ending: number): Line => {
    const bytes = begun.length === 0 ? end : Buffer.concat([...begun, end]);
    const line = { text: bytes.toString('utf8'), place, next: { byte: place.byte + bytes.length + ending, line: place.line + 1 } };
    begun = [];
    place = line.next;
    return line;
  };
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      const read = buffer.subarray(0, bytesRead);
      let start = 0;
      for (let end = read.indexOf(newline, start); end !== -1; end = read.indexOf(newline, start)) {
        yield lineOf(read.subarray(start, end), 1);
        start = end + 1;
      }
      if (start < bytesRead) begun.push(Buffer.from(read.subarray(start)));
    }
    if (begun.length > 0) yield lineOf(Buffer.alloc(0), 0);
  } finally {
    await file.close();
  }
};
