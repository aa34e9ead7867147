import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentDifferences, readContent, type Content } from '../../examples/crearis/content.ts';
import { createRandom, type Random } from '../../examples/crearis/random.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { ask, createProduction, type Production } from '../support/production.ts';
import { createWaybill, runEnded, type Server, type Waybill } from '../support/scenario.ts';

/**
 * An application edits, adds and deletes in production while development's archive is merged back, current winning: whatever
 * it was told is written stays, deleted rows stay away, and every row that it left alone is as a merge in peace leaves it.
 */
const seeds = 15;
let waybill: Waybill;
let server: Server;
let production: Production;
let merged: Content;
const targets: TestDatabase[] = [];

beforeAll(async () => {
  waybill = await createWaybill();
  production = await createProduction(waybill, 0.1);
  for (let seed = 0; seed <= seeds; seed += 1) targets.push(await createTestDatabase(production.database.name));
  await waybill.configure(Object.fromEntries(targets.map(({ url }, seed) => [`target-${seed}`, { url }])));
  server = await waybill.serve();
  const [peaceful] = targets;
  const run = await runEnded(server, await merge(0));
  expect(run.state, run.failure?.message).toBe('COMPLETED');
  merged = await readContent(peaceful?.url ?? '');
}, 240_000);
afterAll(async () => {
  await waybill.close();
  for (const target of targets) await target.drop();
});

const merge = (seed: number): Promise<string> =>
  ask(server, {
    mutation: 'merge',
    input: {
      upload: production.archives.home,
      database: `target-${seed}`,
      base: production.archives.base,
      onConflict: 'current',
      deletes: true,
      maxDeletes: 100,
    },
    key: `interleaving ${seed}`,
  });

/** By `table key`: the text that the application wrote last, or nothing where it deleted the row. */
type Written = ReadonlyMap<string, string | undefined>;

test(`an application that writes during a merge loses nothing, in ${seeds} seeded interleavings`, { timeout: 1_800_000 }, async () => {
  const ends = new Map<string, number>();
  let drifts = 0;
  for (const [seed, target] of targets.entries()) {
    if (seed === 0) continue;
    const before = await readContent(target.url);
    let isOver = false;
    const running = merge(seed)
      .then((runId) => runEnded(server, runId, 240_000))
      .finally(() => {
        isOver = true;
      });
    const [written, run] = await Promise.all([writeUntil(() => isOver, { url: target.url, random: createRandom(3000 + seed), seed }), running]);
    ends.set(run.state, (ends.get(run.state) ?? 0) + 1);
    drifts += run.drifts;
    expect(['COMPLETED', 'REFUSED'], `seed ${seed}: ${run.failure?.code} ${run.failure?.message}`).toContain(run.state);
    const after = await readContent(target.url);
    expect(lost(written, after), `seed ${seed}, ${run.state}, drifts ${run.drifts}`).toEqual([]);
    const differences = contentDifferences(run.state === 'COMPLETED' ? merged : before, after);
    expect(
      differences.filter((difference) => ![...written.keys()].some((key) => difference.startsWith(`${key}:`))),
      `seed ${seed}, ${run.state}, drifts ${run.drifts}`,
    ).toEqual([]);
  }
  console.warn(`Ends: ${JSON.stringify(Object.fromEntries(ends))}, drifts: ${drifts}`);
  expect(ends.get('COMPLETED') ?? 0).toBeGreaterThan(seeds / 2);
  expect(drifts).toBeGreaterThan(0);
});

const lost = (written: Written, after: Content): readonly string[] =>
  [...written].flatMap(([place, text]) => {
    const [table = '', key = ''] = place.split(' ');
    const image = after.get(table)?.get(key);
    if (text === undefined) return image === undefined ? [] : [`${place}: deleted by the application, found ${image}`];
    return image?.includes(text) === true ? [] : [`${place}: ${text} wanted, found ${image ?? 'no such row'}`];
  });

type Action = { readonly table: string; readonly sql: string; readonly values: (text: string) => readonly string[] };

/** The application: small transactions while the merge runs, until it has had enough: a merge that it disturbs without end is refused in the end. */
const writeUntil = async (
  isOver: () => boolean,
  { url, random, seed }: { readonly url: string; readonly random: Random; readonly seed: number },
): Promise<Written> => {
  const client = new pg.Client({ connectionString: url, application_name: 'application' });
  await client.connect();
  const written = new Map<string, string | undefined>();
  const run = async (text: string, values: readonly unknown[]): Promise<string | undefined> => {
    try {
      return (await client.query<{ key: string }>(text, [...values])).rows[0]?.key;
    } catch (error) {
      // Refused by a constraint or a lock: the application was told, so nothing is owed.
      if (error instanceof pg.DatabaseError && ['23505', '23503', '40001', '40P01', '55P03'].includes(error.code ?? '')) return undefined;
      throw error;
    }
  };
  try {
    const people = (await client.query<{ xmlid: string }>('select xmlid from participants order by xmlid')).rows.map(({ xmlid }) => xmlid);
    const posts = (await client.query<{ xmlid: string }>('select xmlid from posts order by xmlid')).rows.map(({ xmlid }) => xmlid);
    const add = 'insert into participants (xmlid, name, status_id) values ($1, $2, 31) returning xmlid as key';
    const actions: readonly Action[] = [
      {
        table: 'participants',
        sql: 'update participants set name = $2 where xmlid = $1 returning xmlid as key',
        values: (text) => [random.pick(people), text],
      },
      { table: 'posts', sql: 'update posts set title = $2 where xmlid = $1 returning xmlid as key', values: (text) => [random.pick(posts), text] },
      { table: 'participants', sql: add, values: (text) => [`app_${random.whole(1, 1000)}`, text] },
      { table: 'participants', sql: add, values: (text) => [`dev_${random.whole(1, 20)}`, text] },
      { table: 'participants', sql: 'delete from participants where xmlid = $1 returning xmlid as key', values: () => [random.pick(people)] },
    ];
    const steps = random.whole(20, 120);
    for (let step = 0; step < steps && !isOver(); step += 1) {
      await new Promise((done) => setTimeout(done, random.whole(10, 120)));
      const text = `application ${seed}.${step};`;
      const { table, sql, values } = random.pick(actions);
      const key = await run(sql, values(text));
      if (key !== undefined) written.set(`${table} ${key}`, sql.startsWith('delete') ? undefined : text);
    }
  } finally {
    await client.end();
  }
  return written;
};
