import { fileEncodings, type FileEncoding, type FileFormat, type FileFormatGiven } from '../../domain/run/run.ts';
import { Refusal } from '../../domain/refusal.ts';
import { kindOfName, tableOfName } from './file-name.ts';
import { invalid } from './refusals.ts';

/**
 * How a file is to be read: what is given counts, the rest is found by looking at its beginning, once, when a run is asked
 * for. The answer is recorded with the run, so a better guesser never reads an old file differently.
 */
export const headBytes = 64 * 1024;

export const resolveFormat = (head: Buffer, name: string, given: FileFormatGiven): FileFormat => {
  const encoding = given.encoding ?? encodingOf(head);
  const text = textOf(head, encoding);
  const kind = given.kind ?? kindOfName(name) ?? kindOfText(text, name);
  const table = given.table ?? tableOfName(name);
  const unknown = given.unknown ?? 'refuse';
  if (kind === 'jsonl') return { kind, table, encoding, missing: given.missing ?? 'auto', unknown };
  const quote = given.quote ?? '"';
  return {
    kind,
    table,
    delimiter: given.delimiter ?? separatorLine(text) ?? findDelimiter(text, quote, given.comments),
    quote,
    encoding,
    header: given.columns ?? (given.hasHeader === false ? [] : true),
    nulls: given.nulls ?? '',
    unknown,
    safe: given.spreadsheetSafe ?? false,
    ...(given.comments === undefined ? {} : { comments: given.comments }),
  };
};

const isEncoding = (name: string): name is FileEncoding => fileEncodings.some((known) => known === name);

export const encodingNamed = (name: string): FileEncoding => {
  const asked = name.toLowerCase().replaceAll(/[\s_]/g, '-');
  const known = { utf8: 'utf-8', 'utf-16': 'utf-16le', latin1: 'iso-8859-1', cp1252: 'windows-1252', 'mac-roman': 'macintosh' }[asked] ?? asked;
  if (isEncoding(known)) return known;
  throw new Refusal('FILE_ENCODING_UNKNOWN', `Files in ${JSON.stringify(name.slice(0, 40))} are not read. Say one of ${fileEncodings.join(', ')}.`, {
    encoding: name.slice(0, 40),
  });
};

/** Only a byte order mark says UTF-16; text with a zero in every other byte is refused rather than guessed at. */
const encodingOf = (head: Buffer): FileEncoding => {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const isWide = head.length >= 4 && ((head[1] === 0 && head[3] === 0) || (head[0] === 0 && head[2] === 0));
  if (isWide)
    throw invalid(
      'every other byte is zero, as in UTF-16 without a byte order mark',
      { line: 1, position: 1, byte: head[0] === 0 ? 0 : 1 },
      `Say --encoding utf-16${head[0] === 0 ? 'be' : 'le'}, or save the file as UTF-8.`,
    );
  return 'utf-8';
};

const textOf = (head: Buffer, encoding: FileEncoding): string =>
  (encoding === 'iso-8859-1' ? head.toString('latin1') : new TextDecoder(encoding).decode(head)).replace(/^\ufeff/, '');

const kindOfText = (text: string, name: string): 'csv' | 'jsonl' => {
  if (/^\s*\{/.test(text)) return 'jsonl';
  if (!/[\0-\x08\x0e-\x1f\ufffd]/.test(text)) return 'csv';
  throw new Refusal(
    'FILE_FORMAT_UNKNOWN',
    `Nothing says what ${JSON.stringify(name.slice(0, 100))} is: neither its name nor its beginning. Give the kind, CSV or JSON lines.`,
  );
};

/** Excel writes and reads `sep=;` as a first line. */
const separatorLine = (text: string): string | undefined => /^sep=([^\r\n])\r?(?:\n|$)/.exec(text)?.[1];

const candidates = [',', ';', '\t', '|'];
const recordsLookedAt = 20;

/** The first records: where line breaks in quotes end none; the last one may be cut off. */
const firstRecords = (text: string, quote: string, comments: string | undefined): readonly string[] => {
  const records: string[] = [];
  let [from, isQuoted] = [0, false];
  for (let at = 0; at < text.length && records.length < recordsLookedAt; at += 1) {
    const character = text.charAt(at);
    if (character === quote) isQuoted = !isQuoted;
    if (isQuoted || (character !== '\n' && character !== '\r')) continue;
    records.push(text.slice(from, at));
    from = at + 1;
  }
  const whole = records.length === 0 ? [text] : records;
  return whole.filter((record) => record !== '' && (comments === undefined || !record.startsWith(comments)));
};

const outsideQuotes = (record: string, quote: string): string =>
  quote === ''
    ? record
    : record
        .split(quote)
        .filter((_, at) => at % 2 === 0)
        .join('');

/** Per record how often each candidate stands outside of quotes. */
const countDelimiters = (text: string, quote: string, comments: string | undefined): readonly (readonly number[])[] =>
  firstRecords(text, quote, comments).map((record) => {
    const plain = outsideQuotes(record, quote);
    return candidates.map((candidate) => plain.split(candidate).length - 1);
  });

const findDelimiter = (text: string, quote: string, comments: string | undefined): string => {
  const records = countDelimiters(text, quote, comments);
  const judged = candidates.map((candidate, which) => {
    const counts = records.map((record) => record[which] ?? 0);
    const [first = 0] = counts;
    return { candidate, first, alike: counts.filter((count) => count === first).length };
  });
  const found = judged.filter(({ first }) => first > 0).toSorted((one, other) => other.alike - one.alike || other.first - one.first);
  return found[0]?.candidate ?? ',';
};
