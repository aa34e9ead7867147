import { phases } from '../domain/run/run.ts';
import type { StoredProgress } from '../events/store.ts';
import { builder } from './builder.ts';
import { RunStateEnum } from './run-words.ts';

const PhaseEnum = builder.enumType('Phase', {
  description: 'What a run is doing.',
  values: Object.fromEntries(phases.map((phase) => [phase.toUpperCase().replaceAll(' ', '_'), { value: phase }])),
});

export const ProgressType = builder.objectRef<StoredProgress>('RunProgress').implement({
  description: 'How far a run is: the latest value, monotone within an attempt; values may be skipped.',
  fields: (t) => ({
    runId: t.exposeString('runId', { description: 'The run, as its ULID.' }),
    state: t.field({ type: RunStateEnum, resolve: (progress) => progress.state, description: 'The state of the run at this moment.' }),
    attempt: t.exposeInt('attempt', { description: 'Which attempt this is, from 1.' }),
    sequence: t.field({ type: 'Long', resolve: (progress) => progress.sequence, description: 'Grows with every value.' }),
    phase: t.field({ type: PhaseEnum, resolve: (stored) => stored.progress.phase, description: 'What is being done.' }),
    table: t.string({ nullable: true, resolve: (stored) => stored.progress.table, description: 'The table being worked on, `schema.table`.' }),
    tablesDone: t.int({ resolve: (stored) => stored.progress.tablesDone, description: 'Tables this phase is done with.' }),
    tablesTotal: t.int({ resolve: (stored) => stored.progress.tablesTotal, description: 'Tables this phase has.' }),
    rows: t.field({ type: 'Long', resolve: (stored) => stored.progress.rows, description: 'Rows this phase is done with.' }),
    rowsTotal: t.field({
      type: 'Long',
      nullable: true,
      resolve: (stored) => stored.progress.rowsTotal,
      description: 'Rows this phase has, when that is known.',
    }),
    bytes: t.field({ type: 'Long', resolve: (stored) => stored.progress.bytes, description: 'Bytes read or written.' }),
    bytesTotal: t.field({ type: 'Long', nullable: true, resolve: (stored) => stored.progress.bytesTotal, description: 'Bytes in all, when that is known.' }),
    waitingFor: t.string({ nullable: true, resolve: (stored) => stored.progress.waitingFor, description: 'Who holds the lock that is waited for, in words.' }),
    transactionSeconds: t.int({
      nullable: true,
      resolve: (stored) => stored.progress.transactionSeconds,
      description: 'Age of the open transaction in the target, in seconds. While it is open, vacuum there removes nothing younger.',
    }),
    at: t.field({ type: 'DateTime', resolve: (progress) => progress.at, description: 'When this was so.' }),
  }),
});
