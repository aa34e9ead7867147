import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { corporaMissing, corporaPath } from '../../support/corpora.ts';
import { readFileText, type ReadOptions } from '../../support/tabular.ts';

const missing = corporaMissing();
const suite = corporaPath('json-cases', 'JSONTestSuite');
const lines = corporaPath('json-cases', 'jsonl-generated');
const sizes = [1, 7, 64, 65_536];
const inFolder = (folder: string, ending: string): readonly string[] =>
  missing === undefined ? readdirSync(folder).filter((name) => name.endsWith(ending)) : [];

/** Each document as the value of a JSON column; a line break between its tokens, which a line cannot have, is a space there. */
const asLine = (document: Buffer): Buffer => Buffer.concat([Buffer.from('{"v":'), document.map((byte) => (byte === 0x0a ? 0x20 : byte)), Buffer.from('}')]);

describe.skipIf(missing !== undefined)(missing ?? 'JSONTestSuite', () => {
  it.each(inFolder(suite, '.json'))('%s', async (name) => {
    const document = asLine(readFileSync(join(suite, name)));
    const options: ReadOptions = { columns: ['v'], json: { v: { json: true } } };
    const whole = await readFileText(document, 'case.jsonl', options);
    if (name.startsWith('y_')) expect(whole).toMatchObject({ faults: [], rows: [[expect.anything()]] });
    // A line break inside a string is what these few are about; the reader of lines never sees it.
    if (name.startsWith('n_')) expect(whole.refused).toMatchObject({ code: expect.stringMatching(/^FILE_(INVALID|COLUMNS)$/) });
    for (const size of sizes) expect(await readFileText(document, 'case.jsonl', { ...options, size }), `chunks of ${size}`).toEqual(whole);
  });
});

/** What the README of the corpus asks to be decided, decided. */
const decided: Readonly<
  Record<string, { readonly rows?: readonly (readonly (string | null)[])[]; readonly faults?: readonly string[]; readonly refused?: object }>
> = {
  'array-wrapper': { refused: { code: 'FILE_INVALID', message: expect.stringContaining('a JSON array'), details: { line: 1, position: 1 } } },
  'big-int': { rows: [['9007199254740993'], ['-9223372036854775808'], ['18446744073709551616']] },
  'blank-lines': {
    rows: [
      ['1', 'a'],
      ['2', 'b'],
    ],
  },
  bom: {
    rows: [
      ['1', 'a'],
      ['2', 'b'],
    ],
  },
  'bytea-forms': {
    rows: [
      ['1', '\\x00ff'],
      ['2', null],
    ],
    faults: ['2:2 type.invalid b'],
  },
  crlf: {
    rows: [
      ['1', 'a'],
      ['2', 'b'],
    ],
  },
  'empty-object': { rows: [[null, null]] },
  'explicit-null': {
    rows: [
      ['1', 'a'],
      ['2', null],
    ],
  },
  'invalid-utf8': { refused: { code: 'FILE_INVALID', details: { line: 1, position: 18, byte: 17 } } },
  'key-case': { refused: { code: 'FILE_COLUMNS', message: expect.stringContaining('did you mean "id"?') } },
  'key-not-identifier': { rows: [['1', null]], faults: ['1:1 column.unknown a"; drop table users; --'] },
  'missing-key': {
    rows: [
      ['1', 'a'],
      ['2', null],
    ],
  },
  nan: { refused: { code: 'FILE_INVALID', details: { line: 1, position: 7 } } },
  'no-final-newline': {
    rows: [
      ['1', 'a'],
      ['2', 'b'],
    ],
  },
  'nul-escape': {
    rows: [
      ['1', null],
      ['2', 'b'],
    ],
    faults: ['1:1 value.unstorable name'],
  },
  'proto-keys': {
    rows: [
      ['1', null],
      ['2', 'b'],
    ],
    faults: ['1:1 column.unknown __proto__', '1:1 column.unknown constructor'],
  },
  'trailing-comma': { refused: { code: 'FILE_INVALID', details: { line: 1, position: 9 } } },
  'truncated-last': { refused: { code: 'FILE_INVALID', details: { line: 2 } } },
  'type-flip': {
    rows: [
      ['1', '5'],
      ['2', 'b'],
    ],
  },
  u2028: { rows: [['1', 'a\u2028b']] },
  'unicode-escape-key': { rows: [['1', 'a']] },
};

describe.skipIf(missing !== undefined)(missing ?? 'jsonl-generated', () => {
  it.each(inFolder(lines, '.jsonl'))('%s', async (file) => {
    const bytes = readFileSync(join(lines, file));
    const name = file.replace('.jsonl', '');
    const columns = name === 'big-int' || name === 'nan' ? ['id'] : name === 'bytea-forms' ? ['id', 'b'] : ['id', 'name'];
    const options: ReadOptions = { columns, json: { b: { bytea: true } } };
    const whole = await readFileText(bytes, 'case.jsonl', options);
    for (const size of sizes) expect(await readFileText(bytes, 'case.jsonl', { ...options, size }), `chunks of ${size}`).toEqual(whole);
    if (name === 'multibyte-at-64k') expect(whole.rows.length).toBe(2);
    const { rows, faults = [], refused } = decided[name] ?? {};
    if (refused !== undefined) return expect(whole.refused).toMatchObject(refused);
    expect(whole.refused).toBeUndefined();
    if (rows !== undefined) expect(inOrder(whole.names, whole.rows, columns)).toEqual(rows);
    expect(whole.faults.map(({ row, line, code, column }) => `${row}:${line} ${code} ${column ?? ''}`)).toEqual(faults);
  });
});

/** Rows by the table's columns: a file has them in the order in which its keys come. */
const inOrder = (names: readonly string[], rows: readonly (readonly (string | null)[])[], columns: readonly string[]) => {
  const taken = names.filter((name) => columns.includes(name));
  return rows.map((row) => columns.map((column) => (taken.includes(column) ? (row[taken.indexOf(column)] ?? null) : null)));
};
