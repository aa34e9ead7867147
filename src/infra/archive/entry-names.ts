import type { Refusal } from '../../domain/refusal.ts';
import { maxNameBytes, maxPathDepth } from './format.ts';
import { corrupt, escaped, forbidden, overLimit } from './refusals.ts';

/** C0, DEL, C1, and the marks that turn the direction of text round. */
const controls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const traversal = (name: string): string | undefined => {
  const components = name.split('/');
  if (name.startsWith('/')) return 'is an absolute path';
  if (name.includes('\\')) return 'holds a backslash';
  if (name.includes(':')) return 'holds a colon';
  if (components.includes('..')) return 'leaves the archive through ".."';
  if (components.includes('.') || components.includes('')) return 'holds an empty path component';
  if (name.normalize('NFKC').split('/').includes('..')) return 'holds characters that read as ".."';
  return undefined;
};

/** Why no archive may hold an entry of this name, whatever its layout. */
export const nameViolation = (name: string): Refusal | undefined => {
  if (controls.test(name)) return forbidden(name, 'holds a control character');
  if (Buffer.byteLength(name) > maxNameBytes)
    return overLimit(`the entry ${escaped(name)} has a name of more than ${maxNameBytes} bytes`, 'nothing: such names are never accepted');
  if (name.split('/').length > maxPathDepth)
    return overLimit(`the entry ${escaped(name)} lies deeper than ${maxPathDepth} folders`, 'nothing: such paths are never accepted');
  const reason = traversal(name);
  return reason === undefined ? undefined : forbidden(name, reason);
};

/** Notices names that are the same, or the same to some file system: other case, other normal form. */
export const createNameRegister = (): ((name: string) => void) => {
  const seen = new Map<string, string>();
  return (name) => {
    const folded = name.normalize('NFKC').toLowerCase();
    const earlier = seen.get(folded);
    if (earlier === name) throw forbidden(name, 'appears twice');
    if (earlier !== undefined) throw forbidden(name, `differs from ${escaped(earlier)} only in case or in the form of its characters`);
    seen.set(folded, name);
    if (seen.size > 10_000_000) throw corrupt('it holds too many names');
  };
};
