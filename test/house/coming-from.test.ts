import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { metaOf, settingNames } from '../../src/infra/config/settings.ts';

type Row = { readonly before: string; readonly here: string; readonly since: string };

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const run = promisify(execFile);

/** What the five documents name: commands, URLs, settings, files. Each has to have its row. */
const described: Readonly<Record<string, readonly string[]>> = {
  'data exchange': [
    './data_exchange',
    '/app/data_exchange',
    '/vol/data_exchange',
    'mkdir -p ./data_exchange',
    'chmod 755 ./data_exchange',
    'docker exec -it thoth-backend cat /app/data_exchange/test.txt',
    'docker inspect thoth-backend',
    'docker inspect thoth-sql-generator',
    'python manage.py import_single_csv workspace',
    'http://localhost:8040/admin',
    './data_exchange/{model_name}.csv',
  ],
  transfer: [
    'API_SECRET_KEY',
    'API_SERVER_URL',
    'product_inbox/',
    'product_outbox/',
    'temp_jsonl_product_storage/',
    'archive/',
    'POST /api/upload/',
    'python manage.py upload_data',
    'python manage.py update_db --products',
    'my_file.jsonl.gz',
  ],
  snapshots: [
    'python backend/main.py',
    'python backend/start_auto_export.py',
    'python backend/start_auto_export.py --monitor',
    '--interval 5',
    '--export-dir my_exports',
    '--disable-hooks',
    'database_exports/',
    'database_export.json',
    'projects.csv',
    'datasets.csv',
    'images.csv',
    'DB_EXPORT_ENABLE_AUTO_EXPORT',
    'DB_EXPORT_ENABLE_MONITORING',
    'DB_EXPORT_ENVIRONMENT',
    'DB_EXPORT_EXPORT_DIRECTORY',
    'DB_EXPORT_CHECK_INTERVAL',
    'DB_EXPORT_EXPORT_JSON',
    'DB_EXPORT_EXPORT_CSV',
    'backend/database/export_config.py',
    'debug_database.py',
  ],
  'data sync': [
    'entrypoint.sh',
    'rsync -avu /var/initialdata/common/ ${DATA_DIR_PATH}/common/',
    '/var/initialdata/',
    'DATA_DIR_PATH',
    'rm ${DATA_DIR_PATH}/common/tables/t2.csv',
    'kubectl logs',
    'docker logs',
    'docker-compose down -v',
  ],
  'import and export': [
    'pnpm tsx server/database/backup/export.ts',
    'POST /api/admin/backup/export',
    'pnpm tsx server/database/backup/test-import.ts FILE',
    'POST /api/admin/backup/import',
    'tarballPath',
    '"mode": "skip"',
    'pnpm tsx server/database/backup/update-import.ts FILE',
    'POST /api/admin/backup/update-import',
    'server/database/backup/late-seed-config.ts',
    'backup/',
    'backup_demo-data.db_1762723397548.tar.gz',
    'index.json',
    'users.json',
    'detailTables',
    'temp_import/',
    "DELETE FROM instructors WHERE xmlid = 'setup'",
    'DATABASE_URL',
    'RUN_MANUAL_MIGRATIONS',
    'pnpm run db:migrate',
  ],
};

const quotedIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, quoted]) => quoted ?? '');

const readRows = async (): Promise<readonly Row[]> =>
  (await readFile(at('docs/COMING-FROM.md'), 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| today') && !line.startsWith('| there'))
    .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '')))
    .map(([before = '', here = '', since = '']) => ({ before, here, since }));

const variables = new Set(settingNames.flatMap((name) => metaOf(name).env));

const help = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await run(process.execPath, [at('src/cli/main.ts'), ...args, '--help'], { env: { ...process.env, NO_COLOR: '1' } });
  return stdout;
};

describe('docs/COMING-FROM.md', () => {
  let rows: readonly Row[];
  let commands: ReadonlySet<string>;
  beforeAll(async () => {
    rows = await readRows();
    commands = new Set([...(await help()).matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name ?? ''));
  });

  it.each(Object.entries(described))('has a row for everything that the document on %s names', (_, items) => {
    const named = new Set(rows.flatMap(({ before }) => quotedIn(before)));
    expect(items.filter((item) => !named.has(item))).toEqual([]);
  });

  it('says of each row since when', () => {
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter(({ since }) => since !== 'now' && since !== 'later')).toEqual([]);
  });

  it('names commands that exist now, and none that does when it says later', () => {
    const named = rows.flatMap(({ here, since }) =>
      quotedIn(here).flatMap((quoted) => [...quoted.matchAll(/^waybill ([a-z]+)/g)].map(([, name]) => ({ name: name ?? '', since }))),
    );
    const works = new Set(named.filter(({ since }) => since === 'now').map(({ name }) => name));
    expect([...works].filter((name) => !commands.has(name))).toEqual([]);
    expect(named.filter(({ name, since }) => since === 'later' && !works.has(name) && commands.has(name))).toEqual([]);
  });

  it('names options that its commands have', async () => {
    const calls = rows
      .filter(({ since }) => since === 'now')
      .flatMap(({ here }) => quotedIn(here).filter((quoted) => quoted.startsWith('waybill ') && quoted.includes(' --')));
    const texts = new Map<string, string>();
    const unknown: string[] = [];
    for (const call of calls) {
      const name = call.split(' ')[1] ?? '';
      const text = texts.get(name) ?? (await help(name));
      texts.set(name, text);
      unknown.push(
        ...[...call.matchAll(/--[a-z-]+/g)]
          .map(([option]) => option)
          .filter((option) => !text.includes(option))
          .map((option) => `${call}: ${option}`),
      );
    }
    expect(unknown).toEqual([]);
  });

  it('names GraphQL fields that exist', async () => {
    const schema = await readFile(at('schema.graphql'), 'utf8');
    const bodyOf = (type: string): string => new RegExp(`^type ${type} \\{([\\s\\S]*?)^\\}`, 'm').exec(schema)?.[1] ?? '';
    const fields = rows.flatMap(({ here }) => quotedIn(here).flatMap((quoted) => [...quoted.matchAll(/^(mutation|query|subscription) (\w+)/g)]));
    expect(fields.length).toBeGreaterThan(4);
    const missing = fields.filter(([, kind = '', field]) => !new RegExp(`^  ${field}\\b`, 'm').test(bodyOf(kind[0]?.toUpperCase() + kind.slice(1))));
    expect(missing.map(([field]) => field)).toEqual([]);
  });

  it('names settings that are known, those for later included', () => {
    const named = rows.flatMap(({ here }) => quotedIn(here).filter((quoted) => /^[A-Z]+(_[A-Z]+)+$/.test(quoted)));
    expect(named.length).toBeGreaterThan(12);
    expect(named.filter((name) => !variables.has(name))).toEqual([]);
  });

  it('names files that exist, and folders that git ignores', async () => {
    for (const file of ['docker-compose.yml', 'docker/nginx.conf', '.gitignore']) {
      expect(
        rows.some(({ here }) => quotedIn(here).includes(file)),
        file,
      ).toBe(true);
      await access(at(file));
    }
    const ignored = (await readFile(at('.gitignore'), 'utf8')).split('\n');
    for (const folder of [
      'backup/',
      'data_exchange/',
      'database_exports/',
      'product_inbox/',
      'product_outbox/',
      'temp_jsonl_product_storage/',
      '.waybill/',
      '.env',
    ])
      expect(ignored).toContain(folder);
  });
});
