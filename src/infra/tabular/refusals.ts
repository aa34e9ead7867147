import { Refusal } from '../../domain/refusal.ts';

/** Where in a file something is: line and character from 1, byte from 0 of the text as UTF-8. */
export type Place = { readonly line: number; readonly position: number; readonly byte: number; readonly column?: string };

/** What no reader of single files gets past; nothing of the file is taken, under either policy. */
export const invalid = (what: string, place: Place, advice: string): Refusal => {
  const where = `line ${place.line}, character ${place.position}${place.column === undefined ? '' : `, column ${visible(place.column)}`}`;
  return new Refusal('FILE_INVALID', `The file cannot be read at ${where}: ${what}. Nothing was written. ${advice}`, { ...place });
};

export const tooLong = (line: number, limit: number): Refusal =>
  new Refusal(
    'FILE_LINE_TOO_LONG',
    `The record that begins on line ${line} has more than ${limit} bytes. Nothing was written. Look for a quote that is never closed there, or raise WAYBILL_MAX_LINE_BYTES.`,
    { line, limit },
  );

export const tooManyFaults = (faults: number, place: Pick<Place, 'line'>): Refusal =>
  new Refusal(
    'FILE_INVALID',
    `More than ${faults} rows up to line ${place.line} do not fit the columns, so the file is probably read in the wrong way. Nothing was written. Is the delimiter right?`,
    { line: place.line },
  );

export const empty = (): Refusal =>
  new Refusal('FILE_EMPTY', 'The file is empty: it has no header. Nothing was written. Send a file with a header; of a table without rows that alone will do.');

/** Names come from strangers: what does not show, shows escaped; cut at 80 characters. */
export const visible = (name: string): string => {
  const shown = name.replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);
  return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 80)}...` : shown).replaceAll('\\\\u', '\\u');
};
