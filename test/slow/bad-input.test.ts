import { randomBytes } from 'node:crypto';
import { mkdtemp, chmod, rm, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentDifferences, readContent } from '../../examples/crearis/content.ts';
import { loadExample } from '../../examples/crearis/load.ts';
import { createRandom } from '../../examples/crearis/random.ts';
import { startEmbedded } from '../../src/infra/postgres/embedded.ts';
import { verifyArchive } from '../../src/infra/archive/read-archive.ts';
import { Failure } from '../../src/domain/refusal.ts';
import { openSession } from '../../src/infra/postgres/session.ts';
import { sql } from '../../src/infra/postgres/sql.ts';
import { changedArchive, cut, flipped, type Entry } from '../support/archives.ts';
import { clusterUrl, databaseUrl, type TestDatabase } from '../support/cluster.ts';
import { dbhash } from '../support/dbhash.ts';
import { createWaybill, jsonOf, leftovers, type CliResult, type Waybill } from '../support/scenario.ts';

let waybill: Waybill;
let source: TestDatabase;
let file: string;
const role = `test_role_${randomBytes(4).toString('hex')}`;

beforeAll(async () => {
  waybill = await createWaybill();
  source = await waybill.database();
  await loadExample(source.url, { copy: 'first', scale: 0.02 });
  file = waybill.path('good.tar.zst');
  const exported = await waybill.cli(['export', '--from', source.url, '--out', file, '--json']);
  expect(exported, exported.stderr).toMatchObject({ status: 0 });
  await admin(clusterUrl(), sql`create role ${sql.id(role)} login`);
});
afterAll(async () => {
  await waybill.close();
  await admin(clusterUrl(), sql`drop role ${sql.id(role)}`);
});

const admin = async (url: string, ...statements: readonly ReturnType<typeof sql>[]): Promise<void> => {
  const session = await openSession(url, { purpose: 'test admin' });
  try {
    for (const statement of statements) await session.run(statement);
  } finally {
    await session.close();
  }
};

/** The example's tables, empty but for status, changed by `change`. */
const emptyTarget = async (...change: readonly ReturnType<typeof sql>[]): Promise<TestDatabase> => {
  const target = await waybill.database();
  await loadExample(target.url, { copy: 'first', scale: 0.01 });
  await admin(
    target.url,
    sql`truncate users, projects, images, instructors, locations, participants, posts, events, interactions, pages, tasks, tags restart identity cascade`,
    ...change,
  );
  return target;
};

/** Refused or failed with this code and exit status, and the target is as it was. */
const expectNothingWritten = async (
  target: TestDatabase,
  args: readonly string[],
  expected: { readonly status: number; readonly says: RegExp },
): Promise<CliResult> => {
  const before = await dbhash(target.url, { withoutWaybill: true });
  const result = await waybill.cli(args);
  expect(result.stdout + result.stderr).toMatch(expected.says);
  expect(result.status, result.stdout + result.stderr).toBe(expected.status);
  expect(await dbhash(target.url, { withoutWaybill: true })).toEqual(before);
  expect(await leftovers(target)).toEqual([]);
  return result;
};

const into = (archive: string, target: TestDatabase, ...more: readonly string[]): readonly string[] => [
  'import',
  archive,
  '--into',
  target.url,
  '--yes',
  '--json',
  ...more,
];

describe('a damaged archive is refused before anything is written', () => {
  test('one turned bit at 200 random places', async () => {
    const random = createRandom(20_261_121);
    const { length } = await readFile(file);
    const good = await verifyArchive(file, {});
    for (let round = 0; round < 200; round += 1) {
      const at = random.whole(0, length - 1);
      const bad = await flipped(file, waybill.path('flipped.tar.zst'), at);
      // A bit of the frame's header may say the same in other words; then the content must be the same.
      const seen = await verifyArchive(bad, {}).catch((error: unknown) => error);
      if (seen instanceof Failure) expect(seen.kind, `byte ${at}: ${seen.message}`).toBe('refusal');
      else expect(seen, `byte ${at}`).toEqual(good);
    }
  });

  test('a turned bit, through the command line', async () => {
    const target = await emptyTarget();
    const { length } = await readFile(file);
    for (const at of [Math.floor(length / 3), length - 40])
      await expectNothingWritten(target, into(await flipped(file, waybill.path('bad.tar.zst'), at), target), { status: 3, says: /ARCHIVE_/ });
  });

  test('cut short at three places', async () => {
    const target = await emptyTarget();
    const { length } = await readFile(file);
    for (const end of [10, Math.floor(length / 2), length - 1])
      await expectNothingWritten(target, into(await cut(file, waybill.path('cut.tar.zst'), end), target), { status: 3, says: /ARCHIVE_/ });
  });

  const changes: Readonly<Record<string, { readonly change: (entries: readonly Entry[]) => readonly Entry[]; readonly says: RegExp }>> = {
    'a missing entry': { change: (entries) => entries.filter((_, index) => index !== 4), says: /ARCHIVE_/ },
    'a missing summary': { change: (entries) => entries.slice(0, -1), says: /ARCHIVE_/ },
    'an extra entry': { change: (entries) => entries.toSpliced(3, 0, { name: 'notes.txt', data: Buffer.from('hello') }), says: /ARCHIVE_/ },
    'an entry that leads out of the archive': {
      change: (entries) => entries.toSpliced(3, 0, { name: '../../etc/cron.d/x', data: Buffer.from('hello') }),
      says: /ARCHIVE_ENTRY_FORBIDDEN/,
    },
    'a duplicated entry': { change: (entries) => entries.toSpliced(4, 0, ...entries.slice(4, 5)), says: /ARCHIVE_/ },
    'entries that changed places': {
      change: (entries) => [...entries.slice(0, 3), ...entries.slice(4, 5), ...entries.slice(3, 4), ...entries.slice(5)],
      says: /ARCHIVE_/,
    },
    'a row more than the summary says': {
      change: (entries) =>
        entries.map((entry) =>
          entry.name.startsWith('data/0001') ? { ...entry, data: Buffer.concat([entry.data, entry.data.subarray(0, entry.data.indexOf('\n') + 1)]) } : entry,
        ),
      says: /ARCHIVE_/,
    },
    'a manifest of a newer format': {
      change: (entries) =>
        entries.map((entry) =>
          entry.name === 'index.json'
            ? { ...entry, data: Buffer.from(entry.data.toString().replace(/"version":\s*"2\.\d+\.\d+"/, '"version":"3.0.0"')) }
            : entry,
        ),
      says: /ARCHIVE_NEWER/,
    },
  };
  for (const [name, { change, says }] of Object.entries(changes)) {
    test(name, async () => {
      const target = await emptyTarget();
      await expectNothingWritten(target, into(await changedArchive(file, waybill.path('changed.tar.zst'), change), target), { status: 3, says });
    });
  }

  test('files that are no archive', async () => {
    const target = await emptyTarget();
    for (const [name, content] of [
      ['page.tar.gz', '<html><body>502 Bad Gateway</body></html>'],
      ['empty.tar.zst', ''],
      ['zip.tar.zst', 'PK\x03\x04 something'],
      ['text.txt', 'hello'],
    ] as const) {
      await writeFile(waybill.path(name), content);
      await expectNothingWritten(target, into(waybill.path(name), target), { status: 3, says: /ARCHIVE_/ });
    }
  });

  test('a file that is not there', async () => {
    const target = await emptyTarget();
    await expectNothingWritten(target, into(waybill.path('nowhere.tar.zst'), target), { status: 3, says: /FILE_MISSING|ARCHIVE_NOT_FOUND/ });
  });
});

describe('a target that cannot take the rows is refused by name', () => {
  const targets: Readonly<Record<string, { readonly change: ReturnType<typeof sql>; readonly says: RegExp }>> = {
    'without a table': { change: sql`drop table posts_tags`, says: /posts_tags/ },
    'without a column': { change: sql`alter table posts drop column md`, says: /posts[\s\S]*md/ },
    'with a stricter type': { change: sql`alter table participants alter column name type varchar(5)`, says: /participants[\s\S]*name/ },
    'with another type': { change: sql`alter table images drop column width, add column width date`, says: /images[\s\S]*width/ },
    'with a further column that is not null and has no default': { change: sql`alter table tags add column colour text not null`, says: /tags[\s\S]*colour/ },
    'whose key is gone': { change: sql`alter table participants drop constraint participants_xmlid_key`, says: /participants/ },
  };
  for (const [name, { change, says }] of Object.entries(targets)) {
    test(name, async () => {
      const target = await emptyTarget(change);
      const result = await expectNothingWritten(target, into(file, target), { status: 3, says });
      expect(result.stdout + result.stderr).toMatch(/[A-Z]+_[A-Z_]+/);
    });
  }

  test('a column more that may be null is no hindrance', async () => {
    const target = await emptyTarget(sql`alter table tags add column colour text, add column weight integer not null default 7`);
    const result = await waybill.cli(into(file, target));
    expect(result, result.stderr).toMatchObject({ status: 0 });
  });
});

describe('rows that a constraint of the target refuses', () => {
  const constraints: Readonly<Record<string, { readonly change: ReturnType<typeof sql>; readonly cure: ReturnType<typeof sql>; readonly code: string }>> = {
    'NOT NULL': {
      change: sql`alter table posts alter column md set not null`,
      cure: sql`alter table posts alter column md drop not null`,
      code: 'value.missing',
    },
    CHECK: {
      change: sql`alter table images add constraint small check (width < 1000)`,
      cure: sql`alter table images drop constraint small`,
      code: 'check.violated',
    },
    unique: { change: sql`create unique index one_wide on images (owner_id) where width > 500`, cure: sql`drop index one_wide`, code: 'unique.violated' },
    reference: {
      change: sql`delete from status where id = 11`,
      cure: sql`insert into status (id, tbl, value, name) values (11, 'instructors', 1, 'new')`,
      code: 'reference.missing',
    },
  };
  for (const [name, { change, cure, code }] of Object.entries(constraints)) {
    test(`${name}: REJECT_ALL writes nothing and names code, table and column`, async () => {
      const target = await emptyTarget(change);
      await expectNothingWritten(target, into(name === 'reference' ? await withoutStatus() : file, target), {
        status: 3,
        says: new RegExp(code.replace('.', '\\.')),
      });
    });

    test(`${name}: REJECT_ROWS writes the rest and leaves a reject file that goes in when the cause is gone`, async () => {
      const target = await emptyTarget(change);
      const result = await waybill.cli(into(name === 'reference' ? await withoutStatus() : file, target, '--on-error', 'reject-rows'));
      expect(result.status, result.stdout + result.stderr).toBe(4);
      expect(result.stdout).toContain(code);
      expect(await leftovers(target)).toEqual([]);

      await admin(target.url, cure);
      const { result: written } = jsonOf<{ result: { rejectFile: { name: string } } }>(result);
      const again = await waybill.cli(into(join(waybill.env['WAYBILL_BACKUP_DIR'] ?? '', written.rejectFile.name), target));
      expect(again.status, again.stdout + again.stderr).toBe(0);
      const differences = contentDifferences(await readContent(source.url), await readContent(target.url));
      expect(differences.filter((difference) => name !== 'reference' || withoutStatusTables.some((table) => difference.startsWith(`${table} `)))).toEqual([]);
    });
  }
});

/** The example without the status table, so that a status of the target decides. */
const withoutStatusTables = ['tags', 'users', 'projects', 'images', 'instructors', 'locations', 'participants', 'posts', 'events'];
const withoutStatus = async (): Promise<string> => {
  const out = waybill.path('without-status.tar.zst');
  const tables = withoutStatusTables.flatMap((table) => ['--table', `public.${table}`]);
  const exported = await waybill.cli(['export', '--from', source.url, '--out', out, ...tables, '--json']);
  expect(exported, exported.stderr).toMatchObject({ status: 0 });
  return out;
};

describe('a database that cannot serve is refused by name', () => {
  test('a database that only reads', async () => {
    const target = await emptyTarget();
    await admin(clusterUrl(), sql`alter database ${sql.id(target.name)} set default_transaction_read_only = on`);
    await expectNothingWritten(target, into(file, target), { status: 3, says: /DATABASE_READ_ONLY/ });
  });

  test('a database that is not there', async () => {
    const target = await emptyTarget();
    const result = await waybill.cli(['import', file, '--into', databaseUrl('no_such_database'), '--yes', '--json']);
    expect(result.stdout + result.stderr).toMatch(/DATABASE_NOT_FOUND/);
    expect(result.status).toBe(3);
    await target.drop();
  });

  test('a server that is not there', async () => {
    const result = await waybill.cli(['export', '--from', 'postgres://nobody@127.0.0.1:1/x', '--out', waybill.path('none.tar.zst'), '--json']);
    expect(result.stdout + result.stderr).toMatch(/CONNECTION_LOST/);
    expect(result.status).toBe(1);
  });

  test('a role that may not write', async () => {
    const target = await emptyTarget(
      sql`grant select on all tables in schema public to ${sql.id(role)}`,
      sql`create schema waybill authorization ${sql.id(role)}`,
    );
    await expectNothingWritten(target, ['import', file, '--into', databaseUrl(target.name, role), '--yes', '--json'], { status: 3, says: /PERMISSION_DENIED/ });
    await target.drop();
  });

  test('row-level security in the way of an export: an error, never fewer rows', async () => {
    const target = await emptyTarget(
      sql`alter table tags enable row level security`,
      sql`create policy few on tags using (id < 3)`,
      sql`grant select on all tables in schema public to ${sql.id(role)}`,
    );
    const result = await waybill.cli(['export', '--from', databaseUrl(target.name, role), '--out', waybill.path('rls.tar.zst'), '--json']);
    expect(result.stdout + result.stderr).toMatch(/tags/);
    expect(result.status, result.stderr).toBe(3);
    await target.drop();
  });

  test('row-level security in the way of an import', async () => {
    const target = await emptyTarget(
      sql`alter table tags enable row level security`,
      sql`create policy few on tags using (id < 3)`,
      sql`grant all on all tables in schema public to ${sql.id(role)}`,
      sql`grant all on all sequences in schema public to ${sql.id(role)}`,
      sql`create schema waybill authorization ${sql.id(role)}`,
    );
    await expectNothingWritten(target, ['import', file, '--into', databaseUrl(target.name, role), '--yes', '--json'], { status: 3, says: /tags/ });
    await target.drop();
  });

  test('a wrong password', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-password-'));
    await chmod(folder, 0o755);
    const embedded = await startEmbedded({ dataDir: folder });
    try {
      const url = new URL(embedded.url);
      url.password = 'wrong';
      const result = await waybill.cli(['export', '--from', url.href, '--out', waybill.path('none.tar.zst'), '--json']);
      expect(result.stdout + result.stderr).toMatch(/DATABASE_AUTHENTICATION_FAILED/);
      expect(result.stdout + result.stderr).not.toContain('wrong@');
      expect(result.status).toBe(3);
    } finally {
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
