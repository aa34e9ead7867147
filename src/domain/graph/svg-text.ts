/** What names hold may be anything that PostgreSQL takes; in a picture it is text and nothing else. */
export const svgText = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/[&<>"']/g, (character) => entities[character] ?? character);

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u;

/** In characters of a fixed width. */
export const textWidth = (text: string): number => Array.from(text).reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);

/** The beginning and the end of a long name: what tells names apart stands at both. */
export const shorten = (text: string, most: number): string => {
  const characters = Array.from(text);
  if (textWidth(text) <= most) return text;
  const half = Math.floor((wide.test(text) ? most / 2 : most) / 2);
  return `${characters.slice(0, half).join('')}…${characters.slice(characters.length - half + 1).join('')}`;
};
