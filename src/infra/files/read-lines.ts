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
  let rest = Buffer.alloc(0);
  let place = from;
  let at = from.byte;
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      let start = 0;
      for (let end = rest.indexOf(newline, start); end !== -1; end = rest.indexOf(newline, start)) {
        const next = { byte: place.byte + end - start + 1, line: place.line + 1 };
        yield { text: rest.toString('utf8', start, end), place, next };
        place = next;
        start = end + 1;
      }
      rest = rest.subarray(start);
    }
    if (rest.length > 0) yield { text: rest.toString('utf8'), place, next: { byte: place.byte + rest.length, line: place.line + 1 } };
  } finally {
    await file.close();
  }
};
