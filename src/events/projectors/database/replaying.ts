import type { Progress } from '../../../domain/run/run.ts';
import type { Unsettled } from '../../../engine/replay/settle.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import type { KnownDatabase } from '../../databases.ts';
import type { ImportPorts } from './attempt.ts';
import type { Target } from './open-target.ts';

/** What every run of one replay shares: the target's session, which holds the lock from the first run to the last. */
export type Replaying = {
  readonly session: Session;
  readonly target: Target;
  readonly database: KnownDatabase;
  readonly relations: TargetRelations;
  readonly blobs: BlobStore;
  readonly identities: readonly string[];
  readonly limits: ImportPorts['limits'];
  /** The replay itself, which may be fenced out by a later attempt, and what its markers say of the database and the log. */
  readonly own: { readonly runId: string; readonly attempt: number; readonly databaseId: string | undefined; readonly storeId: string };
  /** By `schema.table`: columns in which triggers had the last word over what was recorded. They prove no change outside. */
  readonly unsettled: Map<string, ReadonlySet<string>>;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
};

/** Gives the notes. */
export const leaveUnsettled = ({ unsettled }: Replaying, table: string, { columns, notes }: Unsettled): readonly string[] => {
  if (columns.length > 0) unsettled.set(table, new Set([...(unsettled.get(table) ?? []), ...columns]));
  return notes;
};
