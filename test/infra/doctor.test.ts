import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/infra/config.ts';
import { diagnose, type Check, type Diagnosis } from '../../src/infra/doctor.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { createTestDatabase, databaseUrl, type TestDatabase } from '../support/cluster.ts';

describe('the doctor', () => {
  let database: TestDatabase;
  let cwd: string;
  const role = `doctor_${Math.random().toString(36).slice(2, 10)}`;
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'waybill-doctor-'));
    database = await createTestDatabase();
    const session = await database.session();
    await session.run(sql`create table open_table (id int)`);
    await session.run(sql`create table closed_table (id int)`);
    await session.run(sql`create role ${sql.id(role)} login`);
    await session.run(sql`grant select on open_table to ${sql.id(role)}`);
  });
  afterAll(async () => {
    const session = await database.session();
    await session.run(sql`drop owned by ${sql.id(role)}`);
    await session.run(sql`drop role ${sql.id(role)}`);
    await database.drop();
    await rm(cwd, { recursive: true, force: true });
  });

  const diagnoseWith = async (env: Record<string, string>): Promise<Diagnosis> =>
    diagnose(await loadConfig({ cwd, env: { WAYBILL_STORE_URL: database.url, ...env } }));
  const named = ({ checks }: Diagnosis, name: string): Check | undefined => checks.find((check) => check.name === name);

  it('is content with a store, folders and a database that can serve', async () => {
    const diagnosis = await diagnoseWith({ DATABASE_URL: database.url });
    expect(diagnosis.checks.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(diagnosis.healthy).toBe(true);
    expect(named(diagnosis, 'default session')).toMatchObject({ detail: 'direct, read-write' });
    expect(diagnosis.settings.length).toBeGreaterThan(20);
  });

  it('names the tables that a role may not read, and who may make the waybill schema', async () => {
    const diagnosis = await diagnoseWith({ WAYBILL_DATABASE_SHOP: databaseUrl(database.name, role) });
    expect(named(diagnosis, 'shop rights')).toMatchObject({ state: 'problem', detail: expect.stringContaining('may not read 1 of 2 tables') });
    expect(named(diagnosis, 'shop waybill schema')).toMatchObject({ state: 'warning', detail: expect.stringContaining('waybill install --print') });
    expect(diagnosis.healthy).toBe(false);
  });

  it('says what is wrong with a database that cannot be reached, without its password', async () => {
    const diagnosis = await diagnoseWith({ DATABASE_URL: 'postgres://someone:hunter2@127.0.0.1:1/none' });
    expect(named(diagnosis, 'default')).toMatchObject({ state: 'problem', detail: expect.stringContaining('CONNECTION_LOST') });
    expect(JSON.stringify(diagnosis)).not.toContain('hunter2');
  });

  it('takes a role that may only read for a source of exports', async () => {
    const session = await database.session();
    await session.run(sql`alter role ${sql.id(role)} set default_transaction_read_only = on`);
    const diagnosis = await diagnoseWith({ WAYBILL_DATABASE_SHOP: databaseUrl(database.name, role) });
    await session.run(sql`alter role ${sql.id(role)} reset default_transaction_read_only`);
    expect(named(diagnosis, 'shop session')).toMatchObject({ state: 'warning', detail: expect.stringContaining('DATABASE_READ_ONLY') });
  });

  it('says which database it is, before and after it is recorded', async () => {
    const identity = async (): Promise<string> => named(await diagnoseWith({ DATABASE_URL: database.url }), 'default identity')?.detail ?? '';
    const before = await identity();
    expect(before).toMatch(/^0[0-9A-F]{25} \(not recorded yet/);
    const session = await database.session();
    await session.run(
      sql`${sql.raw(`create schema waybill; create table waybill.database (database_id text, parent_id text, system_identifier text, oid bigint, name text, created_at timestamptz default now());
      insert into waybill.database values ('ORIGINAL', null, 'another cluster', 1, 'x')`)}`,
    );
    expect(await identity()).toBe('a copy of ORIGINAL; the first run that writes gives it an id of its own');
    await session.run(
      sql`insert into waybill.database values ('COPY', 'ORIGINAL', null, (select oid from pg_database where datname = current_database()), 'y')`,
    );
    expect(await identity()).toBe('COPY, a copy of ORIGINAL');
    await session.run(sql`drop schema waybill cascade`);
  });

  it('finds a folder that is a file, and an open door without a key', async () => {
    await writeFile(join(cwd, 'backup-file'), '');
    const diagnosis = await diagnoseWith({ WAYBILL_BACKUP_DIR: 'backup-file', WAYBILL_HOST: '0.0.0.0' });
    expect(diagnosis.checks.filter(({ state }) => state === 'problem').map(({ name }) => name)).toEqual(['door', 'backupDir']);
  });

  it('finds initial data for a database that is not registered', async () => {
    expect(named(await diagnoseWith({ WAYBILL_SEED_INTO: 'shop' }), 'seed')).toMatchObject({ state: 'problem', detail: expect.stringContaining('"shop"') });
    expect(named(await diagnoseWith({ WAYBILL_SEED_INTO: 'shop', WAYBILL_DATABASE_SHOP: database.url }), 'seed')).toBeUndefined();
  });

  it.each([
    [{}, 'ok', /^127\.0\.0\.1:4000, this machine only; whoever is on it may do everything without a key$/],
    [{ WAYBILL_HOST: '::1', WAYBILL_PORT: '0' }, 'ok', /^\[::1\]:any free port, this machine only/],
    [{ WAYBILL_TRUSTED_PROXIES: '127.0.0.1' }, 'warning', /without a key, but WAYBILL_TRUSTED_PROXIES .*Set API_SECRET_KEY/],
    [
      { WAYBILL_HOST: '0.0.0.0' },
      'problem',
      /^0\.0\.0\.0:4000 without API_SECRET_KEY: .* does not start\. Set API_SECRET_KEY .*waybill keys create.* Or set WAYBILL_HOST to 127\.0\.0\.1\.$/,
    ],
    [{ WAYBILL_HOST: '0.0.0.0', API_SECRET_KEY: 'short' }, 'warning', /also from other machines; every request needs a key, but API_SECRET_KEY is shorter/],
    [{ WAYBILL_HOST: '::', API_SECRET_KEY: 'a key of more than 16 characters' }, 'ok', /^\[::\]:4000, also from other machines; every request needs a key$/],
    [{ WAYBILL_HOST: '0.0.0.0', WAYBILL_ROLES: 'worker' }, 'ok', /^none: this process works off runs only$/],
  ] as const)('says where the server listens and who needs a key: %o', async (env, state, detail) => {
    expect(named(await diagnoseWith(env), 'door')).toEqual({ name: 'door', state, detail: expect.stringMatching(detail) });
  });
});
