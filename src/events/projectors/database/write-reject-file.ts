import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableId } from '../../../domain/catalogue/catalogue.ts';
import type { Issue } from '../../../domain/issue.ts';
import type { WriteResult, PlanSummary } from '../../../domain/run/run.ts';
import { loadId, type Load } from '../../../engine/load.ts';
import { carryParents, carryParentsOfText, carryRejected, copyBad, copyCarried, countCarried, createCarry } from '../../../engine/reject/rejects.sql.ts';
import type { Manifest, ManifestTable } from '../../../infra/archive/manifest.ts';
import { writeRejects } from '../../../infra/archive/write-rejects.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import { readLines } from '../../../infra/files/read-lines.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import type { ImportTransaction } from './import-transaction.ts';

/** The rows that stay out under REJECT_ROWS, as an archive that can be mended and imported again. Encrypted as the original was. */
export type RejectSource = { readonly manifest: Manifest; readonly timestamp: string; readonly recipients: readonly string[] };

export const writeRejectFile = async (transaction: ImportTransaction, source: RejectSource, plan: PlanSummary): Promise<WriteResult['rejectFile']> => {
  const carried = await carryRows(transaction);
  const folder = await mkdtemp(join(tmpdir(), 'waybill-rejects-'));
  const path = join(folder, 'rejects.tar.zst');
  try {
    await writeRejects(
      path,
      {
        manifest: source.manifest,
        timestamp: source.timestamp,
        rows: (table) => rowsOf(transaction, carried, table),
        issues: issuesOf(transaction.blobs, plan),
      },
      { compression: 'zstd', recipients: source.recipients },
    );
    const blob = await transaction.blobs.adopt(path);
    return { ...blob, name: `rejects_${transaction.runId}.tar.zst` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Which tables have rows to carry. */
const carryRows = async ({ session, loads, staged }: ImportTransaction): Promise<ReadonlySet<string>> => {
  for (const load of loads) {
    await session.run(createCarry(load));
    if (load.role === 'write') await session.run(carryRejected(load));
  }
  for (const load of loads.filter((candidate) => staged[candidate.index]?.asText === true))
    await eachStagedParent(loads, load, (reference, parent) => session.run(carryParentsOfText(load, reference, parent)));
  for (let added = 1; added > 0;) {
    added = 0;
    for (const load of loads)
      await eachStagedParent(loads, load, async (reference, parent) => (added += await session.run(carryParents(load, reference, parent))));
  }
  const carried = new Set<string>();
  for (const load of loads) {
    const { count } = await session.one<{ count: number }>(countCarried(load, staged[load.index]?.asText === true));
    if (count > 0) carried.add(loadId(load));
  }
  return carried;
};

const eachStagedParent = async (
  loads: readonly Load[],
  load: Load,
  work: (reference: Load['references'][number], parent: Load) => Promise<unknown>,
): Promise<void> => {
  const staged = new Set(load.staged.map((column) => column.name));
  for (const reference of load.references) {
    const parent = reference.parentIndex === undefined ? undefined : loads[reference.parentIndex];
    if (parent === undefined || reference.companion !== undefined || !reference.reference.columns.every((name) => staged.has(name))) continue;
    if (reference.reference.parentColumns.every((name) => parent.staged.some((column) => column.name === name))) await work(reference, parent);
  }
};

const rowsOf = (transaction: ImportTransaction, carried: ReadonlySet<string>, table: ManifestTable): AsyncIterable<Uint8Array> | undefined => {
  const load = transaction.loads.find((candidate) => loadId(candidate) === tableId(table));
  if (load === undefined || !carried.has(tableId(table))) return undefined;
  return copied(transaction.session, load, transaction.staged[load.index]?.asText === true);
};

async function* copied(session: Session, load: Load, asText: boolean): AsyncGenerator<Uint8Array> {
  yield* session.copyOut(copyCarried(load));
  if (asText) yield* session.copyOut(copyBad(load));
}

async function* issuesOf(blobs: BlobStore, plan: PlanSummary): AsyncGenerator<Issue> {
  if (plan.issueFile === undefined) return;
  for await (const { text } of readLines(blobs.path(plan.issueFile.sha256), { byte: 0, line: 1 })) yield JSON.parse(text) as Issue;
}
