import type { Refusal } from '../../domain/refusal.ts';
import { createByteReader, type ByteReader } from './byte-reader.ts';
import { createNameRegister, nameViolation } from './entry-names.ts';
import type { ArchiveLimits } from './format.ts';
import { corrupt, escaped, forbidden, overLimit, unsupported } from './refusals.ts';

/**
 * A strict reader of tar streams. A library's lenient one is no gate: tar-stream's gives links, sparse and unknown types
 * one shape, passes over malformed pax records and over zero blocks between entries. Here every header is judged before
 * its entry is seen: checksum, octal sizes, type by name, the name after pax and GNU overrides, twins. Nothing touches
 * the disk; one entry is open at a time and is skipped to its end when its reader left early.
 */
export type TarEntry = {
  readonly name: string;
  readonly size: number;
  readonly data: AsyncIterable<Buffer>;
};

type Header = { readonly name: string; readonly size: number; readonly type: string };
type Overrides = { name?: string; size?: number };

const block = 512;
const maxExtensionBytes = 1024 * 1024;

const refusedTypes: Readonly<Record<string, string>> = {
  '1': 'is a hard link',
  '2': 'is a symbolic link',
  '3': 'is a character device',
  '4': 'is a block device',
  '6': 'is a FIFO',
  '7': 'is a contiguous file',
  K: 'is a link with a long target',
  S: 'is a sparse file',
  D: 'is a directory dump',
  M: 'continues another volume',
  V: 'is a volume label',
  N: 'has an old GNU long name',
};

const textAt = (header: Buffer, start: number, length: number): string => {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
};

const numberAt = (header: Buffer, start: number, length: number, what: string): number => {
  const field = header.subarray(start, start + length);
  const first = field[0] ?? 0;
  if (first === 0x80) {
    const value = BigInt(`0x${field.subarray(1).toString('hex')}`);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw corrupt(`an entry claims an impossible ${what}`);
    return Number(value);
  }
  const text = field.toString('latin1').replaceAll('\0', ' ').trim();
  if (!/^[0-7]+$/.test(text)) throw corrupt(`an entry claims a ${what} that is no octal number`);
  return Number.parseInt(text, 8);
};

const checksumOf = (header: Buffer): number => {
  let sum = 8 * 32;
  for (let index = 0; index < block; index += 1) if (index < 148 || index >= 156) sum += header[index] ?? 0;
  return sum;
};

const parseHeader = (header: Buffer): Header => {
  const magic = header.toString('latin1', 257, 263);
  if (magic !== 'ustar\0' && magic !== 'ustar ') throw corrupt('an entry has no ustar header');
  if (numberAt(header, 148, 8, 'checksum') !== checksumOf(header)) throw corrupt('the checksum of an entry header is wrong');
  const short = textAt(header, 0, 100);
  const prefix = magic === 'ustar\0' ? textAt(header, 345, 155) : '';
  const flag = header.toString('latin1', 156, 157);
  return { name: prefix === '' ? short : `${prefix}/${short}`, size: numberAt(header, 124, 12, 'size'), type: flag === '\0' ? '0' : flag };
};

const readExtension = async (reader: ByteReader, header: Header): Promise<Buffer> => {
  if (header.size > maxExtensionBytes) throw overLimit(`an extended header of ${header.size} bytes`, 'nothing: such headers are never accepted');
  const padded = Math.ceil(header.size / block) * block;
  if (padded === 0) return Buffer.alloc(0);
  const bytes = await reader.exactly(padded);
  if (bytes === undefined) throw corrupt('an extended header is missing');
  return bytes.subarray(0, header.size);
};

const decimal = (text: string): number => {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) throw corrupt('an extended header holds a size that is no number');
  return value;
};

/** pax records `LENGTH KEY=VALUE\n`: what they override is what is judged; what would make a file something else is refused. */
const applyPax = (bytes: Buffer, overrides: Overrides): void => {
  for (let offset = 0; offset < bytes.length;) {
    const space = bytes.indexOf(0x20, offset);
    const length = decimal(space === -1 ? '' : bytes.toString('latin1', offset, space));
    const end = offset + length;
    if (end > bytes.length || end <= space + 1 || bytes[end - 1] !== 0x0a) throw corrupt('a record of an extended header has a wrong length');
    const record = bytes.toString('utf8', space + 1, end - 1);
    const equals = record.indexOf('=');
    if (equals < 1) throw corrupt('a record of an extended header has no key');
    const key = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if (key === 'path') overrides.name = value;
    if (key === 'size') overrides.size = decimal(value);
    if (key === 'linkpath') throw forbidden(value, 'is the target of a link');
    if (/^(GNU\.sparse|SUN\.holesdata|SCHILY\.realsize)/.test(key)) throw forbidden(overrides.name ?? key, 'is a sparse file');
    offset = end;
  }
};

const applyLongName = (bytes: Buffer, overrides: Overrides): void => {
  const end = bytes.indexOf(0);
  if (end === -1) throw corrupt('a long name has no end');
  overrides.name = bytes.toString('utf8', 0, end);
};

/** Global pax headers hold comments (git archive); one that renames what follows is refused. */
const checkGlobal = (bytes: Buffer): void => {
  const overrides: Overrides = {};
  applyPax(bytes, overrides);
  if (overrides.name !== undefined || overrides.size !== undefined)
    throw forbidden(overrides.name ?? 'pax global header', 'overrides the names or sizes of all entries');
};

const isRoot = (name: string): boolean => name === '/' || name === './' || name === '.';

/** Folders are of no use here: the root's own entry is passed over, since `tar -C folder .` writes it, others are refused. */
const judge = (header: Header): Refusal | 'skip' | undefined => {
  const refused = refusedTypes[header.type];
  if (refused !== undefined) return forbidden(header.name, refused);
  if (header.type === '5' && isRoot(header.name) && header.size === 0) return 'skip';
  const violation = nameViolation(header.name.replace(/^\.\//, '').replace(header.type === '5' ? /\/$/ : /^$/, ''));
  if (violation !== undefined) return violation;
  if (header.type === '5') return forbidden(header.name, 'is a directory');
  if (header.type !== '0') return forbidden(header.name, `has the unknown type ${escaped(header.type)}`);
  return undefined;
};

/** The next header that stands for an entry, with its extended headers applied; `undefined` at the end. */
const nextHeader = async (reader: ByteReader): Promise<Header | undefined> => {
  const overrides: Overrides = {};
  for (;;) {
    const bytes = await reader.exactly(block);
    if (bytes === undefined || bytes.every((byte) => byte === 0)) {
      if (overrides.name !== undefined) throw corrupt('it ends after an extended header');
      return undefined;
    }
    const header = parseHeader(bytes);
    if (header.type === 'x') applyPax(await readExtension(reader, header), overrides);
    else if (header.type === 'g') checkGlobal(await readExtension(reader, header));
    else if (header.type === 'L') applyLongName(await readExtension(reader, header), overrides);
    else return { ...header, name: overrides.name ?? header.name, size: overrides.size ?? header.size };
  }
};

const onlyZeros = async (reader: ByteReader): Promise<void> => {
  for (;;) {
    const bytes = await reader.exactly(block);
    if (bytes === undefined) return;
    if (!bytes.every((byte) => byte === 0)) throw corrupt('something follows its end');
  }
};

export async function* readTarEntries(source: AsyncIterable<Uint8Array>, limits: ArchiveLimits): AsyncGenerator<TarEntry> {
  const iterator = source[Symbol.asyncIterator]();
  const reader = createByteReader(iterator);
  const register = createNameRegister();
  let entries = 0;
  try {
    for (;;) {
      const header = await nextHeader(reader);
      if (header === undefined) return await onlyZeros(reader);
      entries += 1;
      if (entries > limits.maxEntries) throw overLimit(`more than ${limits.maxEntries} entries`, 'limits.maxEntries');
      const verdict = judge(header);
      if (verdict === 'skip') continue;
      if (verdict !== undefined) throw verdict;
      const name = header.name.replace(/^\.\//, '');
      register(name);
      let missing = header.size;
      const data = async function* (): AsyncGenerator<Buffer> {
        while (missing > 0) {
          const part = await reader.upTo(missing);
          missing -= part.length;
          yield part;
        }
      };
      yield { name, size: header.size, data: { [Symbol.asyncIterator]: data } };
      while (missing > 0) missing -= (await reader.upTo(missing)).length;
      const padding = (block - (header.size % block)) % block;
      if (padding > 0 && (await reader.exactly(padding)) === undefined) return;
    }
  } finally {
    await iterator.return?.();
  }
}

/** True where the first block is a tar header; says what else it is where it is known. */
export const requireTar = (head: Buffer, container: string): void => {
  if (head.length >= 262 && head.toString('latin1', 257, 262) === 'ustar') return;
  throw unsupported(`inside ${container} there is no tar file`, 'Use a file that `waybill export` wrote.');
};
