import type pg from 'pg';
import { inTransaction, type Tx } from '../../infra/postgres/transaction-pool.ts';
import { readHead } from './read.sql.ts';
import { firstBadPosition, hashAt, liftTimeout, logEnd, namedBlobs, pinSnapshot } from './verify.sql.ts';

/** Kept outside the store, it shows later whether the tail was cut or the chain written anew. */
export type ExportedHead = { readonly position: number; readonly hash: string; readonly at: string | null };

export type Verification = { readonly ok: true; readonly position: number } | { readonly ok: false; readonly position: number; readonly reason: string };

/** What verification needs of the blob store. */
export type BlobCheck = { has(sha256: string): Promise<boolean>; verify(sha256: string): Promise<boolean> };

const bad = (position: number, reason: string): Verification => ({ ok: false, position, reason });

const earlier = (one: Verification, other: Verification): Verification => {
  if (one.ok) return other;
  if (other.ok) return one;
  return other.position < one.position ? other : one;
};

const checkChain = async (tx: Tx): Promise<Verification> => {
  const found = await tx.maybeOne<{ position: string; reason: 'missing' | 'changed' }>(firstBadPosition());
  const end = await tx.one<{ head_position: string; head_hash: string; event_position: string; event_hash: string }>(logEnd());
  const head = Number(end.head_position);
  const last = Number(end.event_position);
  if (found !== undefined) {
    const position = Number(found.position);
    return bad(position, found.reason === 'missing' ? `event ${position} is missing` : `event ${position} differs from what its hash says`);
  }
  if (last < head) return bad(last + 1, `event ${last + 1} and all after it are missing; the head says ${head}`);
  if (last > head || end.head_hash !== end.event_hash) return bad(last, `the head row does not belong to event ${last}`);
  return { ok: true, position: last };
};

const checkExportedHead = async (tx: Tx, head: ExportedHead, last: number): Promise<Verification> => {
  if (head.position === 0) return { ok: true, position: last };
  const at = await tx.maybeOne<{ hash: string }>(hashAt(head.position));
  if (at === undefined) return bad(Math.min(last + 1, head.position), `the exported head says ${head.position} events were here; the log ends at ${last}`);
  if (at.hash !== head.hash)
    return bad(head.position, `event ${head.position} is not the one that the exported head names: the chain was written anew at or before it`);
  return { ok: true, position: last };
};

const checkBlobs = async (blobs: BlobCheck, named: readonly { sha256: string; position: string; must_exist: boolean }[]): Promise<Verification | undefined> => {
  for (const blob of named) {
    const position = Number(blob.position);
    if (!(await blobs.has(blob.sha256))) {
      if (blob.must_exist) return bad(position, `event ${position} names the file ${blob.sha256}, which is missing`);
    } else if (!(await blobs.verify(blob.sha256))) return bad(position, `event ${position} names the file ${blob.sha256}, which was altered`);
  }
  return undefined;
};

export const verifyLog = async (pool: pg.Pool, blobs: BlobCheck | undefined, head: ExportedHead | undefined): Promise<Verification> => {
  const { chain, named } = await inTransaction(pool, async (tx) => {
    await tx.run(pinSnapshot());
    await tx.run(liftTimeout());
    const inside = await checkChain(tx);
    const last = Number((await tx.one<{ event_position: string }>(logEnd())).event_position);
    const chain = head === undefined ? inside : earlier(inside, await checkExportedHead(tx, head, last));
    const named = blobs === undefined ? [] : await tx.many<{ sha256: string; position: string; must_exist: boolean }>(namedBlobs());
    return { result: () => ({ chain, named }) };
  });
  const files = blobs === undefined ? undefined : await checkBlobs(blobs, named);
  return files === undefined ? chain : earlier(chain, files);
};

export const exportHead = async (pool: pg.Pool): Promise<ExportedHead> =>
  inTransaction(pool, async (tx) => {
    const head = await tx.one<{ position: string; hash: string; at: string | null }>(readHead());
    return { result: () => ({ position: Number(head.position), hash: head.hash, at: head.at }) };
  });
