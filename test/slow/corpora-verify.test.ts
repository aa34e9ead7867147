import { describe, expect, test } from 'vitest';
import { verifyData, type DataComparison } from '../../src/events/verify-data.ts';
import { createTestDatabase } from '../support/cluster.ts';
import { corporaDatabases, corporaMissing, loadCorpora } from '../support/corpora.ts';
import { query } from '../support/two-databases.ts';

const missing = corporaMissing();
if (missing !== undefined) console.warn(missing);

const verify = (a: string, b: string): Promise<DataComparison> =>
  verifyData({
    a: { name: 'a', url: a, tables: {} },
    b: { name: 'b', url: b, tables: {} },
    aside: [],
    differences: 20,
    signal: new AbortController().signal,
  });

/** One row less, in the largest table that nothing refers to. */
const removeOne = `do $$ declare t regclass; begin
  for t in select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and not c.relispartition and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'waybill') and not exists (select from pg_constraint k where k.confrelid = c.oid and k.contype = 'f')
      and not exists (select from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal and g.tgtype & 8 <> 0) and not exists (select from pg_rewrite r where r.ev_class = c.oid)
    order by pg_relation_size(c.oid) desc loop
    execute format('delete from only %s where ctid = (select min(ctid) from only %s)', t, t);
    exit;
  end loop;
end $$`;

describe.skipIf(missing !== undefined)('each sample database is equal to its like, and not to one with a row less', () => {
  for (const name of corporaDatabases()) {
    test(name, { timeout: 180_000 }, async () => {
      const [a, b] = [await createTestDatabase(), await createTestDatabase()];
      await loadCorpora(name, a.url, 'whole');
      await loadCorpora(name, b.url, 'whole');
      const found = await verify(a.url, b.url);
      expect(found.tables.filter(({ equal }) => !equal)).toEqual([]);
      expect(found.tables.length).toBeGreaterThan(0);
      // Whatever is not compared is said with its reason; a whole database put aside would be no comparison.
      for (const table of found.tables) expect(table.hashA, table.table).toBe(table.hashB);
      await query(b.url, removeOne);
      const [differing, another] = (await verify(a.url, b.url)).tables.filter(({ equal }) => !equal);
      expect([differing?.onlyA, differing?.onlyB, differing?.different, differing?.differences.map(({ side }) => side), another]).toEqual([
        1,
        0,
        0,
        ['a'],
        undefined,
      ]);
      console.warn(`${name}: ${found.tables.length} tables; ${found.notes.join('; ')}`);
      await a.drop();
      await b.drop();
    });
  }
});
