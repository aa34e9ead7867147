import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createAppend } from '../../src/events/log/migrations/0001-append.sql.ts';
import { createProject } from '../../src/events/log/migrations/0001-project.sql.ts';
import { createTables } from '../../src/events/log/migrations/0001-tables.sql.ts';
import { openStore } from '../../src/events/store.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/cluster.ts';
import { describeSchema } from '../support/describe-schema.ts';
import { meta } from '../support/store.ts';

type Recording = {
  readonly head: { readonly position: number; readonly hash: string; readonly at: string };
  readonly events: readonly object[];
  readonly readModels: { readonly runs: readonly object[] };
};

const recorded = async (): Promise<Recording> => JSON.parse(await readFile(new URL('./recorded/0001.json', import.meta.url), 'utf8')) as Recording;

/** A store as the first version left it, with a log in it. */
const olderStore = async (database: TestDatabase, { events, head }: Recording): Promise<void> => {
  const session = await database.session();
  await session.run(sql`create schema waybill`);
  await session.run(
    sql`create table waybill.store_migration (id serial primary key, name varchar(255) not null, executed_at timestamptz(6) not null default current_timestamp(6))`,
  );
  for (const statement of [...createTables, ...createProject, ...createAppend]) await session.run(sql.raw(statement));
  await session.run(sql`insert into waybill.store_migration (name) values ('0001-log')`);
  await session.run(sql`insert into waybill.event select * from jsonb_populate_recordset(null::waybill.event, ${JSON.stringify(events)}::jsonb)`);
  await session.run(sql`update waybill.head set position = ${head.position}, hash = decode(${head.hash}, 'hex'), at = ${head.at}::timestamptz`);
  await session.one(sql`select waybill.rebuild_read_models()`);
};

test('a store of the first version opens with its runs, and takes the kinds that came later', async () => {
  const database = await createTestDatabase();
  const recording = await recorded();
  await olderStore(database, recording);
  const store = await openStore(database.url, { purpose: 'upgrade' });
  const { rows } = await store.runs();
  expect(rows).toHaveLength(recording.readModels.runs.length);
  for (const row of rows) expect(row).toMatchObject({ resolutions: [], lost: false });

  const taken = rows.find(({ kind, state }) => kind === 'import' && state === 'completed');
  const input = { run: taken?.runId ?? '', database: 'shop', exclusive: false, approval: 'none', onConflict: 'current', maxDeletes: 'any' } as const;
  const { runId } = await store.requestRun({ kind: 'rollback', input }, meta());
  expect(await store.run(runId)).toMatchObject({ kind: 'rollback', takesBack: input.run });
  expect(await store.verify({ head: recording.head })).toEqual({ ok: true, position: recording.head.position + 1 });
  await store.rebuildReadModels();
  expect(await store.run(runId)).toMatchObject({ kind: 'rollback', takesBack: input.run });

  const described = await describeSchema(await database.session(), 'waybill');
  await store.close();
  const fresh = await createTestDatabase();
  await (await openStore(fresh.url, { purpose: 'fresh' })).close();
  expect(described).toBe(await describeSchema(await fresh.session(), 'waybill'));
  await Promise.all([database.drop(), fresh.drop()]);
});
