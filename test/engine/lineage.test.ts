import { afterEach, expect, test } from 'vitest';
import { openArchive } from '../../src/infra/archive/read-archive.ts';
import { createEngineRig } from '../support/engine.ts';
import { query, resultOf, twoDatabases, type TwoDatabases } from '../support/two-databases.ts';

let databases: TwoDatabases | undefined;
afterEach(async () => {
  await databases?.source.drop();
  await databases?.target.drop();
});

test('an archive names what its database had taken in', async () => {
  const rig = await createEngineRig();
  databases = await twoDatabases(`create table t (k text primary key)`, { source: `insert into t values ('a')` });
  const { source, target } = databases;
  const first = await rig.export(source.url);
  const { runId } = await rig.import(target.url, first).then((imported) => ({ ...imported, result: resultOf(imported) }));
  await query(target.url, `insert into t values ('b')`);
  const lineage = async (sha256: string): Promise<unknown> => {
    const archive = await openArchive(rig.blobs.path(sha256), {});
    await archive.close();
    return archive.manifest.lineage;
  };
  const [[sourceId]] = (await query(source.url, `select database_id from waybill.database`)) as [[string]];
  expect(await lineage(first)).toEqual({ tookIn: [] });
  expect(await lineage(await rig.export(target.url))).toMatchObject({ tookIn: [{ run: runId, archive: { sha256: first, databaseId: sourceId } }] });
});
