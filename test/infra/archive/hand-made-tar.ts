import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { sampleManifest } from './sample-archive.ts';

/** Tar entries made byte by byte, since no decent tool would write most of them. */
export type HandMade = { readonly name: string; readonly content?: string | Buffer; readonly type?: string; readonly size?: string };

const block = 512;
const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((block - (bytes.length % block)) % block)]);

const entry = ({ name, content = '', type = '0', size }: HandMade): Buffer => {
  const body = Buffer.from(content);
  const header = Buffer.alloc(block);
  header.write(name, 0, 100, 'utf8');
  header.write('0000600\0', 100);
  header.write(size ?? `${body.length.toString(8).padStart(11, '0')}\0`, 124, 12, 'latin1');
  header.write('00000000000\0', 136);
  header.fill(' ', 148, 156);
  header.write(type, 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, pad(body)]);
};

export const paxRecord = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest) + 1;
  while (String(length).length + Buffer.byteLength(rest) !== length) length = String(length).length + Buffer.byteLength(rest);
  return `${length}${rest}`;
};

export const tarOf = (entries: readonly HandMade[], end = Buffer.alloc(2 * block)): Buffer => Buffer.concat([...entries.map(entry), end]);
export const archiveOf = (entries: readonly HandMade[]): Buffer => gzipSync(tarOf(entries), { level: 1 });

/** The entries of a small, right archive of one table, to be spoiled. */
export const rightEntries = (rows = '1\n2\n'): readonly HandMade[] => {
  const manifest = JSON.stringify(sampleManifest(['users']));
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const table = { table: 'public.users', rows: rows.split('\n').length - 1, bytes: rows.length, sha256: sha256(rows), segments: 1 };
  return [
    { name: 'index.json', content: manifest },
    { name: 'data/0001/000001.copy', content: rows },
    { name: 'summary.json', content: JSON.stringify({ tables: [table], manifestSha256: sha256(manifest) }) },
  ];
};
