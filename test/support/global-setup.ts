import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../src/infra/postgres/embedded.ts';

/** One cluster for all test files: the one `WAYBILL_TEST_CLUSTER` names, else a throw-away one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['WAYBILL_TEST_CLUSTER'];
  if (given !== undefined) {
    project.provide('clusterUrl', given);
    return async () => undefined;
  }
  const folder = await mkdtemp(join(tmpdir(), 'waybill-test-'));
  await chmod(folder, 0o755);
  const embedded = await startEmbedded({ dataDir: folder, auth: 'trust', durable: false });
  project.provide('clusterUrl', embedded.url);
  return async () => {
    await embedded.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
