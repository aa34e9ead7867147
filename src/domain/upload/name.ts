import { Refusal } from '../refusal.ts';

const longest = 255;

/** Names come from strangers: what would move the cursor, hide or reorder text is shown as a box. */
const shownName = (name: string): string => name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '\u{FFFD}').slice(0, longest);

/** The name of one file, as it is recorded. A path is none: whoever means a folder is told, not misunderstood. */
export const uploadName = (given: string | null | undefined): string => {
  const name = shownName((given ?? '').normalize('NFC')).trim();
  if (name === '')
    throw new Refusal(
      'UPLOAD_NAME_REFUSED',
      'The file came without a name. Name it: PUT /api/upload/NAME, or POST with ?name=NAME, as a part with a filename, or with tus in the metadata filename.',
    );
  if (/[/\\]/.test(name) || name === '.' || name === '..')
    throw new Refusal('UPLOAD_NAME_REFUSED', `${JSON.stringify(name)} is a path. Give the file's own name, without folders.`, { name });
  return name;
};

/** What is inside a compressed file has its name without the ending. */
export const nameOfContent = (name: string): string => name.replace(/(?<=.)\.(gz|gzip|zst|zstd)$/i, '');

/** Whether the name promises a compressed file. */
export const isNamedCompressed = (name: string): boolean => /\.(gz|gzip|tgz|zst|zstd|tzst)$/i.test(name);
