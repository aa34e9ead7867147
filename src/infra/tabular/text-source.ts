import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import type { FileEncoding } from '../../domain/run/run.ts';
import type { TableMachine } from './machine.ts';
import { invalid } from './refusals.ts';

/** The text of a file as UTF-8, whatever it is written in. Bytes that are none are found with their line, never replaced. */
export type TextSource = {
  readonly source: AsyncIterable<Uint8Array>;
  readonly encoding: FileEncoding;
};

const chunkBytes = 256 * 1024;

export const readFileChunks = (path: string, bytes = chunkBytes): AsyncIterable<Buffer> => createReadStream(path, { highWaterMark: bytes });

/** How many bytes at the end begin a character that is not whole. */
const openBytes = (bytes: Uint8Array): number => {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
};

/** Where the first byte is that no character has. */
const firstBad = (bytes: Uint8Array): number => {
  let [good, bad] = [0, bytes.length];
  // A prefix is valid up to the character that it cuts, so the boundary can be halved.
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const prefix = bytes.subarray(0, middle);
    if (isUtf8(prefix.subarray(0, prefix.length - openBytes(prefix)))) good = middle;
    else bad = middle;
  }
  const prefix = bytes.subarray(0, good);
  return good - openBytes(prefix);
};

const notUtf8 = 'Save the file as UTF-8, or say what it is with --encoding.';

/** Feeds the text to the machine, and gives what comes out of it. */
export const runMachine = async function* ({ source, encoding }: TextSource, machine: TableMachine): AsyncGenerator<Buffer> {
  const text = encoding === 'utf-8' ? source : decoded(source, encoding, machine);
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of text) {
    const bytes: Uint8Array = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const open = openBytes(bytes);
    const whole = bytes.subarray(0, bytes.length - open);
    if (!isUtf8(whole)) {
      const bad = firstBad(whole);
      const before = machine.feed(whole.subarray(0, bad));
      if (before.length > 0) yield before;
      throw notText(machine, whole[bad]);
    }
    rest = Buffer.from(bytes.subarray(whole.length));
    if (whole.length === 0) continue;
    const out = machine.feed(whole);
    if (out.length > 0) yield out;
  }
  if (rest.length > 0) throw notText(machine, rest[0]);
  yield machine.end();
};

const notText = (machine: TableMachine, byte = 0) => invalid(`the byte 0x${byte.toString(16)} is no UTF-8`, machine.place(), notUtf8);

const decoded = async function* (source: AsyncIterable<Uint8Array>, encoding: FileEncoding, machine: TableMachine): AsyncGenerator<Buffer> {
  if (encoding === 'iso-8859-1') {
    for await (const chunk of source) yield Buffer.from(Buffer.from(chunk).toString('latin1'));
    return;
  }
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (chunk?: Uint8Array): Buffer => {
    try {
      return Buffer.from(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch {
      throw invalid(`what follows is no ${encoding}`, machine.place(), 'Say the right encoding with --encoding.');
    }
  };
  for await (const chunk of source) yield decode(chunk);
  yield decode();
};
