import type { Issue } from '../../../domain/issue.ts';
import type { BlobReference, IssueCount } from '../../../domain/run/run.ts';
import { issueLines, numberIssues } from '../../../engine/validate/validate.sql.ts';
import { copyLines } from '../../../infra/archive/copy-rows.ts';
import type { ImportTransaction } from './import-transaction.ts';

/** Every issue of a plan as JSON lines; what the reader of the archive left out by itself comes first. */
export const storeIssues = async ({ session, loads, staged, blobs, leftOver, lines }: ImportTransaction): Promise<BlobReference> => {
  for (const load of loads) await session.run(numberIssues(load, staged[load.index]?.asText === true));
  const copy = (): AsyncIterable<Buffer> => session.copyOut(issueLines(loads));
  async function* all(): AsyncGenerator<Uint8Array> {
    for (const issue of leftOver) yield Buffer.from(`${JSON.stringify(issue)}\n`);
    yield* lines === undefined ? copy() : withLines(copy(), lines());
  }
  return blobs.put(all());
};

/** Issues come by row, so one walk through the file finds the line of each. */
async function* withLines(issues: AsyncIterable<Buffer>, lines: AsyncGenerator<number>): AsyncGenerator<Uint8Array> {
  let [row, line]: [number, number | undefined] = [0, undefined];
  try {
    for await (const text of copyLines(issues)) {
      const issue = JSON.parse(text) as Issue;
      while (issue.row !== undefined && row < issue.row) {
        const next = await lines.next();
        line = next.done === true ? undefined : next.value;
        row += 1;
      }
      yield Buffer.from(`${JSON.stringify(issue.row === undefined || line === undefined ? issue : { ...issue, line })}\n`);
    }
  } finally {
    await lines.return(undefined);
  }
}

export const countLeftOver = (issues: readonly Issue[]): readonly IssueCount[] =>
  [...new Set(issues.map((issue) => issue.table))].map((table) => ({
    table,
    code: 'row.leftover',
    count: issues.filter((issue) => issue.table === table).length,
  }));
