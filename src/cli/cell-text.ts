import { shown } from './output.ts';

/** NULL, the empty string and the text NULL stay apart; what would move the cursor is shown, not done. */
export const cellText = (value: string | null): string => {
  if (value === null) return 'NULL';
  return value === '' || value === 'NULL' || /^['\s]|\s$/.test(value) ? `'${shown(value)}'` : shown(value);
};

/** How much of what both have in common stays in front of where they part. */
const leadIn = 12;

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

/** Where texts part: the length of what all of them begin with, never inside of a character. */
const commonLength = (texts: readonly string[]): number => {
  const [first = '', ...others] = texts;
  let length = 0;
  while (length < first.length && others.every((other) => other.charCodeAt(length) === first.charCodeAt(length))) length += 1;
  return isLowSurrogate(first.charCodeAt(length)) ? length - 1 : length;
};

const cut = (text: string, start: number, width: number): string => {
  const from = isLowSurrogate(text.charCodeAt(start)) ? start - 1 : start;
  const before = from > 0 ? '…' : '';
  if (text.length - from + before.length <= width) return before + text.slice(from);
  const end = from + Math.max(1, width - before.length - 1);
  return `${before}${text.slice(from, isLowSurrogate(text.charCodeAt(end)) ? end - 1 : end)}…`;
};

/**
 * Values of one cell beside each other, each at most `width` characters: long ones from a little before where they part,
 * so that a small change in a large document is seen.
 */
export const excerpts = (values: readonly (string | null)[], width: number): readonly string[] => {
  const texts = values.map(cellText);
  if (texts.every((text) => text.length <= width)) return texts;
  const common = commonLength(texts.filter((_, index) => values[index] !== null));
  const longest = Math.max(...texts.map((text) => text.length));
  const start = Math.max(0, Math.min(common - leadIn, longest - width + 1));
  return texts.map((text, index) => cut(text, values[index] === null || text.length <= start ? 0 : start, width));
};
