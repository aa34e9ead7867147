import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWaybill, jsonOf, type CliResult, type Waybill } from '../support/scenario.ts';
import { readTree } from '../support/seed.ts';

let waybill: Waybill;
beforeAll(async () => {
  waybill = await createWaybill();
});
afterAll(() => waybill.close());

let round = 0;
const at = (path: string): string => waybill.path(`${round}/${path}`);
const put = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
  await utimes(at(path), 1_700_000_000, 1_700_000_000);
};
beforeEach(async () => {
  round += 1;
  await put('image/common/tables/t1.csv', 'one');
  await put('image/common/tables/t2.csv', 'two');
  await put('image/common/global/colors.json', '{}');
});

const sync = (...args: string[]): Promise<CliResult> => waybill.cli(['sync', at('image/common'), at('data/common'), ...args]);
const seeded = async (): Promise<readonly { readonly data: Record<string, unknown>; readonly actor: string }[]> => {
  const { events } = jsonOf<{ events: readonly { type: string; data: Record<string, unknown>; actor: string }[] }>(
    await waybill.cli(['log', '--json', '--limit', '500']),
  );
  return events.filter(({ type, data }) => type === 'SeedSynced' && data['to'] === at('data/common'));
};

describe('waybill sync', () => {
  test('says what the entrypoint said, and leaves an event', { timeout: 120_000 }, async () => {
    expect(await sync()).toMatchObject({
      status: 0,
      stderr: '',
      stdout: [
        `Initiating sync of initial data from '${at('image/common')}' to '${at('data/common')}'.`,
        'This operation will sync directories and their contents recursively.',
        'Files will be updated only if the source is newer (preserves manual changes).',
        'global/colors.json',
        'tables/t1.csv',
        'tables/t2.csv',
        'Initial data sync operation completed successfully.',
        '',
      ].join('\n'),
    });
    expect(await seeded()).toMatchObject([{ data: { copied: ['global/colors.json', 'tables/t1.csv', 'tables/t2.csv'], dryRun: false } }]);
    expect(jsonOf(await sync('--json'))).toMatchObject({ ok: true, copied: [], kept: [] });
    expect(await seeded(), 'a sync that did nothing is no event').toHaveLength(1);
  });

  test('exits 23 when some files failed, 1 without initial data, 2 without a place, 3 for a refused one', { timeout: 120_000 }, async () => {
    await put('data/common/tables/t1.csv/mine', 'local');
    const partly = await sync('--no-record');
    expect(partly).toMatchObject({ status: 23, stderr: expect.stringMatching(/^failed tables\/t1\.csv: .*\(IN_THE_WAY\)$/m) });
    expect(partly.stdout).toMatch(/Initial data sync operation failed: 1 file was not transferred\.\n$/);
    expect(jsonOf(await sync('--no-record', '--json'))).toMatchObject({ ok: false, code: 'SEED_PARTIAL', failed: [{ path: 'tables/t1.csv' }] });
    const missing = await waybill.cli(['sync', at('nowhere'), at('data/common')]);
    expect(missing).toMatchObject({ status: 1, stderr: expect.stringContaining('SEED_SOURCE_MISSING') });
    expect(await waybill.cli(['sync'])).toMatchObject({ status: 2, stderr: expect.stringContaining('DATA_DIR_PATH') });
    expect(await waybill.cli(['sync', at('image/common'), at('users')])).toMatchObject({ status: 3 });
    expect(await sync('--force', '../x')).toMatchObject({ status: 2 });
  });

  test('the settings name both places, dry and forced', { timeout: 120_000 }, async () => {
    const env = { DATA_DIR_PATH: at('data'), WAYBILL_SEED_FROM: at('image/common') };
    const dry = await waybill.cli(['sync', '--dry-run'], env);
    expect(dry.stdout).toMatch(/tables\/t2\.csv\nDry run: nothing was written\.\n$/);
    expect(await readTree(at('data'))).toEqual({});
    await waybill.cli(['sync', '--no-record'], env);
    await put('data/common/tables/t2.csv', 'mine');
    const forced = await waybill.cli(['sync', '--no-record', '--force', at('data/common/tables/t2.csv')], env);
    expect(forced).toMatchObject({ status: 0, stdout: expect.stringContaining('\ntables/t2.csv\n') });
    expect((await readTree(at('data/common')))['tables/t2.csv']).toBe('two');
  });

  test('files are synced though the log cannot be written, and the status says so', { timeout: 120_000 }, async () => {
    const lost = await waybill.cli(['sync', at('image/common'), at('data/common')], { WAYBILL_STORE_URL: 'postgres://nobody@127.0.0.1:1/none' });
    expect(lost).toMatchObject({ status: 1, stderr: expect.stringContaining('not in the log'), stdout: expect.stringContaining('completed successfully') });
    expect(Object.keys(await readTree(at('data/common')))).toHaveLength(3);
  });
});

describe('at server start', () => {
  const env = (): Record<string, string> => ({ DATA_DIR_PATH: at('data'), WAYBILL_SEED_FROM: at('image/common') });

  test('first the initial data, then the door; the log has it, by the actor seed', { timeout: 120_000 }, async () => {
    const server = await waybill.serve(env());
    expect(server.output()).toMatch(/^Initiating sync[\s\S]*\ntables\/t2\.csv\nInitial data sync operation completed successfully\./);
    server.kill('SIGTERM');
    expect(await server.ended).toMatchObject({ status: 0 });
    expect(await seeded()).toMatchObject([{ actor: 'seed', data: { copied: expect.arrayContaining(['tables/t1.csv']), failed: [] } }]);
  });

  test('a failed sync says whether the server starts, is in the log, and has an exit status', { timeout: 120_000 }, async () => {
    await put('data/common/tables/t1.csv/mine', 'local');
    await expect(waybill.serve(env())).rejects.toThrow(/ended with 23 [\s\S]*failed: 1 file was not transferred\.\nThe server does not start\./);
    expect(await seeded()).toMatchObject([{ data: { failed: [{ path: 'tables/t1.csv', code: 'IN_THE_WAY' }] } }]);
    const server = await waybill.serve({ ...env(), WAYBILL_SEED_ON_FAILURE: 'start' });
    expect(server.output()).toContain('The server starts all the same.');
    server.kill('SIGTERM');
    await server.ended;
    await expect(waybill.serve({ ...env(), WAYBILL_SEED_FROM: at('nowhere') })).rejects.toThrow(/ended with 1 [\s\S]*The server does not start\./);
  });
});
