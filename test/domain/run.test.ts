import { describe, expect, test } from 'vitest';
import { decide, type RunCommand } from '../../src/domain/run/decide.ts';
import type { RunEvent } from '../../src/domain/run/events.ts';
import { evolve, runFrom } from '../../src/domain/run/evolve.ts';
import {
  noVerdicts,
  runKinds,
  type ExportInput,
  type ImportInput,
  type PlanSummary,
  type RunKind,
  type RunResult,
  type RunState,
} from '../../src/domain/run/run.ts';
import { isEnded, type Requested } from '../../src/domain/run/state.ts';

const input: ImportInput = {
  upload: 'a'.repeat(64),
  fileName: 'a.tar.zst',
  database: 'shop',
  onError: 'reject-all',
  exclusive: false,
  rebuild: 'auto',
  approval: 'required',
};
const exportInput: ExportInput = { database: 'shop', compression: 'zstd', recipients: [] };
const plan: PlanSummary = { planHash: 'h1', catalogueFingerprint: 'f1', tables: [], issues: [], notes: [] };
const result: RunResult = { kind: 'import', plan, tables: [], rejected: 0, seconds: 1, notes: [] };

const requested: RunEvent = { type: 'ImportRequested', data: input };
const started = (attempt: number): RunEvent => ({ type: 'RunStarted', data: { attempt, worker: 'w1' } });
const planned: RunEvent = { type: 'RunPlanned', data: plan };
const approved: RunEvent = { type: 'PlanApproved', data: { planHash: 'h1' } };
const lost: RunEvent = { type: 'RunAttemptLost', data: { attempt: 1, cause: 'worker-gone', reason: 'gone' } };
const completed: RunEvent = { type: 'RunCompleted', data: result };
const refused: RunEvent = { type: 'RunRefused', data: { code: 'C', message: 'm', details: {} } };
const failed: RunEvent = { type: 'RunFailed', data: { code: 'C', message: 'm' } };
const cancelRequested: RunEvent = { type: 'CancelRequested', data: {} };
const cancelled: RunEvent = { type: 'RunCancelled', data: { phase: 'queued' } };

type Situation = 'none' | 'between' | RunState;

const histories: Readonly<Record<Situation, readonly RunEvent[]>> = {
  none: [],
  requested: [requested],
  running: [requested, started(1)],
  between: [requested, started(1), lost],
  planned: [requested, started(1), planned],
  approved: [requested, started(1), planned, approved],
  completed: [requested, started(1), completed],
  refused: [requested, started(1), refused],
  failed: [requested, started(1), failed],
  cancelled: [requested, cancelRequested, cancelled],
};

const commands: { readonly [Type in RunCommand['type']]: Extract<RunCommand, { type: Type }> } = {
  RequestRun: { type: 'RequestRun', requested: { kind: 'import', input } },
  ResolveConflicts: { type: 'ResolveConflicts', resolutions: [{ take: 'incoming' }] },
  ApprovePlan: { type: 'ApprovePlan' },
  CancelRun: { type: 'CancelRun' },
  StartAttempt: { type: 'StartAttempt', worker: 'w1' },
  LoseAttempt: { type: 'LoseAttempt', attempt: 1, cause: 'worker-gone', reason: 'gone' },
  RecordDrift: { type: 'RecordDrift', attempt: 1, reason: '40001', tables: ['public.a'] },
  RecordPlan: { type: 'RecordPlan', attempt: 1, plan },
  CompleteRun: { type: 'CompleteRun', attempt: 1, result },
  RefuseRun: { type: 'RefuseRun', attempt: 1, code: 'C', message: 'm', details: {} },
  FailRun: { type: 'FailRun', attempt: 1, code: 'C', message: 'm' },
  ConfirmCancel: { type: 'ConfirmCancel', attempt: 1, phase: 'staging' },
};

/** Events by their types, or the code of the refusal. Complete by type: a new state or command does not compile without its cells. */
const reportsRefused = {
  LoseAttempt: 'RUN_SUPERSEDED',
  RecordDrift: 'RUN_SUPERSEDED',
  RecordPlan: 'RUN_SUPERSEDED',
  CompleteRun: 'RUN_SUPERSEDED',
  RefuseRun: 'RUN_SUPERSEDED',
  FailRun: 'RUN_SUPERSEDED',
  ConfirmCancel: 'RUN_SUPERSEDED',
} as const;
const exists = { RequestRun: 'RUN_EXISTS', ResolveConflicts: 'RUN_NOT_PLANNED' } as const;
const over = { ...exists, ApprovePlan: 'RUN_NOT_PLANNED', CancelRun: 'RUN_ENDED', StartAttempt: 'RUN_NOT_WAITING', ...reportsRefused } as const;

const table: Readonly<Record<Situation, Readonly<Record<RunCommand['type'], string>>>> = {
  none: {
    RequestRun: 'ImportRequested',
    ResolveConflicts: 'RUN_UNKNOWN',
    ApprovePlan: 'RUN_UNKNOWN',
    CancelRun: 'RUN_UNKNOWN',
    StartAttempt: 'RUN_NOT_WAITING',
    ...reportsRefused,
  },
  requested: { ...exists, ApprovePlan: 'RUN_NOT_PLANNED', CancelRun: 'CancelRequested RunCancelled', StartAttempt: 'RunStarted', ...reportsRefused },
  running: {
    ...exists,
    ApprovePlan: 'RUN_NOT_PLANNED',
    CancelRun: 'CancelRequested',
    StartAttempt: 'RUN_NOT_WAITING',
    LoseAttempt: 'RunAttemptLost',
    RecordDrift: 'RunDrifted',
    RecordPlan: 'RunPlanned',
    CompleteRun: 'RunCompleted',
    RefuseRun: 'RunRefused',
    FailRun: 'RunFailed',
    ConfirmCancel: 'RunCancelled',
  },
  between: { ...exists, ApprovePlan: 'RUN_NOT_PLANNED', CancelRun: 'CancelRequested', StartAttempt: 'RunStarted', ...reportsRefused },
  planned: {
    ...exists,
    ResolveConflicts: 'RUN_HAS_NO_CONFLICTS',
    ApprovePlan: 'PlanApproved',
    CancelRun: 'CancelRequested RunCancelled',
    StartAttempt: 'RUN_NOT_WAITING',
    ...reportsRefused,
  },
  approved: { ...exists, ApprovePlan: 'PLAN_ALREADY_APPROVED', CancelRun: 'CancelRequested RunCancelled', StartAttempt: 'RunStarted', ...reportsRefused },
  completed: over,
  refused: over,
  failed: over,
  cancelled: over,
};

const outcome = (history: readonly RunEvent[], command: RunCommand): string => {
  try {
    return decide(runFrom(history), command)
      .map(({ type }) => type)
      .join(' ');
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
};

describe.each(Object.entries(table))('a run that is %s', (situation, row) => {
  test.each(Object.entries(row))('answers %s with %s', (type, expected) => {
    expect(outcome(histories[situation as Situation], commands[type as RunCommand['type']])).toBe(expected);
  });

  test('is in that state after its events', () => {
    const { state } = runFrom(histories[situation as Situation]);
    expect(state).toBe(situation === 'between' ? 'running' : situation);
    expect(isEnded(state)).toBe(row === over);
  });
});

test('what another attempt reports is refused', () => {
  const run = runFrom([requested, started(1), lost, started(2)]);
  expect(() => decide(run, { ...commands.CompleteRun, attempt: 1 })).toThrow('not the one under way');
  expect(decide(run, { ...commands.CompleteRun, attempt: 2 })).toHaveLength(1);
});

test('attempts are numbered on over approval and loss', () => {
  const run = runFrom([requested, started(1), planned, approved]);
  expect(decide(run, commands.StartAttempt)).toEqual([{ type: 'RunStarted', data: { attempt: 2, worker: 'w1' } }]);
});

test('a plan made again after approval does not wait again', () => {
  const run = runFrom([requested, started(1), planned, approved, started(2), planned]);
  expect(run).toMatchObject({ state: 'running', approvedPlanHash: 'h1' });
});

test('an import without approval goes on running when it has planned', () => {
  const run = runFrom([{ type: 'ImportRequested', data: { ...input, approval: 'none' } }, started(1), planned]);
  expect(run).toMatchObject({ state: 'running', plan });
});

const conflicting: PlanSummary = { ...plan, tables: [{ table: 'public.a', counts: { ...noVerdicts, conflict: 1 }, ids: 'keep' }] };
const mergeRequested: RunEvent = {
  type: 'MergeRequested',
  data: { ...input, approval: 'none', base: 'auto', onConflict: 'fail', deletes: false, maxDeletes: 10 },
};
const waiting: readonly RunEvent[] = [mergeRequested, started(1), { type: 'RunPlanned', data: conflicting }];

test('a plan with conflicts waits though nobody asked to read it', () => {
  expect(runFrom(waiting)).toMatchObject({ state: 'planned', plan: conflicting });
  expect(runFrom([mergeRequested, started(1), planned])).toMatchObject({ state: 'running' });
});

test('words on conflicts are kept in their order, and the run goes on waiting', () => {
  const resolve = (run: ReturnType<typeof runFrom>, take: 'incoming' | 'current') => decide(run, { type: 'ResolveConflicts', resolutions: [{ take }] });
  const once = resolve(runFrom(waiting), 'incoming');
  const twice = resolve(runFrom([...waiting, ...once]), 'current');
  expect(runFrom([...waiting, ...once, ...twice])).toMatchObject({ state: 'planned', resolutions: [{ take: 'incoming' }, { take: 'current' }] });
});

test('words on conflicts stay with the run when it is approved and planned again', () => {
  const words: RunEvent = { type: 'ConflictsResolved', data: { resolutions: [{ take: 'current' }] } };
  const run = runFrom([...waiting, words, approved, started(2), { type: 'RunPlanned', data: conflicting }]);
  expect(run).toMatchObject({ state: 'running', resolutions: [{ take: 'current' }], approvedPlanHash: 'h1' });
  expect(outcome([...waiting, words, approved], commands.ResolveConflicts)).toBe('RUN_NOT_PLANNED');
});

const inputs: { readonly [Kind in RunKind]: Extract<Requested, { kind: Kind }>['input'] } = {
  import: input,
  merge: { ...input, base: 'none', onConflict: 'incoming', deletes: false, maxDeletes: 10 },
  replace: { ...input, maxDeletes: 'any' },
  rollback: { run: 'R1', database: 'shop', exclusive: false, approval: 'none', onConflict: 'current', maxDeletes: 'any' },
  replay: { database: 'copy', of: 'shop', until: { position: 7 } },
  export: exportInput,
};

test.each(runKinds)('a request for a run of kind %s is an event of its own with the same input', (kind) => {
  const events = decide({ state: 'none' }, { type: 'RequestRun', requested: { kind, input: inputs[kind] } as Requested });
  expect(events.map(({ type }) => type.toLowerCase())).toEqual([`${kind}requested`]);
  expect(runFrom(events)).toMatchObject({ state: 'requested', requested: { kind, input: inputs[kind] }, resolutions: [] });
});

test('asking twice for a cancel appends once', () => {
  const run = runFrom([requested, started(1), cancelRequested]);
  expect(decide(run, commands.CancelRun)).toEqual([]);
  expect(run).toMatchObject({ state: 'running', cancelRequested: true });
});

test('only retries count as retries', () => {
  const retry: RunEvent = { type: 'RunAttemptLost', data: { attempt: 2, cause: 'retry', reason: 'CONNECTION_LOST' } };
  expect(runFrom([requested, started(1), lost, started(2), retry])).toMatchObject({ retries: 1, betweenAttempts: true });
});

test('a run does not begin with anything but its request', () => {
  expect(() => evolve({ state: 'none' }, started(1))).toThrow('begins with its request');
});
