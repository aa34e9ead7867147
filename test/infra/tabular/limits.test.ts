import { describe, expect, it } from 'vitest';
import { createCsvMachine } from '../../../src/infra/tabular/csv-machine.ts';
import { createJsonlMachine } from '../../../src/infra/tabular/jsonl-machine.ts';
import type { TableMachine } from '../../../src/infra/tabular/machine.ts';
import { readFileText } from '../../support/tabular.ts';

const megabyte = 1024 * 1024;
const dialect = { delimiter: ',', quote: '"', nulls: '', safe: false };

const csv = (): TableMachine => createCsvMachine(dialect, { columns: ['a', 'b'], header: false }, { maxLineBytes: 16 * megabyte });
const jsonl = (): TableMachine => createJsonlMachine({ columns: [{ name: 'a', missing: 'null' }], unknown: 'refuse' }, { maxLineBytes: 16 * megabyte });

describe('a record without an end is refused in little memory', () => {
  it.each([
    ['CSV, in quotes', csv, '1,"'],
    ['CSV, without quotes', csv, '1,'],
    ['JSON lines', jsonl, '{"a":"'],
  ] as const)('%s', (_name, create, start) => {
    const machine = create();
    const piece = Buffer.alloc(256 * 1024, 'x');
    const before = process.memoryUsage().rss;
    const feedAll = (): void => {
      machine.feed(Buffer.from(start));
      for (let fed = 0; fed < 1024 * megabyte; fed += piece.length) machine.feed(piece);
    };
    expect(feedAll).toThrow(expect.objectContaining({ code: 'FILE_LINE_TOO_LONG', details: { line: 1, limit: 16 * megabyte } }));
    expect((process.memoryUsage().rss - before) / megabyte).toBeLessThan(200);
  });
});

it('a file of faults ends early', async () => {
  const text = Buffer.from(`a,b\n${'1\n'.repeat(5000)}`);
  const reading = await readFileText(text, 'case.csv', { limits: { maxFaults: 100 } });
  expect(reading.refused).toMatchObject({ code: 'FILE_INVALID', message: expect.stringContaining('Is the delimiter right?'), details: { line: 102 } });
});

it('names of columns are no code and no prototype', async () => {
  const { names, rows } = await readFileText(Buffer.from('__proto__,constructor,"a""; drop table t; --"\n1,2,3\n'), 'case.csv');
  expect([names, rows]).toEqual([['__proto__', 'constructor', 'a"; drop table t; --'], [['1', '2', '3']]]);
  const json = await readFileText(Buffer.from('{"__proto__":{"a":1},"constructor":2}\n'), 'case.jsonl', { json: { ['__proto__']: { json: true } } });
  expect(json.rows).toHaveLength(1);
  expect(({} as Record<string, unknown>)['a']).toBeUndefined();
});

it('columns that do not show, or come twice, or have no name are told together', async () => {
  const reading = await readFileText(Buffer.from('id\u00a0,\u200bname,,id\u00a0\n1,2,3,4\n'), 'case.csv', { columns: ['id', 'name'] });
  expect(reading.refused?.message).toContain(
    String.raw`column 1 "id\u00a0": the table has no such column; did you mean "id"?; column 2 "\u200bname": the table has no such column; did you mean "name"?; column 3 "": it has no name; column 4 "id\u00a0": the name comes twice, first as column 1`,
  );
});
