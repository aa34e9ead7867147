import { afterEach, beforeAll, expect, test } from 'vitest';
import { createEngineRig, type EngineRig } from '../support/engine.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { query, twoDatabases, type TwoDatabases } from '../support/two-databases.ts';

let rig: EngineRig;
let databases: TwoDatabases | undefined;
beforeAll(async () => {
  rig = await createEngineRig();
});
afterEach(async () => {
  await databases?.source.drop();
  await databases?.target.drop();
  databases = undefined;
});

const schema = `create table region (id serial primary key, code text not null unique);
  create table town (id serial primary key, region_id int not null references region, name text not null, unique (region_id, name));
  create table house (id serial primary key, number text not null unique, town_id int not null references town)`;
const rows = `insert into region (code) values ('north'), ('south'); insert into town (region_id, name) values (1, 'Ford'), (2, 'Ford'); insert into house (number, town_id) values ('h1', 1), ('h2', 2)`;

/** Renames something between plan and writes: an open transaction that the import must wait for, then meets changed. */
const renamedMeanwhile = async (
  change: string,
  tables?: readonly string[],
): Promise<{ readonly drifts: number; readonly towns: readonly (readonly (string | null)[])[] }> => {
  databases = await twoDatabases(schema, {
    source: rows,
    target: `insert into region (id, code) values (8, 'south'), (9, 'north'); insert into town (id, region_id, name) values (80, 8, 'Ford'), (90, 9, 'Ford')`,
  });
  const { source, target } = databases;
  const archive = await rig.export(source.url, tables === undefined ? {} : { tables });
  const other = await openSession(target.url, { purpose: 'application' });
  await other.run(sql`begin`);
  await other.run(sql`${sql.raw(change)}`);
  let released: Promise<unknown> | undefined;
  const imported = await rig.import(target.url, archive, {
    onError: 'reject-rows',
    onProgress: (progress) => {
      if (progress.phase === 'waiting for lock' && progress.waitingFor?.includes('application') === true) released ??= other.run(sql`commit`);
    },
  });
  await released;
  await other.close();
  return {
    drifts: imported.drifts.length,
    towns: await query(target.url, `select h.number, r.code from house h join town t on t.id = h.town_id join region r on r.id = t.region_id order by 1`),
  };
};

test('waits for a parent that is being renamed, and plans again', async () => {
  const { drifts, towns } = await renamedMeanwhile(`update town set name = 'Fjord' where id = 80`);
  expect(drifts).toBe(1);
  expect(towns).toEqual([
    ['h1', 'north'],
    ['h2', 'south'],
  ]);
});

test('waits for the ancestor that a key comes from', async () => {
  const { drifts, towns } = await renamedMeanwhile(`update region set code = 'east' where id = 9`);
  expect(drifts).toBe(1);
  expect(towns).toEqual([
    ['h1', 'north'],
    ['h2', 'south'],
  ]);
});

test('waits for a parent that is named by a companion column, and leaves the row out when it is gone', async () => {
  const { drifts, towns } = await renamedMeanwhile(`update town set name = 'Fjord' where id = 80`, ['house']);
  expect(drifts).toBe(1);
  expect(towns).toEqual([['h1', 'north']]);
});

test('waits for the ancestor of a parent that is named by a companion column', async () => {
  const { drifts, towns } = await renamedMeanwhile(`update region set code = 'east' where id = 9`, ['house']);
  expect(drifts).toBe(1);
  expect(towns).toEqual([['h2', 'south']]);
});
