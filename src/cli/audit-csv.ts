import { stringify } from 'csv-stringify/sync';
import { verdicts } from '../domain/run/run.ts';
import type { AuditQuery } from './operations/generated/graphql.ts';

export type AuditedRun = AuditQuery['runs']['edges'][number]['node'];

const columns = [
  'run',
  'kind',
  'state',
  'database',
  'file',
  'sha256',
  'actor',
  'client',
  'requested',
  'ended',
  'takes_back',
  'taken_back_by',
  'failure',
  'table',
  ...verdicts,
] as const;

const linesOf = (run: AuditedRun): readonly (readonly (string | number)[])[] => {
  const whole = [
    run.runId,
    run.kind.toLowerCase(),
    run.state.toLowerCase(),
    run.databaseName,
    run.fileName ?? '',
    run.upload?.sha256 ?? '',
    run.actor,
    run.client,
    run.requestedAt,
    run.endedAt ?? '',
    run.rolledBack?.runId ?? '',
    run.rolledBackBy?.runId ?? '',
    run.failure?.code ?? '',
  ];
  if (run.tables.length === 0) return [[...whole, '', ...verdicts.map(() => '')]];
  return run.tables.map(({ table, counts }) => [...whole, table, ...verdicts.map((verdict) => counts[verdict])]);
};

export const auditHead = (): string => stringify([columns], { record_delimiter: 'windows' });

/**
 * Who moved what, when: one line for each run and table (RFC 4180). Names come from files and people, and what begins like
 * a formula gets an apostrophe in front, so that no spreadsheet computes it.
 */
export const auditLines = (runs: readonly AuditedRun[]): string => stringify(runs.flatMap(linesOf), { record_delimiter: 'windows', escape_formulas: true });
