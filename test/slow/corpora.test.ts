import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corporaDatabases, corporaExtensions, corporaMissing, loadCorpora, recordedHashes } from '../support/corpora.ts';
import { clusterUrl, databaseUrl } from '../support/cluster.ts';
import { dbhash, hashDifferences, hashLines } from '../support/dbhash.ts';
import { createWaybill, jsonOf, leftovers, type Waybill } from '../support/scenario.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';

const missing = corporaMissing();
if (missing !== undefined) console.warn(missing);

/** What a user's trigger rewrites on insert: the only differences there may be. */
const explained: Readonly<Record<string, readonly { readonly table: string; readonly by: string }[]>> = {
  shapes: [{ table: 'core.price', by: 'trigger touch: changed becomes 2030-01-01' }],
};

describe.skipIf(missing !== undefined)('each sample database goes into its own schema in a fresh database', () => {
  let waybill: Waybill;
  const role = `test_role_${randomBytes(4).toString('hex')}`;

  beforeAll(async () => {
    waybill = await createWaybill();
    await asAdmin(clusterUrl(), [sql`create role ${sql.id(role)} login`]);
  });
  afterAll(async () => {
    await waybill.close();
    // A failed test keeps its database, and with it what the role owns there.
    await asAdmin(clusterUrl(), [sql`drop role ${sql.id(role)}`]).catch((error: unknown) => console.warn(String(error)));
  });

  for (const name of corporaDatabases()) {
    test(`${name} arrives with equal content, carried by a role that is no superuser`, { timeout: 180_000 }, async () => {
      const source = await waybill.database();
      const target = await waybill.database();
      await loadCorpora(name, source.url, 'whole');
      const before = await dbhash(source.url);
      expect(hashLines(before)).toBe(recordedHashes(name));
      await asAdmin(target.url, [
        ...corporaExtensions(name).map((extension) => sql`create extension ${sql.id(extension)}`),
        sql`alter schema public owner to ${sql.id(role)}`,
        sql`grant create on database ${sql.id(target.name)} to ${sql.id(role)}`,
      ]);
      const asRole = databaseUrl(target.name, role);
      await loadCorpora(name, asRole, 'schema');
      await asAdmin(target.url, [sql`revoke create on database ${sql.id(target.name)} from ${sql.id(role)}`]);
      await waybill.configure({ source: { url: source.url }, target: { url: asRole, waybillSchema: 'public' } });

      const file = waybill.path(`${name}.tar.zst`);
      const exported = await waybill.cli(['export', '--from', 'source', '--out', file, '--json']);
      expect(exported, exported.stderr).toMatchObject({ status: 0 });
      const imported = await waybill.cli(['import', file, '--into', 'target', '--yes', '--json']);
      expect(imported, imported.stderr + imported.stdout).toMatchObject({ status: 0 });
      jsonOf(imported);

      const differences = hashDifferences(before, await dbhash(target.url, { withoutWaybill: true, ownSchemas: ['public', 'waybill'] }));
      const tables = differences.map((difference) => difference.slice(0, difference.indexOf(':')));
      for (const { table, by } of explained[name] ?? []) console.warn(`${name}: ${table} differs, explained by ${by}`);
      expect(differences.filter((_, index) => !(explained[name] ?? []).some(({ table }) => table === tables[index]))).toEqual([]);
      expect(await leftovers(target)).toEqual([]);
      expect(await dbhash(source.url, { withoutWaybill: true })).toEqual(before);
    });
  }
});

const asAdmin = async (url: string, statements: readonly ReturnType<typeof sql>[]): Promise<void> => {
  const session = await openSession(url, { purpose: 'test admin' });
  try {
    for (const statement of statements) await session.run(statement);
  } finally {
    await session.close();
  }
};
