import { expandedName } from '../domain/inbox/file-name.ts';
import type { FileRule } from '../domain/inbox/rules.ts';
import type { FileFormat, ImportInput } from '../domain/run/run.ts';
import { isPackedHead, readHead } from '../infra/archive/packed.ts';
import { kindOfName } from '../infra/tabular/file-name.ts';
import { headBytes, resolveFormat } from '../infra/tabular/look.ts';
import type { WaitingFile, Taking } from './inbox.ts';
import { watcherMeta, type WatchPorts } from './watch-turn.ts';

const usualDeletes = 10;

/** Nothing where the file is an archive, which says itself how it is read. */
const formatOf = async ({ blobs }: WatchPorts, file: WaitingFile, rule: FileRule): Promise<FileFormat | undefined> => {
  const name = expandedName(file.name);
  if (rule.format === undefined && kindOfName(name) === undefined) return undefined;
  const head = await readHead(blobs.path(file.sha256), headBytes);
  if (isPackedHead(head)) return undefined;
  const format = resolveFormat(head, name, { ...rule.format, ...(rule.table === undefined ? {} : { table: rule.table }) });
  // What a merge would write NULL over, nobody has asked for.
  return rule.mode === 'merge' && format.kind === 'jsonl' && format.missing === 'auto' ? { ...format, missing: 'refuse' } : format;
};

/** What a rule asks for a file: the same words that a person would say. */
export const requestByRule = async (ports: WatchPorts, file: WaitingFile, rule: FileRule): Promise<Taking['requested']> => {
  const database = await ports.databases.resolve(rule.into, { mayReachInward: true, meta: watcherMeta });
  const format = await formatOf(ports, file, rule);
  const input: ImportInput = {
    upload: file.sha256,
    fileName: file.name,
    ...(format === undefined ? {} : { file: format }),
    database,
    ...(rule.table === undefined || format !== undefined ? {} : { tables: [rule.table] }),
    onError: rule.onError ?? 'reject-all',
    exclusive: false,
    rebuild: 'auto',
    approval: 'none',
  };
  if (rule.mode === 'import') return { kind: 'import', input };
  return { kind: 'merge', input: { ...input, base: 'auto', onConflict: rule.onConflict ?? 'fail', deletes: false, maxDeletes: usualDeletes } };
};
