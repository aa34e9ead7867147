import type { FileRule } from '../domain/inbox/rules.ts';
import type { ImportInput } from '../domain/run/run.ts';
import type { WaitingFile, Taking } from './inbox.ts';
import { watcherMeta, type WatchPorts } from './watch-turn.ts';

const usualDeletes = 10;

/** What a rule asks for a file: the same words that a person would say. */
export const requestByRule = async ({ databases }: WatchPorts, file: WaitingFile, rule: FileRule): Promise<Taking['requested']> => {
  const database = await databases.resolve(rule.into, { mayReachInward: true, meta: watcherMeta });
  const input: ImportInput = {
    upload: file.sha256,
    fileName: file.name,
    database,
    ...(rule.table === undefined ? {} : { tables: [rule.table] }),
    onError: rule.onError ?? 'reject-all',
    exclusive: false,
    rebuild: 'auto',
    approval: 'none',
  };
  if (rule.mode === 'import') return { kind: 'import', input };
  return { kind: 'merge', input: { ...input, base: 'auto', onConflict: rule.onConflict ?? 'fail', deletes: false, maxDeletes: usualDeletes } };
};
