import { extname, isAbsolute, resolve } from 'node:path';
import { UsageError } from '../exit.ts';
import type { ConditionInput, ExportFormat, ExportInput, RowFilterInput } from '../operations/generated/graphql.ts';
import type { GlobalOptions } from '../options.ts';

export type ExportOptions = GlobalOptions & {
  readonly from: string;
  readonly out?: string;
  readonly to?: string;
  readonly table?: readonly string[];
  readonly where?: readonly string[];
  readonly keys?: readonly string[];
  readonly parents?: boolean;
  readonly format?: string;
  readonly spreadsheetSafe?: boolean;
  readonly references?: string;
  readonly gzip?: boolean;
  readonly encrypt?: readonly string[];
  readonly link?: true | number;
};

/** Standard output. */
export const toStandardOutput = '-';

export const exportInputOf = (options: ExportOptions, isRemote: boolean): ExportInput => {
  const format = formatOf(options);
  const rows = rowsOf(options, format);
  return {
    database: options.from,
    ...outOf(options, isRemote),
    ...(options.table === undefined ? {} : { tables: [...options.table] }),
    compression: options.gzip === true ? 'GZIP' : 'ZSTD',
    recipients: [...(options.encrypt ?? [])],
    format,
    ...(rows === undefined ? {} : { rows: [rows] }),
    parents: options.parents ?? false,
    spreadsheetSafe: options.spreadsheetSafe ?? false,
    references: chosen('--references', options.references ?? 'id', { id: 'ID', key: 'KEY', both: 'BOTH' }),
  };
};

const chosen = <Value>(option: string, said: string, values: Readonly<Record<string, Value>>): Value => {
  const found = Object.hasOwn(values, said) ? values[said] : undefined;
  if (found === undefined) throw new UsageError(`${option} is one of ${Object.keys(values).join(', ')}, not ${JSON.stringify(said)}.`);
  return found;
};

const endings: Readonly<Record<string, ExportFormat>> = { '.csv': 'CSV', '.jsonl': 'JSONL', '.ndjson': 'JSONL', '.json': 'JSON' };

/** As it is said, else as the file is called. */
const formatOf = ({ format, out }: ExportOptions): ExportFormat =>
  format === undefined
    ? (endings[extname(out ?? '').toLowerCase()] ?? 'ARCHIVE')
    : chosen('--format', format, { archive: 'ARCHIVE', csv: 'CSV', jsonl: 'JSONL', json: 'JSON' });

/** What is fetched by a link needs no folder, unless one is named. */
const outOf = ({ out, to, json, link }: ExportOptions, isRemote: boolean): Pick<ExportInput, 'out' | 'to'> => {
  const place = to === undefined ? {} : { to: chosen('--to', to, { backup: 'BACKUP', exchange: 'EXCHANGE' } as const) };
  if (out === undefined) return link === undefined || to !== undefined ? place : { to: 'STORE' };
  if (out === toStandardOutput) {
    if (to !== undefined) throw new UsageError('Say --out - or --to, not both: an export goes to one place.');
    if (link !== undefined) throw new UsageError('--out - writes the file to standard output, where --link writes its link. Leave one of them out.');
    if (json === true) throw new UsageError('--json prints its object on standard output, so the export cannot go there too. Name a file.');
    return { to: 'STORE' };
  }
  if (to !== undefined && isAbsolute(out)) throw new UsageError(`${out} says where the file goes, and --to says it too. Leave one of them out.`);
  return { ...place, out: isRemote || to !== undefined ? out : resolve(out) };
};

/** In nested JSON the other tables have the rows that stand inside the chosen ones. */
const rowsOf = ({ where, keys, table }: ExportOptions, format: ExportFormat): RowFilterInput | undefined => {
  if (where === undefined && keys === undefined) return undefined;
  const [only, another] = table ?? [];
  if (only === undefined || (another !== undefined && format !== 'JSON'))
    throw new UsageError('--where and --keys choose rows of one table: name it with --table.');
  return {
    table: only,
    ...(where === undefined ? {} : { where: where.map(conditionOf) }),
    ...(keys === undefined ? {} : { keys: keys.flatMap(keysOf) }),
  };
};

const comparisons = { '=': 'EQ', '!=': 'NE', '<': 'LT', '<=': 'LE', '>': 'GT', '>=': 'GE', '~': 'LIKE' } as const;
const isComparison = (text: string): text is keyof typeof comparisons => Object.hasOwn(comparisons, text);
const name = String.raw`(?:"((?:[^"]|"")+)"|([^"=!<>~]+?))`;
const byValue = new RegExp(`^${name}(\\s*)(!=|<=|>=|=|<|>|~)(.*)$`, 's');
const byWord = new RegExp(`^${name}\\s+(is\\s+null|is\\s+not\\s+null|in\\s+(.+))$`, 'is');

/** `col=v`, `col != v`, `col<=v`, `col~pattern`, `col is null`, `col in a,b`; a name with such signs in double quotes. */
export const conditionOf = (text: string): ConditionInput => {
  const word = byWord.exec(text.trim());
  if (word !== null) {
    const [, quoted, plain, words = '', list] = word;
    const column = columnOf(quoted, plain);
    if (list !== undefined) return { column, is: 'IN', values: split(list) };
    return { column, is: /not/i.test(words) ? 'NOT_NULL' : 'NULL' };
  }
  const [, quoted, plain, blank = '', sign = '', value = ''] = byValue.exec(text.trimStart()) ?? [];
  if (!isComparison(sign))
    throw new UsageError(
      `--where ${JSON.stringify(text)} is no condition. Write COLUMN=VALUE, or !=, <, <=, >, >=, ~PATTERN, "COLUMN is null", "COLUMN in A,B".`,
    );
  // `col = v` is written for the eye, `col= v` means the blank.
  return { column: columnOf(quoted, plain), is: comparisons[sign], values: [blank === '' ? value : value.replace(/^\s+/, '')] };
};

const columnOf = (quoted: string | undefined, plain: string | undefined): string =>
  quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"');

/** `a,b`, `"a,b",c`. */
const split = (text: string): string[] =>
  [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');

/** Keys of one column as a list; of several as JSON, `[["eu","7"],["us","9"]]`. */
const keysOf = (text: string): string[][] => {
  if (!text.trimStart().startsWith('[')) return split(text).map((value) => [value]);
  const wrong = new UsageError(`--keys ${JSON.stringify(text)} is no list of keys. Write A,B, or, where a key has several columns, [["A","1"],["B","2"]].`);
  try {
    const read: unknown = JSON.parse(text);
    if (!Array.isArray(read)) throw wrong;
    return read.map((key: unknown) => {
      if (!Array.isArray(key) || !key.every((value) => typeof value === 'string' || typeof value === 'number')) throw wrong;
      return key.map(String);
    });
  } catch {
    throw wrong;
  }
};
