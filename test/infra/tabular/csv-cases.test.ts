import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileFormatGiven } from '../../../src/domain/run/run.ts';
import { corporaMissing, corporaPath } from '../../support/corpora.ts';
import { readFileText, type Reading } from '../../support/tabular.ts';
import { judgedOtherwise } from './judged-otherwise.ts';

type Expectation = {
  readonly rows?: readonly (readonly string[])[];
  readonly objects?: readonly Readonly<Record<string, string>>[];
  readonly invalid?: boolean;
  readonly header?: boolean;
  readonly rowCount?: number;
  readonly expected?: { readonly data: readonly (readonly unknown[] | Readonly<Record<string, unknown>>)[] };
  readonly dialect?: Readonly<Record<string, unknown>>;
};

const missing = corporaMissing();
const folder = corporaPath('csv-cases');
const sizes = [1, 7, 64, 65_536];

const cases =
  missing === undefined
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.csv'))
        .toSorted()
    : [];

const expectationOf = (name: string): Expectation => JSON.parse(readFileSync(join(folder, name.replace(/csv$/, 'expect.json')), 'utf8')) as Expectation;

/** What the case says of its dialect, as somebody would say it to Waybill. */
const givenOf = ({ dialect = {}, header, objects, expected }: Expectation): FileFormatGiven => {
  const isNamed =
    header === true ||
    objects !== undefined ||
    dialect['header'] === true ||
    (expected === undefined && dialect['comma'] === undefined && header !== false && Object.keys(dialect).length === 0);
  const delimiter = dialect['comma'] ?? dialect['delimiter'];
  const comments = dialect['comment'] ?? (dialect['comments'] === true ? '#' : dialect['comments']);
  return {
    hasHeader: isNamed,
    ...(typeof delimiter === 'string' && delimiter !== '\n' ? { delimiter } : {}),
    ...(typeof comments === 'string' ? { comments } : {}),
    ...(typeof dialect['quoteChar'] === 'string' ? { quote: dialect['quoteChar'] } : {}),
  };
};

/** What somebody who knows the file would say of it. */
const said: Readonly<Record<string, FileFormatGiven>> = {
  'csv-spectrum/location_coordinates.csv': { encoding: 'windows-1252' },
  'frictionless-datasets/csv-encodings-big-western-macos-roman.csv': { encoding: 'macintosh' },
  'frictionless-datasets/csv-encodings-western-macos-roman.csv': { encoding: 'macintosh' },
};

const readCase = (name: string, expectation: Expectation, size: number): Promise<Reading> =>
  readFileText(readFileSync(join(folder, name)), 'case.csv', {
    given: { ...givenOf(expectation), ...said[name], ...(isRows(expectation) ? { hasHeader: false } : {}) },
    size,
  });

const isRows = ({ rows, expected, rowCount, header }: Expectation): boolean =>
  rows !== undefined || (rowCount !== undefined && header !== true) || (expected !== undefined && !expected.data.some((row) => !Array.isArray(row)));

const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** The case's rows as lists; nothing where it has no such expectation. */
const wantedRows = ({ rows, objects, expected }: Expectation, names: readonly string[]): readonly (readonly string[])[] | undefined => {
  const data = rows ?? objects ?? expected?.data;
  return data?.map((row) => (Array.isArray(row) ? row.map(text) : names.map((name) => text((row as Readonly<Record<string, unknown>>)[name]))));
};

const judge = (name: string, expectation: Expectation, reading: Reading): void => {
  if (expectation.invalid === true) {
    const { line, problems } = { line: undefined, problems: undefined, ...reading.refused?.details };
    expect({ isSaid: line !== undefined || problems !== undefined || reading.faults.some((fault) => fault.line > 0 && fault.position > 0) }, name).toEqual({
      isSaid: true,
    });
    return;
  }
  expect(reading.refused, name).toBeUndefined();
  expect(reading.faults, name).toEqual([]);
  const wanted = wantedRows(expectation, reading.names);
  if (wanted !== undefined)
    expect(
      reading.rows.map((row) => row.map(text)),
      name,
    ).toEqual(wanted);
  if (expectation.rowCount !== undefined) expect(reading.rows.length, name).toBe(expectation.rowCount);
};

const isJudged = ({ rows, objects, invalid, rowCount, expected }: Expectation): boolean =>
  rows !== undefined || objects !== undefined || invalid === true || rowCount !== undefined || expected !== undefined;

describe.skipIf(missing !== undefined)(missing ?? 'csv-cases', () => {
  const judged = cases.filter((name) => isJudged(expectationOf(name)) && judgedOtherwise[name] === undefined);

  it.each(judged)('%s is read as its expectation says', async (name) => {
    const expectation = expectationOf(name);
    judge(name, expectation, await readCase(name, expectation, 65_536));
  });

  it.each(cases)('%s gives the same, however it is cut', async (name) => {
    const expectation = expectationOf(name);
    const whole = await readCase(name, expectation, 1 << 20);
    for (const size of sizes) expect(await readCase(name, expectation, size), `chunks of ${size}`).toEqual(whole);
  });
});
