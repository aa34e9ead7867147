import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileRule } from '../../src/domain/inbox/rules.ts';
import { deliver } from '../../src/events/deliver.ts';
import type { WatchEvent } from '../../src/events/watch-turn.ts';
import { createWatch, type Watch } from '../../src/events/watcher.ts';
import { createTestApp, type TestApp } from '../support/app.ts';
import { createShop, type Shop } from '../support/shop.ts';
import { meta } from '../support/store.ts';

let shop: Shop;
let rig: TestApp;
let watch: Watch;
let archive: string;
let clock = Date.now();

const rule: FileRule = { folder: 'inbox', match: 'shop*.tar.zst', into: 'target', mode: 'import', after: 'move' };

const ports = (rules: readonly FileRule[] = [rule]) => ({
  store: rig.app.store,
  blobs: rig.app.blobs,
  databases: rig.app.databases,
  config: { ...rig.app.config, rules, watch: { ...rig.app.config.watch, exchange: true, settleSeconds: 1 } },
  clock: () => clock,
});

const inbox = (...name: string[]): string => join(rig.app.config.inboxDir, ...name);
const said = (events: readonly WatchEvent[]): readonly string[] => events.map(({ type, name }) => `${type} ${name}`);

/** Two looks with the time between them in which a file settles. */
const turns = async (which: Watch = watch): Promise<readonly string[]> => {
  const first = await which.turn();
  clock += 1500;
  return [...said(first), ...said(await which.turn())];
};

/** Turns until a file has settled; what was said of it. */
const untilSettled = async (name: string, which: Watch = watch): Promise<readonly string[]> => {
  const heard: string[] = [];
  for (let turn = 0; turn < 200; turn += 1) {
    heard.push(...said(await which.turn()));
    clock += 1000;
    if (heard.some((line) => line === `imported ${name}` || line === `failed ${name}` || line === `rejected ${name}`)) return heard;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${name} did not settle: ${heard.join(', ')}`);
};

const states = async (name: string) => (await rig.app.store.inboxFiles({ name })).rows.map(({ state, by }) => `${state} ${by}`);

beforeAll(async () => {
  shop = await createShop();
  rig = await createTestApp({ WAYBILL_DATABASE_SOURCE: shop.source.url, WAYBILL_DATABASE_TARGET: shop.target.url }, { worker: true });
  await rig.app.databases.registerConfigured(meta());
  const { runId } = await rig.app.store.requestRun(
    { kind: 'export', input: { database: 'source', compression: 'zstd', recipients: [], out: 'shop.tar.zst' } },
    meta(),
  );
  for (;;) {
    const run = await rig.app.store.run(runId);
    if (run?.state === 'completed') break;
    if (run?.state === 'failed' || run?.state === 'refused') throw new Error(JSON.stringify(run.failure));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  archive = join(rig.app.config.backupDir, 'shop.tar.zst');
  watch = createWatch(ports());
}, 60_000);
afterAll(async () => {
  await rig?.close();
  await shop?.close();
});

describe('files put into the inbox by hand', () => {
  it('are imported by the rule that names them, and put away', async () => {
    await copyFile(archive, inbox('shop-1.tar.zst'));
    expect(await untilSettled('shop-1.tar.zst')).toEqual(['arrived shop-1.tar.zst', 'taken shop-1.tar.zst', 'imported shop-1.tar.zst']);
    expect(await shop.targetRows()).toHaveLength(2);
    expect(await readdir(inbox())).not.toContain('shop-1.tar.zst');
    expect(await readFile(inbox('imported', 'shop-1.tar.zst'))).toEqual(await readFile(archive));
    expect(await states('shop-1.tar.zst')).toEqual(['imported hand']);
  });

  it('are one run per content, under whatever name', async () => {
    await copyFile(archive, inbox('shop-2.tar.zst'));
    await untilSettled('shop-2.tar.zst');
    await copyFile(archive, inbox('shop-1.tar.zst'));
    await untilSettled('shop-1.tar.zst');
    expect((await rig.app.store.runs({ kind: 'import' })).rows).toHaveLength(1);
    expect(await states('shop-1.tar.zst')).toEqual(['imported hand', 'imported hand']);
  });

  it('are imported once when two servers look at the folder at the same moment', async () => {
    const before = (await rig.app.store.runs({ kind: 'import' })).rows.length;
    const rules = [{ ...rule, match: 'twice*', onError: 'reject-rows' as const }];
    const watches = [createWatch(ports(rules)), createWatch(ports(rules))];
    await copyFile(archive, inbox('twice.tar.zst'));
    for (let turn = 0; turn < 100 && (await states('twice.tar.zst'))[0] !== 'imported hand'; turn += 1) {
      await Promise.all(watches.map((each) => each.turn()));
      clock += 1000;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await states('twice.tar.zst')).toEqual(['imported hand']);
    expect((await rig.app.store.runs({ kind: 'import' })).rows).toHaveLength(before + 1);
    expect((await readdir(inbox('imported'))).filter((name) => name.startsWith('twice'))).toEqual(['twice.tar.zst']);
  });

  it('are left where they are when they are too large, and told once', async () => {
    const own = ports([]);
    const strict = createWatch({ ...own, config: { ...own.config, limits: { ...own.config.limits, maxFileBytes: 10 } } });
    await writeFile(inbox('large.csv'), 'a,b\n1,2\n3,4\n');
    expect(await turns(strict)).toEqual(['left large.csv']);
    clock += 60_000;
    expect(await turns(strict)).toEqual([]);
    expect([await states('large.csv'), await readFile(inbox('large.csv'), 'utf8')]).toEqual([[], 'a,b\n1,2\n3,4\n']);
    await rm(inbox('large.csv'));
  });

  it('wait for anybody when no rule names them, and are gone when somebody takes them', async () => {
    await writeFile(inbox('prices.csv'), 'a,b\n1,2\n');
    expect(await turns()).toEqual(['arrived prices.csv']);
    expect(await states('prices.csv')).toEqual(['waiting hand']);
    await rename(inbox('prices.csv'), join(rig.folder, 'taken.csv'));
    expect(await turns()).toEqual(['gone prices.csv']);
    expect(await states('prices.csv')).toEqual(['gone hand']);
  });

  it('are looked at again when they are written over while they wait', async () => {
    await writeFile(inbox('list.csv'), 'a\n1\n');
    await turns();
    await writeFile(inbox('list.csv'), 'a\n1\n2\n');
    expect(await turns()).toEqual(['arrived list.csv']);
    expect(await states('list.csv')).toEqual(['waiting hand', 'gone hand']);
    await rm(inbox('list.csv'));
    await turns();
  });

  it('are not taken before they are whole', async () => {
    await writeFile(inbox('slow.csv'), 'a\n');
    for (let part = 0; part < 4; part += 1) {
      expect(said(await watch.turn())).toEqual([]);
      clock += 800;
      await writeFile(inbox('slow.csv'), `${part}\n`, { flag: 'a' });
    }
    clock = Math.max(clock, Date.now());
    expect(await turns()).toEqual(['arrived slow.csv']);
    await rm(inbox('slow.csv'));
    await turns();
  });

  it('are expanded when they are compressed, and keep their name', async () => {
    const { gzipSync } = await import('node:zlib');
    await writeFile(inbox('rows.jsonl.gz'), gzipSync('{"a":1}\n'));
    expect(await turns()).toEqual(['arrived rows.jsonl.gz']);
    const [row] = (await rig.app.store.inboxFiles({ name: 'rows.jsonl.gz' })).rows;
    expect(row?.bytes).toBe(8);
    await rm(inbox('rows.jsonl.gz'));
    await turns();
  });

  it('are rejected with the reason when they cannot be read as what they say', async () => {
    await writeFile(inbox('broken.jsonl.gz'), 'no gzip at all');
    expect(await turns()).toEqual(['rejected broken.jsonl.gz']);
    expect(await readdir(inbox('rejected'))).toEqual(['broken.jsonl.gz']);
    expect(await readdir(inbox())).not.toContain('broken.jsonl.gz');
  });

  it('are known after a restart, also those that went away meanwhile', async () => {
    await writeFile(inbox('stays.csv'), 'a\n');
    await writeFile(inbox('goes.csv'), 'b\n');
    await turns();
    await rm(inbox('goes.csv'));
    expect(await turns(createWatch(ports()))).toEqual(['gone goes.csv']);
    expect(await states('stays.csv')).toEqual(['waiting hand']);
    expect((await rig.app.store.upload({ sha256: (await rig.app.store.inboxFiles({ name: 'stays.csv' })).rows[0]?.sha256 ?? '' }))?.times).toBe(1);
  });

  it('take no link, no folder and nothing that is still being written', async () => {
    const { symlink } = await import('node:fs/promises');
    await symlink('/etc/passwd', inbox('shop-link.tar.zst'));
    await mkdir(inbox('shop-folder.tar.zst'));
    for (const name of ['.shop.tar.zst', 'shop.tar.zst.part', 'shop.tar.zst.crdownload', 'shop.tmp']) await writeFile(inbox(name), 'x');
    expect(await turns()).toEqual([]);
    for (const name of await readdir(inbox())) if (!['imported', 'rejected'].includes(name)) await rm(inbox(name), { recursive: true });
    await turns();
  });
});

describe('files that cannot be imported', () => {
  it('fail with the code, stay where they are, and are tried again when somebody says so', async () => {
    const bad = createWatch(ports([{ ...rule, match: 'bad*', into: 'nowhere' }]));
    await copyFile(archive, inbox('bad.tar.zst'));
    expect(await untilSettled('bad.tar.zst', bad)).toEqual(['arrived bad.tar.zst', 'failed bad.tar.zst']);
    const [row] = (await rig.app.store.inboxFiles({ name: 'bad.tar.zst' })).rows;
    expect(row).toMatchObject({ state: 'failed', code: 'DATABASE_UNKNOWN' });
    expect(await readdir(inbox())).toContain('bad.tar.zst');
    const good = createWatch(ports([{ ...rule, match: 'bad*' }]));
    expect(await turns(good)).toEqual([]);
    await rig.app.store.retryFile(row?.inboxId ?? '', meta());
    expect(await untilSettled('bad.tar.zst', good)).toEqual(['taken bad.tar.zst', 'imported bad.tar.zst']);
  });
});

describe('what a rule says of afterwards', () => {
  it('keep leaves the file where it is, and it is no news', async () => {
    const keeping = createWatch(ports([{ ...rule, match: 'kept*', after: 'keep' }]));
    await copyFile(archive, inbox('kept.tar.zst'));
    await untilSettled('kept.tar.zst', keeping);
    expect([...(await turns(keeping)), ...(await turns(createWatch(ports([{ ...rule, match: 'kept*', after: 'keep' }]))))]).toEqual([]);
    expect(await readdir(inbox())).toContain('kept.tar.zst');
    await rm(inbox('kept.tar.zst'));
  });

  it('delete removes it; the exchange folder is looked at for what a rule names, and for nothing else', async () => {
    const exchange = (name: string): string => join(rig.app.config.exchangeDir, name);
    const watching = createWatch(ports([{ ...rule, folder: 'exchange', match: 'in-*.tar.zst', after: 'delete' }]));
    await copyFile(archive, exchange('in-1.tar.zst'));
    await writeFile(exchange('other.csv'), 'a\n');
    await untilSettled('in-1.tar.zst', watching);
    expect(await readdir(rig.app.config.exchangeDir)).toEqual(['other.csv']);
    expect(await states('other.csv')).toEqual([]);
  });
});

describe('files that come by upload', () => {
  const send = async (name: string, text: string): Promise<string> => {
    const stored = await rig.app.blobs.put([Buffer.from(text)] as never);
    const { uploadId } = await rig.app.store.recordUpload({ ...stored, name }, meta());
    return deliver({ ...rig.app, inboxDir: rig.app.config.inboxDir }, { ...stored, uploadId, name }, meta());
  };

  it('lie in the inbox under their own name, once', async () => {
    expect(await send('up.csv', 'a\n')).toBe('up.csv');
    expect(await send('up.csv', 'a\n')).toBe('up.csv');
    expect(await turns()).toEqual([]);
    expect(await states('up.csv')).toEqual(['waiting upload']);
    expect(await readFile(inbox('up.csv'), 'utf8')).toBe('a\n');
  });

  it('lie beside another file of that name', async () => {
    const second = await send('up.csv', 'b\n');
    expect(second).toMatch(/^up~[0-9a-f]{8}\.csv$/);
    expect(await readFile(inbox('up.csv'), 'utf8')).toBe('a\n');
  });

  it('never leave the folder, whatever they are called', async () => {
    expect(await send('../../etc/evil.csv', 'c\n')).toBe('evil.csv');
    expect(await send('..', 'd\n')).toBe('file');
    expect(await send('.hidden.csv', 'e\n')).toBe('hidden.csv');
    expect(await send('still.part', 'f\n')).toBe('still.part_');
    expect(await turns()).toEqual([]);
  });

  it('at once and under one name all arrive', async () => {
    const names = await Promise.all(Array.from({ length: 3 }, (_, index) => send('race.csv', `${index}\n`)));
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(await states(name)).toEqual(['waiting upload']);
  });
});
