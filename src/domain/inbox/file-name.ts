import { nameOfContent } from '../upload/name.ts';

/** Folder entries that are no files to be taken: hidden ones, and what writers call a file that they have not finished. */
export const isUnfinishedName = (name: string): boolean =>
  name.startsWith('.') || name.startsWith('~$') || name.endsWith('~') || /\.(waybill-part|part|partial|tmp|temp|crdownload|download|filepart|swp)$/i.test(name);

/** The name of what is inside: `products.jsonl.gz` holds `products.jsonl`; an archive keeps its name. */
export const expandedName = (name: string): string => (/\.(tar\.(gz|zst)|age)$/i.test(name) ? name : nameOfContent(name));

const longest = 200;
const ending = (name: string): string => /(\.[A-Za-z0-9]{1,10}){1,2}$/.exec(name)?.[0] ?? '';

const withinLength = (name: string): string => {
  const bytes = (text: string): number => new TextEncoder().encode(text).byteLength;
  if (bytes(name) <= longest) return name;
  const end = ending(name);
  let stem = Array.from(name.slice(0, name.length - end.length));
  while (bytes(stem.join('') + end) > longest) stem = stem.slice(0, -1);
  return stem.join('') + end;
};

/** What somebody sent under any name, as the name of one file of a folder that a scan does not pass over. */
export const safeFileName = (given: string): string => {
  const last = given.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const plain = last
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}<>:"|?*]/gu, '_')
    .trim()
    .replace(/^[.~]+/, '')
    .replace(/[.~ ]+$/, '');
  const named = withinLength(plain === '' ? 'file' : plain);
  return isUnfinishedName(named) ? `${named}_` : named;
};

/** Beside another file of that name: `products~1a2b3c4d.jsonl`. */
export const nameBeside = (name: string, sha256: string): string => {
  const end = ending(name);
  return `${withinLength(name.slice(0, name.length - end.length))}~${sha256.slice(0, 8)}${end}`;
};
