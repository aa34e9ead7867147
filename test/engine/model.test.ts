import { afterAll, beforeAll, expect, test } from 'vitest';
import { openArena, type Arena } from '../support/arena.ts';
import { resultOf } from '../support/two-databases.ts';
import { describe as describeRows, importRows } from './model.ts';
import { fill, makeRows, makeSchema, randomFrom, readTables, sqlOf, tieRings } from './random-tables.ts';

/** Random schemas and rows, imported by the engine and by a plain row-by-row reference: WAYBILL_MODEL_SEEDS for more, WAYBILL_MODEL_SEED for one. */
const seeds =
  process.env['WAYBILL_MODEL_SEED'] === undefined
    ? Array.from({ length: Number(process.env['WAYBILL_MODEL_SEEDS'] ?? 40) }, (_, seed) => seed + 1)
    : [Number(process.env['WAYBILL_MODEL_SEED'])];

let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

test.each(seeds)('agrees with a row-by-row reference, seed %i', async (seed) => {
  const random = randomFrom(seed);
  const tables = makeSchema(random);
  const source = tieRings(random, tables, makeRows(random, tables, 0));
  const target = tieRings(random, tables, makeRows(random, tables, 1));
  const schema = sqlOf(tables);
  const checks = tables
    .filter(({ strict }) => strict)
    .map(({ name }) => `alter table ${name} add check (v <> 'c') not valid`)
    .join(';\n');
  const story = `seed ${seed}\n${schema};\n-- source\n${fill(tables, source)};\n-- target\n${fill(tables, target)};\n${checks}`;
  await arena.set(schema, { source: fill(tables, source), target: `${fill(tables, target)};\n${checks}` });
  const archive = await arena.export(arena.source);
  const expected = importRows({ tables, source, target });
  const found = resultOf(await arena.import(arena.target, archive, { onError: 'reject-rows' })).tables;
  const counts = Object.fromEntries(
    found.map(({ table, counts: { insert, same, keep, blocked } }) => [table.replace('public.', ''), { insert, same, keep, blocked }]),
  );
  expect(counts, story).toEqual(expected.counts);
  const rows = await readTables(arena.inTarget, tables);
  expect(describeRows(tables, rows), story).toEqual(expected.rows);
  const again = resultOf(await arena.import(arena.target, archive, { onError: 'reject-rows' })).tables;
  expect(
    again.filter(({ table, counts: { insert, blocked } }) => insert > 0 || blocked !== expected.counts[table.replace('public.', '')]?.blocked),
    story,
  ).toEqual([]);
  expect(await readTables(arena.inTarget, tables), story).toEqual(rows);
});
