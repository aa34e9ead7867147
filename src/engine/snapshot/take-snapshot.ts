import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { Defect } from '../../domain/refusal.ts';
import type { SnapshotDefinition } from '../../domain/snapshot/definition.ts';
import type { Session } from '../../infra/postgres/session.ts';

export type TakeSnapshot = {
  readonly session: Session;
  readonly catalogue: readonly KeyedTable[];
  readonly definition: SnapshotDefinition;
  readonly folder: string;
  readonly database: string;
  /** Of the log, as far as the files know of it. */
  readonly position: number;
  readonly now: () => number;
  /** Only these tables are known to have changed since the state was written; absent: any. */
  readonly changed?: ReadonlySet<string>;
  readonly json: boolean;
  readonly csv: boolean;
  readonly signal: AbortSignal;
};

export type SnapshotFile = { readonly name: string; readonly bytes: number; readonly sha256: string; readonly rows: number; readonly written: boolean };

export type SnapshotTaken = {
  readonly files: readonly SnapshotFile[];
  /** In which something differed. */
  readonly tables: readonly string[];
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly wrote: boolean;
};

export const takeSnapshot = (options: TakeSnapshot): Promise<SnapshotTaken> => {
  throw new Defect(`A snapshot of ${options.database} cannot be taken yet.`);
};
