import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentDifferences, expectedAfterImport, readContent, type Content } from '../../examples/crearis/content.ts';
import { loadExample } from '../../examples/crearis/load.ts';
import { createRandom, type Random } from '../../examples/crearis/random.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { createWaybill, requestImport, runEnded, type Server, type Waybill } from '../support/scenario.ts';

/**
 * An application inserts, edits, deletes and renames in the target while the import runs. Afterwards the target says what
 * some serial order of the import and the application's transactions would have left: nothing lost, nothing mixed.
 */
const seeds = 50;
const file = 'example.tar.zst';
let waybill: Waybill;
let server: Server;
let incoming: Content;
let before: Content;
const targets: TestDatabase[] = [];

beforeAll(async () => {
  waybill = await createWaybill();
  const source = await waybill.database();
  const template = await waybill.database();
  await loadExample(source.url, { copy: 'first', scale: 0.1 });
  await loadExample(template.url, { copy: 'second', scale: 0.1 });
  [incoming, before] = await Promise.all([readContent(source.url), readContent(template.url)]);
  const exported = await waybill.cli(['export', '--from', source.url, '--out', `${waybill.env['WAYBILL_BACKUP_DIR'] ?? ''}/${file}`]);
  expect(exported, exported.stderr).toMatchObject({ status: 0 });
  for (let seed = 0; seed < seeds; seed += 1) targets.push(await createTestDatabase(template.name));
  await waybill.configure(Object.fromEntries(targets.map(({ url }, seed) => [`target-${seed}`, { url }])));
  server = await waybill.serve();
}, 240_000);
afterAll(async () => {
  await waybill.close();
  for (const target of targets) await target.drop();
});

/** What may be found under a key that the application touched: its own text, nothing, or the archive's row. */
type Touched = { readonly table: string; readonly key: string; readonly may: readonly ('own' | 'absent' | 'archive')[]; readonly text: string };
type Written = { readonly touched: ReadonlyMap<string, Touched>; readonly renamed: { readonly from: string; readonly to: string } | undefined };

test(`an application that writes during the import loses nothing, in ${seeds} seeded interleavings`, { timeout: 1_800_000 }, async () => {
  const ends = new Map<string, number>();
  let drifts = 0;
  for (const [seed, target] of targets.entries()) {
    const random = createRandom(1000 + seed);
    const running = requestImport(server, `target-${seed}`, `backup/${file}`, `interleaving ${seed}`);
    const written = await writeMeanwhile(target.url, random, seed);
    const run = await runEnded(server, await running);
    ends.set(run.state, (ends.get(run.state) ?? 0) + 1);
    drifts += run.drifts;
    const types = run.events.edges.map(({ node }) => node.type);
    expect(types.filter((type) => type === 'RunDrifted').length, `seed ${seed}`).toBe(run.drifts);
    expect(['COMPLETED', 'REFUSED'], `seed ${seed}: ${run.failure?.code} ${run.failure?.message}`).toContain(run.state);
    expect(mixed(written, await readContent(target.url), run.state === 'COMPLETED'), `seed ${seed}, ${run.state}, drifts ${run.drifts}`).toEqual([]);
  }
  console.warn(`Ends: ${JSON.stringify(Object.fromEntries(ends))}, drifts: ${drifts}`);
  expect(ends.get('COMPLETED') ?? 0).toBeGreaterThan(seeds / 2);
});

/** The application: about forty small transactions over the time that an import takes. */
const writeMeanwhile = async (url: string, random: Random, seed: number): Promise<Written> => {
  const client = new pg.Client({ connectionString: url, application_name: 'application' });
  await client.connect();
  const touched = new Map<string, Touched>();
  const touch = (table: string, key: string, may: Touched['may'], text = ''): void => void touched.set(`${table} ${key}`, { table, key, may, text });
  const keysOf = (content: Content, table: string): readonly string[] => [...(content.get(table)?.keys() ?? [])];
  const there = keysOf(before, 'participants');
  const absent = keysOf(incoming, 'participants').filter((key) => !there.includes(key));
  const run = async (text: string, values: readonly unknown[]): Promise<number> => {
    try {
      return (await client.query(text, [...values])).rowCount ?? 0;
    } catch (error) {
      // Refused by a constraint or a lock: the application was told, so nothing is owed.
      if (error instanceof pg.DatabaseError && ['23505', '23503', '40001', '40P01', '55P03'].includes(error.code ?? '')) return 0;
      throw error;
    }
  };
  let renamed: Written['renamed'];
  try {
    for (let step = 0; step < 40; step += 1) {
      await new Promise((done) => setTimeout(done, random.whole(0, 40)));
      const text = `application ${seed}.${step};`;
      const key = random.pick(there);
      const action = random.whole(0, 5);
      if (action === 0 && (await run('update participants set name = $2 where xmlid = $1', [key, text])) === 1) touch('participants', key, ['own'], text);
      if (action === 1 && (await run(`insert into participants (xmlid, name, status_id) values ($1, $2, 31)`, [`app_${step}`, text])) === 1)
        touch('participants', `app_${step}`, ['own'], text);
      if (action === 2) {
        const wanted = random.pick(absent);
        if ((await run(`insert into participants (xmlid, name, status_id) values ($1, $2, 31)`, [wanted, text])) === 1)
          touch('participants', wanted, ['own'], text);
      }
      if (action === 3 && (await run('delete from participants where xmlid = $1', [key])) === 1) touch('participants', key, ['absent', 'archive']);
      if (action === 4) {
        const tag = random.pick(keysOf(before, 'tags'));
        if ((await run('delete from tags where name = $1', [tag])) === 1) touch('tags', tag, ['absent', 'archive']);
      }
      if (action === 5 && renamed === undefined && seed % 3 === 0) {
        const from = random.pick(keysOf(before, 'projects'));
        if ((await run('update projects set domaincode = $2 where domaincode = $1', [from, `renamed-${seed}`])) === 1)
          renamed = { from, to: `renamed-${seed}` };
      }
    }
  } finally {
    await client.end();
  }
  return { touched, renamed };
};

/** Differences from every serial order; empty when one fits. */
const mixed = ({ touched, renamed }: Written, actual: Content, imported: boolean): readonly string[] => {
  const rename = (content: Content): Content => (renamed === undefined ? content : replaced(content, renamed));
  const orders = imported ? [expectedAfterImport(incoming, rename(before)), rename(expectedAfterImport(incoming, before))] : [rename(before)];
  const differences = orders.map((expected) =>
    contentDifferences(expected, actual).filter((difference) => ![...touched.keys()].some((key) => difference.startsWith(`${key}: expected`))),
  );
  const fits = differences.find((found) => found.length === 0) ?? differences[0] ?? [];
  const lost = [...touched.values()].flatMap(({ table, key, may, text }) => {
    const image = actual.get(table)?.get(key);
    const is = image === undefined ? 'absent' : text !== '' && image.includes(text) ? 'own' : image === incoming.get(table)?.get(key) ? 'archive' : 'other';
    return is === 'other' || !may.includes(is) ? [`${table} ${key}: ${may.join(' or ')} wanted, ${is} found: ${image ?? ''}`] : [];
  });
  return [...fits, ...lost];
};

/** Keys of projects appear inside other rows as whole words. */
const replaced = (content: Content, { from, to }: { readonly from: string; readonly to: string }): Content => {
  const word = new RegExp(`(?<![\\w-])${from}(?![\\w-])`, 'g');
  return new Map(
    [...content].map(([table, rows]) => [table, new Map([...rows].map(([key, image]) => [key.replaceAll(word, to), image.replaceAll(word, to)]))]),
  );
};
