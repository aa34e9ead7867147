import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { eventCodecs } from '../../src/events/log/codec.ts';

const read = (path: string): Promise<string> => readFile(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

const firstCells = (text: string): string[] => [...text.matchAll(/^\| `([A-Za-z]+)` \|/gm)].map(([, cell]) => cell ?? '');

describe('docs/LOG.md', () => {
  it('lists exactly the events that the domain knows', async () => {
    const types = [...(await read('src/domain/run/events.ts')).matchAll(/readonly type: '(\w+)'/g)].map(([, type]) => type);
    expect(firstCells(await read('docs/LOG.md'))).toEqual(types);
    expect(Object.keys(eventCodecs)).toEqual(types);
  });

  it('names the columns of the table that holds them', async () => {
    const tables = await read('src/events/log/migrations/0001-tables.sql.ts');
    const columns = /create table waybill\.event \(([\s\S]*?)constraint/
      .exec(tables)?.[1]
      ?.match(/^\s+(\w+) /gm)
      ?.map((line) => line.trim());
    const section = (await read('docs/LOG.md')).split('## Columns')[1]?.split('## Rules')[0] ?? '';
    expect([...section.matchAll(/`(\w+)`/g)].map(([, column]) => column)).toEqual(columns);
  });
});
