import type { TestProject } from 'vitest/node';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['WAYBILL_TEST_CLUSTER'];
  if (given === undefined) throw new Error('WAYBILL_TEST_CLUSTER is not set and no embedded cluster is wired in yet');
  project.provide('clusterUrl', given);
  return async () => undefined;
}
