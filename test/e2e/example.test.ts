import { expect, test } from 'vitest';
import { createCopy } from '../../examples/crearis/copies.ts';
import { readContent } from '../../examples/crearis/content.ts';
import { loadExample } from '../../examples/crearis/load.ts';
import { createTestDatabase } from '../support/cluster.ts';

test('the example is the same wherever it is made', () => {
  expect(createCopy({ copy: 'first', scale: 0.05 })).toEqual(createCopy({ copy: 'first', scale: 0.05 }));
  expect(createCopy({ copy: 'first', scale: 0.05, seed: 2 })).not.toEqual(createCopy({ copy: 'first', scale: 0.05 }));
});

test('the example has more than ten thousand rows and its second copy lacks about half', () => {
  const rows = (copy: 'first' | 'second'): number => createCopy({ copy }).reduce((sum, table) => sum + table.rows.length, 0);
  expect(rows('first')).toBeGreaterThan(10_000);
  expect(rows('second') / rows('first')).toBeGreaterThan(0.4);
  expect(rows('second') / rows('first')).toBeLessThan(0.6);
});

test('no id of the second copy means the same row as in the first', () => {
  const keyOf: Readonly<Record<string, string>> = { users: 'sysmail', projects: 'domaincode', posts: 'xmlid', events: 'xmlid', tags: 'name' };
  const ids = (copy: 'first' | 'second', table: string): ReadonlyMap<string | undefined, string | undefined> => {
    const found = createCopy({ copy, scale: 0.2 }).find((candidate) => candidate.table === table);
    const key = found?.columns.indexOf(keyOf[table] ?? '') ?? -1;
    return new Map(found?.rows.map((row) => [row[key], row[0]]));
  };
  for (const table of Object.keys(keyOf)) {
    const [first, second] = [ids('first', table), ids('second', table)];
    expect([...second].filter(([key, id]) => first.get(key) === id)).toEqual([]);
  }
});

test('a copy loads, cycle and self reference included', async () => {
  const database = await createTestDatabase();
  expect(await loadExample(database.url, { copy: 'second', scale: 0.05 })).toBeGreaterThan(300);
  const content = await readContent(database.url);
  expect([...(content.get('users')?.values() ?? [])].filter((image) => image.includes('instructor_')).length).toBeGreaterThan(0);
  await database.drop();
});
