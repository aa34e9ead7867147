import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import type { Resolution, RunKind, RunState as State } from '../../../domain/run/run.ts';

/** Written by `waybill.project` alone, inside the appending transaction. */
export const RunState = defineEntity({
  name: 'RunState',
  tableName: 'run_state',
  schema: 'waybill',
  properties: {
    runId: p.text().primary(),
    kind: p.text().$type<RunKind>(),
    state: p.text().$type<State>(),
    databaseName: p.text(),
    upload: p.text().nullable(),
    tables: p.array(),
    // Of no closer type here: what a list may be filtered by would be unfolded from it without end.
    input: p.json<object>(),
    actor: p.text(),
    apiKey: p.text().nullable(),
    client: p.text(),
    attempt: p.integer(),
    attemptsLost: p.integer(),
    retries: p.integer(),
    drifts: p.integer(),
    betweenAttempts: p.boolean(),
    cancelRequested: p.boolean(),
    plan: p.json<object>().nullable(),
    approvedPlanHash: p.text().nullable(),
    result: p.json<object>().nullable(),
    resolutions: p.json<readonly Resolution[]>(),
    takesBack: p.text().nullable(),
    takenBackBy: p.text().nullable(),
    lost: p.boolean(),
    failure: p.json<Readonly<Record<string, unknown>>>().nullable(),
    requestedPosition: p.bigint('number'),
    requestedAt: p.datetime(),
    startedAt: p.datetime().nullable(),
    endedAt: p.datetime().nullable(),
    version: p.bigint('number'),
    position: p.bigint('number'),
  },
});
export type RunStateEntity = InferEntity<typeof RunState>;
