import { Failure } from '../../../domain/refusal.ts';
import type { BlobReference, Phase, PlanSummary, Progress } from '../../../domain/run/run.ts';
import { settle, takeLock, type Marker } from '../../../engine/ledger/marker.ts';
import { unlock } from '../../../engine/ledger/marker.sql.ts';
import type { OpenOptions } from '../../../infra/archive/read-archive.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import type { KnownDatabase } from '../../databases.ts';
import type { RunHandler, RunJob, RunOutcome } from '../../job.ts';
import type { MeetingPorts } from './meet-database.ts';

/** One attempt at one import, and how it learns what an earlier one did: from the marker, under the target's lock (ENGINE-RULES 12). */
export type ImportPorts = MeetingPorts & {
  readonly blobs: BlobStore;
  readonly findDatabase: (name: string) => Promise<KnownDatabase>;
  /** age identities that open encrypted archives. */
  readonly identities: readonly string[];
  /** Of what is read: archives, files, lines. Absent: as the reader has them. */
  readonly limits?: OpenOptions['limits'];
  /** Gives the archive of rejected rows a name where a person, or the next import, finds it. */
  readonly publishReject: (file: BlobReference & { readonly name: string }) => Promise<void>;
  /** The plan that was approved, by run. */
  readonly approvedPlan: (runId: string) => Promise<PlanSummary | undefined>;
};

export type ImportJob = Parameters<RunHandler<'import' | 'merge' | 'replace'>>[0];

/** What every run that writes a target is asked with. */
export type TargetJob = Pick<RunJob, 'runId' | 'attempt' | 'meta' | 'signal' | 'progress'> & { readonly input: { readonly database: string } };

export type TargetAttempt<Job extends TargetJob = TargetJob> = {
  readonly job: Job;
  readonly ports: ImportPorts;
  readonly database: KnownDatabase;
  readonly session: Session;
  readonly startedAt: number;
  readonly phase: (phase: Phase, more?: Partial<Progress>) => void;
};

export type Attempt = TargetAttempt<ImportJob>;

export const settleUnderLock = async (attempt: TargetAttempt, session: Session, relations: TargetRelations): Promise<Marker | undefined> => {
  const { job, phase } = attempt;
  const never = new AbortController();
  await takeLock(session, { runId: job.runId, signal: never.signal, waiting: () => phase('waiting for lock') });
  try {
    return await settle(session, relations.run, job.runId, job.attempt);
  } finally {
    await session.run(unlock);
  }
};

export const completed = (marker: Marker): RunOutcome => {
  if (marker.summary === null)
    throw new Failure('fault', 'MARKER_WITHOUT_SUMMARY', 'The target says that the run was applied, but not what it did. Look at its waybill.run row.');
  return { state: 'completed', result: marker.summary };
};
