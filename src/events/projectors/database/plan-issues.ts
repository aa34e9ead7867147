import type { Issue } from '../../../domain/issue.ts';
import type { BlobReference, IssueCount } from '../../../domain/run/run.ts';
import { issueLines, numberIssues } from '../../../engine/validate/validate.sql.ts';
import type { ImportTransaction } from './import-transaction.ts';

/** Every issue of a plan as JSON lines; what the reader of the archive left out by itself comes first. */
export const storeIssues = async ({ session, loads, staged, blobs, leftOver }: ImportTransaction): Promise<BlobReference> => {
  for (const load of loads) await session.run(numberIssues(load, staged[load.index]?.asText === true));
  async function* lines(): AsyncGenerator<Uint8Array> {
    for (const issue of leftOver) yield Buffer.from(`${JSON.stringify(issue)}\n`);
    yield* session.copyOut(issueLines(loads));
  }
  return blobs.put(lines());
};

export const countLeftOver = (issues: readonly Issue[]): readonly IssueCount[] =>
  [...new Set(issues.map((issue) => issue.table))].map((table) => ({
    table,
    code: 'row.leftover',
    count: issues.filter((issue) => issue.table === table).length,
  }));
