import type { InferEntity } from '@mikro-orm/core';
import type { MikroORM } from '@mikro-orm/postgresql';
import { inboxStates, type InboxState } from '../../../domain/inbox/inbox-file.ts';
import { InboxFile } from './inbox-file.ts';
import type { Page, PageRequest } from './lists.ts';

export type InboxRow = {
  readonly inboxId: string;
  readonly folder: 'inbox' | 'exchange';
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly uploadId?: string;
  readonly by: string;
  readonly state: InboxState;
  readonly runId?: string;
  readonly code?: string;
  readonly actor: string;
  readonly arrivedAt: string;
  readonly settledAt?: string;
  readonly cursor: string;
};
export type InboxFilter = { readonly states?: readonly InboxState[]; readonly name?: string };

const toRow = (row: InferEntity<typeof InboxFile>): InboxRow => ({
  inboxId: row.inboxId,
  folder: row.folder === 'exchange' ? 'exchange' : 'inbox',
  name: row.name,
  sha256: row.sha256,
  bytes: row.bytes,
  ...(row.uploadId === null || row.uploadId === undefined ? {} : { uploadId: row.uploadId }),
  by: row.arrivedBy,
  state: inboxStates.find((state) => state === row.state) ?? 'waiting',
  ...(row.runId === null || row.runId === undefined ? {} : { runId: row.runId }),
  ...(row.code === null || row.code === undefined ? {} : { code: row.code }),
  actor: row.actor,
  arrivedAt: row.arrivedAt.toISOString(),
  ...(row.settledAt === null || row.settledAt === undefined ? {} : { settledAt: row.settledAt.toISOString() }),
  cursor: row.inboxId,
});

export const findInboxFile = async (orm: MikroORM, inboxId: string): Promise<InboxRow | undefined> => {
  const row = await orm.em.fork().findOne(InboxFile, { inboxId });
  return row === null ? undefined : toRow(row);
};

/** Newest first; the cursor is the id, which begins with the time. */
export const listInboxFiles = async (orm: MikroORM, filter: InboxFilter = {}, { first = 50, after }: PageRequest = {}): Promise<Page<InboxRow>> => {
  const where = {
    ...(filter.states === undefined ? {} : { state: { $in: [...filter.states] } }),
    ...(filter.name === undefined ? {} : { name: filter.name }),
    ...(after === undefined ? {} : { inboxId: { $lt: after } }),
  };
  const limit = Math.min(Math.max(1, first), 500);
  const rows = await orm.em.fork().find(InboxFile, where, { orderBy: { inboxId: 'desc' }, limit: limit + 1 });
  const shown = rows.slice(0, limit).map(toRow);
  return { rows: shown, hasNextPage: rows.length > limit, endCursor: shown.at(-1)?.cursor };
};
