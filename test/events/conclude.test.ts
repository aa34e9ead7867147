import { expect, test } from 'vitest';
import { Conflict, Fault, Refusal } from '../../src/domain/refusal.ts';
import { conclude, outcomeOfError, type Ended } from '../../src/events/conclude.ts';
import { JobStopped, type RunOutcome } from '../../src/events/job.ts';

const ended: Ended = { attempt: 2, retries: 0, stop: undefined, phase: 'applying', policy: { most: 3, firstDelaySeconds: 2, longestDelaySeconds: 5 } };
const retryable: RunOutcome = { state: 'failed', code: 'CONNECTION_LOST', message: 'gone', retryable: true };

test.each([
  [0, 2],
  [1, 4],
  [2, 5],
])('after %i retries the next attempt comes in %i seconds', (retries, seconds) => {
  expect(conclude(retryable, { ...ended, retries })).toMatchObject({ command: { type: 'LoseAttempt', attempt: 2, cause: 'retry' }, nextAfterSeconds: seconds });
});

test('retries are bounded', () => {
  expect(conclude(retryable, { ...ended, retries: 3 })).toMatchObject({ command: { type: 'FailRun', code: 'CONNECTION_LOST' } });
});

test('an attempt that was taken over says nothing, whatever it did', () => {
  const outcomes: readonly RunOutcome[] = [
    retryable,
    { state: 'planned' },
    { state: 'cancelled', phase: 'x' },
    { state: 'refused', code: 'C', message: 'm', details: {} },
  ];
  for (const outcome of outcomes) expect(conclude(outcome, { ...ended, stop: 'superseded' })).toEqual({ kind: 'silent' });
});

test('a stopping worker hands on what it gave up', () => {
  for (const outcome of [retryable, { state: 'cancelled', phase: 'x' } as const, { state: 'superseded' } as const]) {
    expect(conclude(outcome, { ...ended, stop: 'stopping' })).toMatchObject({ command: { type: 'LoseAttempt', cause: 'worker-stopped' }, nextAfterSeconds: 0 });
  }
});

test('a statement cancelled on request is a cancelled run', () => {
  expect(conclude({ ...retryable, code: 'STATEMENT_CANCELLED', retryable: false }, { ...ended, stop: 'cancel' })).toMatchObject({
    command: { type: 'ConfirmCancel', phase: 'applying' },
  });
});

test('a connection lost while cancelling is looked into by one more attempt, at once', () => {
  expect(conclude(retryable, { ...ended, stop: 'cancel' })).toMatchObject({ command: { type: 'LoseAttempt', cause: 'retry' }, nextAfterSeconds: 0 });
});

test.each([
  [new Refusal('X', 'no', { a: 1 }), { state: 'refused', code: 'X', message: 'no', details: { a: 1 } }],
  [new Conflict('SERIALIZATION_FAILURE', 'changed'), { state: 'failed', code: 'SERIALIZATION_FAILURE', message: 'changed', retryable: true }],
  [new Fault('DISK_FULL', 'full'), { state: 'failed', code: 'DISK_FULL', message: 'full', retryable: false }],
  [new Refusal('RUN_SUPERSEDED', 'late'), { state: 'superseded' }],
  [new JobStopped('superseded'), { state: 'superseded' }],
  [new JobStopped('cancel'), { state: 'cancelled', phase: '' }],
  [new TypeError('password=x'), { state: 'failed', code: 'DEFECT', message: 'Waybill broke; the log of the worker has the details.', retryable: false }],
])('%s thrown by a handler becomes an outcome', (error, outcome) => {
  expect(outcomeOfError(error)).toEqual(outcome);
});
