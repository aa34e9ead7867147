import { randomUUID } from 'node:crypto';
import { accepted, type Client } from './client.ts';
import type { ImportInput, MergeInput, ReplaceInput, RollbackInput } from './operations/generated/graphql.ts';
import {
  importMutation,
  mergeMutation,
  planMergeMutation,
  planMutation,
  planReplaceMutation,
  planRollbackMutation,
  replaceMutation,
  rollbackMutation,
} from './operations/requests.ts';
import type { Request } from './write-run.ts';

/** Each kind of run that writes, asked for at once or as a plan that waits. */
export const requestImport = (client: Client, input: ImportInput): Request => ({
  atOnce: async () => accepted((await client.execute(importMutation, { input, idempotencyKey: randomUUID() })).import).runId,
  plan: async () => accepted((await client.execute(planMutation, { input, idempotencyKey: randomUUID() })).plan).runId,
});

export const requestMerge = (client: Client, input: MergeInput): Request => ({
  atOnce: async () => accepted((await client.execute(mergeMutation, { input, idempotencyKey: randomUUID() })).merge).runId,
  plan: async () => accepted((await client.execute(planMergeMutation, { input, idempotencyKey: randomUUID() })).planMerge).runId,
});

export const requestReplace = (client: Client, input: ReplaceInput): Request => ({
  atOnce: async () => accepted((await client.execute(replaceMutation, { input, idempotencyKey: randomUUID() })).replace).runId,
  plan: async () => accepted((await client.execute(planReplaceMutation, { input, idempotencyKey: randomUUID() })).planReplace).runId,
});

export const requestRollback = (client: Client, input: RollbackInput): Request => ({
  atOnce: async () => accepted((await client.execute(rollbackMutation, { input, idempotencyKey: randomUUID() })).rollback).runId,
  plan: async () => accepted((await client.execute(planRollbackMutation, { input, idempotencyKey: randomUUID() })).planRollback).runId,
});
