/**
 * Strict JSON (RFC 8259) by bytes: where a value ends, or where it breaks. A number is an end, and a negative one the
 * complement of the byte that is wrong. Nothing is built, and nesting costs no stack.
 */
const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket, colon, comma] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x3a, 0x2c];

export const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;

export const skipSpace = (bytes: Uint8Array, from: number, end: number): number => {
  let at = from;
  while (at < end && isSpace(bytes[at] ?? 0)) at += 1;
  return at;
};

export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

const hex = (byte: number): number => {
  if (isDigit(byte)) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
};

/** The code unit behind `\u`, or -1. */
export const hexOf = (bytes: Uint8Array, at: number): number => {
  let value = 0;
  for (let offset = 0; offset < 4; offset += 1) {
    const digit = hex(bytes[at + offset] ?? 0);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
};

/** After the opening quote. */
export const scanString = (bytes: Uint8Array, from: number, end: number): number => {
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) return at + 1;
    if (byte < 0x20) return ~at;
    if (byte !== backslash) continue;
    at += 1;
    const letter = bytes[at] ?? 0;
    if (letter === 0x75) {
      if (at + 4 >= end || hexOf(bytes, at + 1) < 0) return ~at;
      at += 4;
    } else if (!isEscape(letter)) return ~at;
  }
  return ~end;
};

/** `" \ / b f n r t` */
export const isEscape = (byte: number): boolean =>
  byte === quote || byte === backslash || byte === 0x2f || byte === 0x62 || byte === 0x66 || byte === 0x6e || byte === 0x72 || byte === 0x74;

const digits = (bytes: Uint8Array, from: number, end: number): number => {
  let at = from;
  while (at < end && isDigit(bytes[at] ?? 0)) at += 1;
  return at;
};

export const scanNumber = (bytes: Uint8Array, from: number, end: number): number => {
  let at = bytes[from] === 0x2d ? from + 1 : from;
  const whole = bytes[at] === 0x30 ? at + 1 : digits(bytes, at, end);
  if (whole === at || at >= end) return ~at;
  at = whole;
  if (at < end && bytes[at] === 0x2e) {
    const fraction = digits(bytes, at + 1, end);
    if (fraction === at + 1) return ~fraction;
    at = fraction;
  }
  if (at < end && ((bytes[at] ?? 0) | 0x20) === 0x65) {
    const sign = bytes[at + 1];
    const first = sign === 0x2b || sign === 0x2d ? at + 2 : at + 1;
    const exponent = digits(bytes, first, end);
    if (exponent === first) return ~exponent;
    at = exponent;
  }
  return at;
};

const words = ['true', 'false', 'null'].map((word) => Buffer.from(word));

const scanWord = (bytes: Uint8Array, from: number, end: number): number => {
  const word = words.find((each) => each[0] === bytes[from]);
  if (word === undefined) return ~from;
  for (let offset = 0; offset < word.length; offset += 1) if (from + offset >= end || bytes[from + offset] !== word[offset]) return ~(from + offset);
  return from + word.length;
};

export const scanScalar = (bytes: Uint8Array, from: number, end: number): number => {
  const byte = bytes[from] ?? 0;
  if (from >= end) return ~end;
  if (byte === quote) return scanString(bytes, from + 1, end);
  return byte === 0x2d || isDigit(byte) ? scanNumber(bytes, from, end) : scanWord(bytes, from, end);
};

/** A key and its colon, up to the value. */
const scanKey = (bytes: Uint8Array, from: number, end: number): number => {
  if (bytes[from] !== quote || from >= end) return ~from;
  const after = scanString(bytes, from + 1, end);
  if (after < 0) return after;
  const at = skipSpace(bytes, after, end);
  return at < end && bytes[at] === colon ? skipSpace(bytes, at + 1, end) : ~at;
};

const isOpening = (byte: number | undefined): boolean => byte === openBrace || byte === openBracket;
const isClosing = (byte: number | undefined): boolean => byte === closeBrace || byte === closeBracket;

/** Any value; the open objects and arrays stand in a list. */
export const scanValue = (bytes: Uint8Array, from: number, end: number): number => {
  const open: boolean[] = [];
  for (let at = from; ;) {
    while (at < end && isOpening(bytes[at]) && !isEmpty(bytes, at, end)) {
      open.push(bytes[at] === openBrace);
      const inside = skipSpace(bytes, at + 1, end);
      at = bytes[at] === openBrace ? scanKey(bytes, inside, end) : inside;
      if (at < 0) return at;
    }
    at = at < end && isOpening(bytes[at]) ? skipSpace(bytes, at + 1, end) + 1 : scanScalar(bytes, at, end);
    if (at < 0) return at;
    const next = afterValue(bytes, at, { end, open });
    if (next.isDone || next.at < 0) return next.at;
    at = next.at;
  }
};

/** `{}` or `[]` */
const isEmpty = (bytes: Uint8Array, at: number, end: number): boolean => {
  const inside = skipSpace(bytes, at + 1, end);
  return inside < end && bytes[inside] === (bytes[at] === openBrace ? closeBrace : closeBracket);
};

/** Closes what ends here and goes to the value that comes next. */
const afterValue = (
  bytes: Uint8Array,
  from: number,
  { end, open }: { readonly end: number; readonly open: boolean[] },
): { readonly at: number; readonly isDone: boolean } => {
  let at = from;
  for (let isObject = open.at(-1); isObject !== undefined; isObject = open.at(-1)) {
    at = skipSpace(bytes, at, end);
    if (at >= end) return { at: ~end, isDone: true };
    if (bytes[at] === comma) {
      const next = skipSpace(bytes, at + 1, end);
      return { at: isObject ? scanKey(bytes, next, end) : next, isDone: false };
    }
    if (!isClosing(bytes[at]) || (bytes[at] === closeBrace) !== isObject) return { at: ~at, isDone: true };
    open.pop();
    at += 1;
  }
  return { at, isDone: true };
};
