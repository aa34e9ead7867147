import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/infra/postgres/embedded.ts';

/** One cluster for all test files: the one `WAYBILL_TEST_CLUSTER` names, else a throw-away one. And one folder that goes at the end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-test-'));
  await chmod(folder, 0o755);
  project.provide('tempFolder', folder);
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const given = process.env['WAYBILL_TEST_CLUSTER'];
  if (given !== undefined) {
    project.provide('clusterUrl', given);
    return removeFolder;
  }
  const embedded = await startEmbedded({ dataDir: folder, auth: 'trust', durable: false });
  project.provide('clusterUrl', embedded.url);
  return async () => {
    await embedded.stop();
    await removeFolder();
  };
}
