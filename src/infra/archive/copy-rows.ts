/** Rows of COPY text, one by one, from chunks that may end anywhere: a newline inside a value is written as two characters. */
export const copyLines = async function* (data: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of data) {
    const buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = buffer.indexOf(10, start); end !== -1; end = buffer.indexOf(10, start)) {
      yield buffer.toString('utf8', start, end);
      start = end + 1;
    }
    rest = buffer.subarray(start);
  }
  if (rest.length > 0) yield rest.toString('utf8');
};

const escaped: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** The values of a row; `\N` is NULL. */
export const copyValues = (line: string): readonly (string | null)[] =>
  line.split('\t').map((cell) => {
    if (cell === '\\N') return null;
    return cell.includes('\\') ? cell.replaceAll(/\\(.)/gs, (_whole, code: string) => escaped[code] ?? code) : cell;
  });
