import { cp, mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { Refusal } from '../../src/domain/refusal.ts';
import type { StoredEvent } from '../../src/domain/run/events.ts';
import { createReplayHandler } from '../../src/events/projectors/database/run-replay.ts';
import { openStore, type Store } from '../../src/events/store.ts';
import { createTargetLog } from '../../src/events/target-log.ts';
import { openBlobStore } from '../../src/infra/blobs/blob-store.ts';
import { createTestDatabase } from '../support/cluster.ts';
import { query } from '../support/two-databases.ts';
import { recordHistory, tablesOf } from './record-history.ts';

/**
 * Logs of released versions with the files that they name: archives and ledgers. Each must replay into an empty database and
 * give the rows that the runs left then, by today's code. A folder, once released, is never written again;
 * `RECORD_REPLAY=name` adds one.
 */
type Recorded = {
  readonly head: { readonly position: number; readonly hash: string; readonly at: string };
  readonly events: readonly object[];
  readonly rows: Readonly<Record<string, readonly (readonly (string | null)[])[]>>;
  readonly foreign: readonly { readonly table: string; readonly rows: number; readonly examples: readonly string[] }[];
};

const folder = join(import.meta.dirname, 'recorded/replay');
const given = process.env['RECORD_REPLAY'];
if (given !== undefined) {
  await mkdir(join(folder, given), { recursive: true });
  await recordHistory(join(folder, given));
}
const names = (await readdir(folder)).toSorted();

const load = async (store: Store, { events, head }: Recorded): Promise<void> => {
  const { pool } = store.context;
  await pool.query('insert into waybill.event select * from jsonb_populate_recordset(null::waybill.event, $1::jsonb)', [JSON.stringify(events)]);
  await pool.query(`update waybill.head set position = $1, hash = decode($2, 'hex'), at = $3`, [head.position, head.hash, head.at]);
  await store.rebuildReadModels();
};

test.each(names)('the history %s is replayed into an empty database, with its files', async (name) => {
  const recorded = JSON.parse(await readFile(join(folder, name, 'history.json'), 'utf8')) as Recorded;
  const blobFolder = await mkdtemp(join(inject('tempFolder'), 'recorded-'));
  await cp(join(folder, name, 'blobs'), blobFolder, { recursive: true });
  const [log, fresh] = [await createTestDatabase(), await createTestDatabase()];
  const blobs = await openBlobStore(blobFolder);
  const store = await openStore(log.url, { purpose: 'recorded replay', blobs });
  await load(store, recorded);
  expect(await store.verify({ head: recorded.head })).toEqual({ ok: true, position: recorded.head.position });
  await query(fresh.url, await readFile(join(folder, name, 'schema.sql'), 'utf8'));
  const handler = createReplayHandler({
    blobs,
    identities: [],
    findDatabase: async (database) => {
      if (database !== 'fresh') throw new Refusal('DATABASE_UNKNOWN', 'The old database is gone.');
      return { name: database, url: fresh.url, tables: {} };
    },
    identified: async () => undefined,
    publishReject: async () => undefined,
    approvedPlan: async () => undefined,
    log: createTargetLog(store),
    events: (selection): Promise<readonly StoredEvent[]> => store.events(selection),
  });
  const outcome = await handler({
    kind: 'replay',
    input: { database: 'fresh', of: 'target' },
    runId: 'replay',
    attempt: 1,
    resolutions: [],
    meta: { actor: 'test', requestId: 'test', client: 'test' },
    signal: new AbortController().signal,
    progress: () => undefined,
    planned: async () => undefined,
    drifted: async () => undefined,
  });
  if (outcome.state !== 'completed' || outcome.result.kind !== 'replay') throw new Error(JSON.stringify(outcome));
  expect(await tablesOf(fresh.url)).toEqual(recorded.rows);
  expect(outcome.result.foreign.map(({ table, rows, examples }) => ({ table, rows, examples }))).toEqual(recorded.foreign);
  await store.close();
  for (const database of [log, fresh]) await database.drop();
});
