import { resolveFormat } from '../../src/infra/tabular/look.ts';
import { readFile } from 'node:fs/promises';
import type { FileFormatGiven, MergeInput, VerdictCounts, WriteResult } from '../../src/domain/run/run.ts';
import type { Issue } from '../../src/domain/issue.ts';
import { lastPlan, type Arena } from './arena.ts';
import type { Imported, WriteOptions } from './engine.ts';

type Options = WriteOptions & { readonly given?: FileFormatGiven };

export const put = async (arena: Arena, text: string | Buffer): Promise<string> => (await arena.blobs.put(chunks(text))).sha256;

async function* chunks(text: string | Buffer): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** Brings one file into the target, as a request with this name and these options would. */
export const bring = async (
  arena: Arena,
  kind: 'import' | 'merge',
  [name, text]: readonly [string, string | Buffer],
  options: Options = {},
): Promise<Imported> => {
  const { given = {}, ...rest } = options;
  const format = resolveFormat(Buffer.from(text), name, given);
  const file: MergeInput['file'] = kind === 'merge' && format.kind === 'jsonl' && format.missing === 'auto' ? { ...format, missing: 'refuse' } : format;
  return arena.write(kind, arena.target, await put(arena, text), { ...rest, file });
};

export const resultOf = ({ outcome }: Imported): WriteResult => {
  if (outcome.state !== 'completed' || outcome.result.kind === 'export' || outcome.result.kind === 'replay')
    throw new Error(`The run was ${JSON.stringify(outcome).slice(0, 2000)}`);
  return outcome.result;
};

/** Of the only table, without what is zero. */
export const countsOf = (imported: Imported): Partial<VerdictCounts> => {
  const all: Partial<VerdictCounts> = resultOf(imported).tables[0]?.counts ?? {};
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
};

/** `row line N at CHARACTER: code column`, in the order of the rows. */
export const issuesOf = async (arena: Arena, done: Imported): Promise<readonly string[]> => {
  const plan = lastPlan(done);
  if (plan.issueFile === undefined) return [];
  const lines = (await readFile(arena.blobs.path(plan.issueFile.sha256), 'utf8')).trim().split('\n');
  return lines.map((text) => {
    const { row, line, position, code, column } = JSON.parse(text) as Issue;
    return `${row} line ${line}${position === undefined ? '' : ` at ${position}`}: ${code} ${column ?? '-'}`;
  });
};
