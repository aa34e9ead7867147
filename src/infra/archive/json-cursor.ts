import { corrupt, overLimit } from './refusals.ts';

/**
 * Walks through a JSON document of any size, value by value, keeping each value's own text: a number stays the digits that
 * were written, since a JavaScript number would change 0.10 and 9007199254740993. What is inside a value is judged by
 * whoever parses its text.
 */
export type JsonCursor = {
  /** The next character that is no white space, not taken; empty at the end. */
  peek(): Promise<string>;
  take(character: string): Promise<void>;
  /** The text of the next value. */
  value(): Promise<string>;
};

export const createJsonCursor = (source: AsyncIterable<Uint8Array>, entry: string, maxValueBytes: number): JsonCursor => {
  const iterator = source[Symbol.asyncIterator]();
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let at = 0;

  const decode = (bytes: Uint8Array | undefined): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw corrupt(`${entry} is not UTF-8`);
    }
  };
  /** Keeps the text from `at` on; false at the end of the document. */
  const more = async (): Promise<boolean> => {
    const next = await iterator.next();
    const added = decode(next.done === true ? undefined : next.value);
    text = text.slice(at) + added;
    at = 0;
    return next.done !== true;
  };
  const peek = async (): Promise<string> => {
    for (;;) {
      while (at < text.length && ' \t\r\n\ufeff'.includes(text.charAt(at))) at += 1;
      if (at < text.length) return text.charAt(at);
      if (!(await more())) return text.charAt(at);
    }
  };

  return {
    peek,
    take: async (character) => {
      if ((await peek()) !== character) throw corrupt(`${entry} is no JSON of a table: ${JSON.stringify(character)} is missing`);
      at += 1;
    },
    value: async () => {
      await peek();
      const scan = createScan();
      for (let from = at; ;) {
        const end = scan(text, from);
        if (end !== undefined) {
          const found = text.slice(at, end);
          at = end;
          return found;
        }
        const scanned = text.length - at;
        if (scanned > maxValueBytes) throw overLimit(`a row of ${entry} has more than ${maxValueBytes} bytes`, 'limits.maxManifestBytes');
        if (!(await more())) {
          if (scan.isScalar() && text.length > 0) return text.slice((at = 0), (at = text.length));
          throw corrupt(`${entry} stops inside a value`);
        }
        from = scanned;
      }
    },
  };
};

type Scan = ((text: string, from: number) => number | undefined) & { isScalar(): boolean };

const inString = /["\\]/g;
const inStructure = /["[\]{}]/g;
const afterScalar = /[\s,\]}:]/g;

/** Finds where a value ends; may be asked again with more text. */
const createScan = (): Scan => {
  let kind: 'unknown' | 'nested' | 'string' | 'scalar' = 'unknown';
  let depth = 0;
  let quoted = false;
  let escape = false;
  const step = (text: string, from: number): number | undefined => {
    let at = from;
    while (at < text.length) {
      if (escape) {
        escape = false;
        at += 1;
        continue;
      }
      const pattern = quoted ? inString : kind === 'scalar' ? afterScalar : inStructure;
      pattern.lastIndex = at;
      const found = pattern.exec(text);
      if (found === null) return undefined;
      if (kind === 'scalar') return found.index;
      at = found.index + 1;
      const [character] = found;
      if (character === '\\') escape = true;
      else if (character === '"') quoted = !quoted;
      else depth += character === '{' || character === '[' ? 1 : -1;
      if (!quoted && !escape && depth === 0) return at;
    }
    return undefined;
  };
  const scan = (text: string, from: number): number | undefined => {
    if (kind === 'unknown' && from < text.length) {
      const first = text.charAt(from);
      kind = first === '{' || first === '[' ? 'nested' : first === '"' ? 'string' : 'scalar';
    }
    return kind === 'unknown' ? undefined : step(text, from);
  };
  return Object.assign(scan, { isScalar: () => kind === 'scalar' });
};

export type RawMember = { readonly key: string; readonly text: string };

/** Members of an object, or elements of an array, each with its own text. The text must be valid JSON. */
export const membersOf = (text: string): readonly RawMember[] => {
  const members: RawMember[] = [];
  const isObject = text.startsWith('{');
  let at = skip(text, 1);
  while (at < text.length - 1) {
    let key = '';
    if (isObject) {
      const end = createScan()(text, at) ?? text.length;
      key = JSON.parse(text.slice(at, end)) as string;
      at = skip(text, skip(text, end) + 1);
    }
    const end = createScan()(text, at) ?? text.length;
    members.push({ key, text: text.slice(at, end) });
    at = skip(text, skip(text, end) + 1);
  }
  return members;
};

const skip = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
};
