import { resolveFormat } from '../../src/infra/tabular/look.ts';
import type { FileFormatGiven, MergeInput } from '../../src/domain/run/run.ts';
import type { Arena } from './arena.ts';
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
