import type { Progress } from '../../../domain/run/run.ts';
import type { DatabaseIdentity } from '../../../infra/archive/manifest.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import type { KnownDatabase } from '../../databases.ts';
import type { RunHandler } from '../../job.ts';
import type { MeetingPorts } from './meet-database.ts';

export type ExportPorts = MeetingPorts & {
  /** Keeps what was exported: whoever takes an archive in and sends one of his own gives a merge here its base; links are made to what is here. */
  readonly blobs: Pick<BlobStore, 'keep' | 'put' | 'open' | 'has'>;
  readonly findDatabase: (name: string) => Promise<KnownDatabase>;
  readonly backupDir: string;
  /** The folder that is shared with the users of the machine. */
  readonly exchangeDir: string;
  /** Number of the newest attempt at a run: an older one, stopped and continued, must not put its archive over the newer one's. */
  readonly currentAttempt: (runId: string) => Promise<number | undefined>;
};

export type ExportJob = Parameters<RunHandler<'export'>>[0];

/** One attempt at an export, once it is known which database it is. */
export type ExportAttempt = {
  readonly job: ExportJob;
  readonly ports: ExportPorts;
  readonly database: KnownDatabase;
  readonly identity: DatabaseIdentity;
  readonly session: Session;
  readonly startedAt: number;
  readonly progress: (progress: Progress) => void;
  /** Throws when a newer attempt has begun. */
  readonly mayPublish: () => Promise<void>;
};

/** What both ways of exporting ask of the engine. */
export const askedOf = ({ job, database, identity, startedAt }: ExportAttempt) => ({
  ...(job.input.tables === undefined ? {} : { tables: job.input.tables }),
  ...(job.input.selection === undefined ? {} : { selection: job.input.selection }),
  settings: database.tables,
  ...(database.waybillSchema === undefined ? {} : { waybillSchema: database.waybillSchema }),
  identity,
  runId: job.runId,
  timestamp: new Date(startedAt).toISOString(),
  signal: job.signal,
});
