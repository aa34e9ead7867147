import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRules } from '../../src/infra/config/rules.ts';
import { isLoopback, loadConfig, maskUrl, prepareDataFolders, refuseOpenDoor, type LoadedConfig } from '../../src/infra/config.ts';
import { metaOf, settingNames } from '../../src/infra/config/settings.ts';

const fromOf = ({ origins }: LoadedConfig, setting: string): string | undefined => origins.find((origin) => origin.setting === setting)?.from;
const valueOf = ({ origins }: LoadedConfig, setting: string): string | undefined => origins.find((origin) => origin.setting === setting)?.value;

describe('settings', () => {
  let cwd: string;
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'waybill-config-'));
    await chmod(cwd, 0o755);
  });
  afterEach(() => rm(cwd, { recursive: true, force: true }));
  const load = (env: Record<string, string> = {}, flags: Record<string, string> = {}): Promise<LoadedConfig> => loadConfig({ cwd, env, flags });
  const configFile = (text: string): Promise<void> => writeFile(join(cwd, 'waybill.config.ts'), `export default ${text};`);

  it('work without any', async () => {
    const { config } = await load();
    expect(config).toMatchObject({
      environment: 'development',
      storeUrl: undefined,
      databases: {},
      host: '127.0.0.1',
      port: 4000,
      dataDir: join(cwd, '.waybill'),
      blobDir: join(cwd, '.waybill/blobs'),
      exchangeDir: join(cwd, 'data_exchange'),
    });
  });

  it('are taken from the strongest source that has them, each with its origin', async () => {
    const steps: readonly (readonly [from: string, prepare: () => Promise<void>, env: Record<string, string>, flags: Record<string, string>])[] = [
      ['preset', async () => undefined, {}, {}],
      ['waybill.config.ts', () => configFile(`{ logLevel: 'warn' }`), {}, {}],
      ['.env', () => writeFile(join(cwd, '.env'), 'WAYBILL_LOG_LEVEL=error\n'), {}, {}],
      ['environment', async () => undefined, { WAYBILL_LOG_LEVEL: 'silent' }, {}],
      ['flag', async () => undefined, { WAYBILL_LOG_LEVEL: 'silent' }, { logLevel: 'trace' }],
    ];
    const seen: (string | undefined)[][] = [];
    for (const [, prepare, env, flags] of steps) {
      await prepare();
      const loaded = await load(env, flags);
      seen.push([fromOf(loaded, 'logLevel'), loaded.config.logLevel]);
    }
    expect(seen).toEqual([
      ['preset', 'debug'],
      ['waybill.config.ts', 'warn'],
      ['.env', 'error'],
      ['environment', 'silent'],
      ['flag', 'trace'],
    ]);
    expect(fromOf(await load(), 'port')).toBe('default');
  });

  it('say what a snapshot consists of', async () => {
    const nested = `{ projects: { columns: { id: 'id', images: { count: 'images', by: 'split' } }, children: { datasets: { table: 'd', children: { images: {} } } } } }`;
    const csv = `{ 'p.csv': { table: 'projects', columns: { n: { count: 'images', where: { split: 'train' } } } } }`;
    await configFile(`{ databases: { a: { url: 'postgres://db/a', snapshot: { csv: ${csv}, document: ${nested}, layout: 'roots', totals: ['projects'] } } } }`);
    expect((await load()).config.databases['a']?.snapshot).toEqual({
      csv: { 'p.csv': { table: 'projects', columns: { n: { count: 'images', where: { split: 'train' } } } } },
      document: {
        projects: { columns: { id: 'id', images: { count: 'images', by: 'split' } }, children: { datasets: { table: 'd', children: { images: {} } } } },
      },
      layout: 'roots',
      totals: ['projects'],
    });
  });

  it('name what is wrong with a snapshot', async () => {
    await configFile(`{ databases: { a: { url: 'postgres://db/a', snapshot: { document: { projects: { childs: {} } } } } } }`);
    await expect(load()).rejects.toMatchObject({ code: 'SETTING_INVALID', message: expect.stringContaining('databases.a.snapshot') });
  });

  it('tell which explicit settings of snapshots differ from their preset', async () => {
    const { config } = await load({ DB_EXPORT_ENVIRONMENT: 'production', DB_EXPORT_ENABLE_MONITORING: 'true', DB_EXPORT_CHECK_INTERVAL: '30' });
    expect(config.snapshot).toMatchObject({
      monitoring: true,
      environment: 'production',
      intervalSeconds: 30,
      overrides: [{ setting: 'DB_EXPORT_ENABLE_MONITORING', value: 'true', preset: 'false' }],
    });
  });

  it('follow the preset of the environment, and snapshots one of their own', async () => {
    const production = await load({ WAYBILL_ENVIRONMENT: 'production' });
    expect([production.config.logLevel, valueOf(production, 'snapshotMonitoring')]).toEqual(['info', 'false']);
    const mixed = await load({ WAYBILL_ENVIRONMENT: 'production', DB_EXPORT_ENVIRONMENT: 'testing' });
    expect([valueOf(mixed, 'snapshotMonitoring'), valueOf(mixed, 'snapshotIntervalSeconds')]).toEqual(['true', '5']);
  });

  it('register the databases of all sources, the settings of their tables included', async () => {
    await configFile(
      `{ databases: { default: { tables: { 'public.pages': { key: ['slug'], ids: 'preserve', passive: ['updated_at'] } }, waybillSchema: 'audit' }, prod: { url: 'postgres://app:secret@db/prod' } } }`,
    );
    const loaded = await load({ DATABASE_URL: 'postgresql://me@localhost/mine', WAYBILL_DATABASE_DEV: 'postgres://localhost/dev' });
    expect(loaded.config.databases).toEqual({
      default: {
        url: 'postgresql://me@localhost/mine',
        tables: { 'public.pages': { key: ['slug'], ids: 'preserve', passive: ['updated_at'] } },
        waybillSchema: 'audit',
      },
      dev: { url: 'postgres://localhost/dev', tables: {} },
      prod: { url: 'postgres://app:secret@db/prod', tables: {} },
    });
    expect(loaded.origins.filter(({ setting }) => setting.startsWith('databases.')).map(({ from, value }) => [from, value])).toEqual([
      ['environment', 'postgresql://me@localhost/mine'],
      ['environment', 'postgres://localhost/dev'],
      ['waybill.config.ts', 'postgres://app:***@db/prod'],
    ]);
  });

  it('never show a key or a password', async () => {
    const loaded = await load({
      API_SECRET_KEY: 'abcdef123456',
      DATABASE_URL: 'postgres://u:hunter2@h/d',
      WAYBILL_STORE_URL: 'postgres://h/d?user=u&password=hunter2',
    });
    expect(JSON.stringify(loaded.origins)).not.toMatch(/abcdef123456|hunter2/);
    expect(maskUrl('postgres://u:hunter2@h:5433/d?sslmode=require')).toBe('postgres://u:***@h:5433/d?sslmode=require');
  });

  it.each([
    [{ WAYBILL_PORT: '70000' }, /WAYBILL_PORT \("70000"\) from environment/],
    [{ WAYBILL_HEARTBEAT_SECONDS: '3' }, /WAYBILL_HEARTBEAT_SECONDS/],
    [{ WAYBILL_MAX_UPLOAD_BYTES: 'lots' }, /is no size such as/],
    [{ DATABASE_URL: 'mysql://h/d' }, /DATABASE_URL from environment is not usable: is no postgres/],
    [{ DATABASE_URL: 'secret-in-the-wrong-place' }, /^(?!.*secret-in)/],
    [{ WAYBILL_ENVIRONMENT: 'staging' }, /development, production, testing/],
    [{ WAYBILL_ROLES: 'server,cook' }, /WAYBILL_ROLES/],
  ])('are refused by name when they make no sense: %j', async (env, message) => {
    await expect(load(env)).rejects.toThrow(message);
    await expect(load(env)).rejects.toMatchObject({ code: 'SETTING_INVALID' });
  });

  it('are refused when unknown, with the nearest known name', async () => {
    await expect(load({ WAYBILL_DATADIR: '/x' })).rejects.toThrow('Did you mean WAYBILL_DATA_DIR?');
    await writeFile(join(cwd, '.env'), 'DB_EXPORT_INTERVAL=5');
    await expect(load()).rejects.toThrow('The variable (.env) DB_EXPORT_INTERVAL is no setting');
    await rm(join(cwd, '.env'));
    await configFile(`{ backupDirectory: 'x' }`);
    await expect(load()).rejects.toThrow('backupDirectory is no setting');
  });

  it('are refused with the path inside a database entry', async () => {
    await configFile(`{ databases: { prod: { url: 'postgres://h/d', tables: { 'public.a': { ids: 'keep' } } } } }`);
    await expect(load()).rejects.toThrow('databases.prod.tables.public.a.ids');
  });

  it('are refused when a database has a name and no URL', async () => {
    await configFile(`{ databases: { prod: {} } }`);
    await expect(load()).rejects.toThrow('Set databases.prod.url or the variable WAYBILL_DATABASE_PROD');
  });

  it('treat an empty variable as absent and ignore the variables of our tests', async () => {
    const { config } = await load({ WAYBILL_STORE_URL: '', API_SECRET_KEY: '  ', WAYBILL_TEST_CLUSTER: 'x', WAYBILL_CRASH_AT: '3' });
    expect([config.storeUrl, config.apiSecretKey]).toEqual([undefined, undefined]);
  });

  it('read sizes with units', async () => {
    const { config } = await load({ WAYBILL_MAX_UPLOAD_BYTES: '2 MiB', WAYBILL_MAX_EXPANDED_BYTES: '1g', WAYBILL_MAX_MANIFEST_BYTES: '512' });
    expect(config.limits).toMatchObject({ maxUploadBytes: 2 ** 21, maxExpandedBytes: 2 ** 30, maxManifestBytes: 512 });
  });

  it('open the door to other machines only with an API key', async () => {
    const open = await load({ WAYBILL_HOST: '0.0.0.0' });
    expect(() => refuseOpenDoor(open.config)).toThrow('Set API_SECRET_KEY');
    refuseOpenDoor((await load({ WAYBILL_HOST: '0.0.0.0', API_SECRET_KEY: 'k' })).config);
    refuseOpenDoor((await load()).config);
    expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost', '0.0.0.0', '::', '127.example.com', '10.0.0.1'].filter(isLoopback)).toEqual([
      '127.0.0.1',
      '127.9.9.9',
      '::1',
      'localhost',
    ]);
  });

  it('make the data folders, and name the one that cannot be written to', async () => {
    await prepareDataFolders((await load()).config);
    await writeFile(join(cwd, 'in-the-way'), '');
    await expect(prepareDataFolders((await load({ WAYBILL_BACKUP_DIR: 'in-the-way' })).config)).rejects.toThrow(/in-the-way \(backupDir\).*WAYBILL_BACKUP_DIR/);
  });

  it('take the rules for files that arrive from the configuration file, complete, and name one that is wrong', () => {
    expect(parseRules([{ match: 'products*.jsonl', into: 'shop', format: { kind: 'jsonl', missing: 'null' } }])).toEqual([
      { folder: 'inbox', match: 'products*.jsonl', into: 'shop', mode: 'import', after: 'move', format: { kind: 'jsonl', missing: 'null' } },
    ]);
    expect(parseRules(undefined)).toEqual([]);
    expect(() => parseRules([{ match: '*', into: 'shop', onConflict: 'oldest' }])).toThrow(/rules\.0\.onConflict .*newest:COLUMN/);
    expect(() => parseRules([{ match: '*', into: 'shop', later: 'move' }])).toThrow(/rules\.0 .*later/);
  });

  it('are each described, with a variable that sets them', () => {
    for (const name of settingNames) {
      expect(metaOf(name).about, name).not.toBe('');
      expect(metaOf(name).env[0], name).toMatch(/^((WAYBILL|DB_EXPORT|API|DATABASE)_|DATA_DIR_PATH$)/);
    }
  });
});
