import { Option, type Command } from 'commander';
import type { Client } from '../client.ts';
import { UsageError } from '../exit.ts';
import type { MergeInput } from '../operations/generated/graphql.ts';
import type { Output } from '../output.ts';
import { findFile } from './format-options.ts';
import { uploadFile, type ImportOptions } from './import-options.ts';

/** How `merge` finds the base, and what it does where both sides changed something. */
export type MergeOptions = ImportOptions & {
  readonly base: string;
  readonly onConflict?: string;
  readonly conflict?: readonly TablePolicy[];
  readonly deletes?: boolean;
  readonly maxDeletes?: number;
};
export type TablePolicy = { readonly table: string; readonly policy: string };

const usualPolicy = 'fail';
const policies = 'fail, incoming, current or newest:COLUMN';

export const conflictPolicy =
  (name: string) =>
  (text: string): string => {
    if (text === 'fail' || text === 'incoming' || text === 'current' || /^newest:./.test(text)) return text;
    throw new UsageError(`${name} is ${policies}, not ${JSON.stringify(text)}.`);
  };

/** A table's name has no `=` unless somebody quoted one in; the last one parts it from the policy. */
export const tablePolicy = (text: string, before: readonly TablePolicy[] | undefined): readonly TablePolicy[] => {
  const [, table, policy] = /^(.+)=([^=]+)$/.exec(text) ?? [];
  if (table === undefined || policy === undefined)
    throw new UsageError(`--conflict is TABLE=POLICY, such as public.page=current, not ${JSON.stringify(text)}.`);
  return [...(before ?? []), { table, policy: conflictPolicy('The policy of --conflict')(policy) }];
};

/** `5`, `5%` or `any`, which is all of it. */
export const percent = (text: string): number => {
  const value = text === 'any' ? 100 : Number(/^(\d{1,3})%?$/.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(value) || value > 100) throw new UsageError(`--max-deletes is a percentage such as 10%, or any, not ${JSON.stringify(text)}.`);
  return value;
};

export const addMaxDeletes = (command: Command, usual = '10%, and no table is emptied'): Command =>
  command.addOption(
    new Option(
      '--max-deletes <percent>',
      `how much of a table may be deleted, where that is more than 10 rows; any: also all of it. Default: ${usual}`,
    ).argParser(percent),
  );

export const addMergeOptions = (command: Command): void => {
  command
    .option(
      '--base <base>',
      'auto: what both sides once held, row by row (of CSV and JSON lines nothing is known: as none); none: what arrives wins; or the archive, or file, that both sides held',
      'auto',
    )
    .addOption(new Option('--on-conflict <policy>', `what both sides changed: ${policies}. Default: ${usualPolicy}`).argParser(conflictPolicy('--on-conflict')))
    .addOption(new Option('--conflict <table=policy>', 'another policy for this table; repeat for more').argParser(tablePolicy))
    .option('--deletes', 'also delete what the other side deleted since the base');
  addMaxDeletes(command);
};

/** A base is a word, a hash, or a file, which becomes an upload. */
const baseOf = async (client: Client, { base, ...options }: MergeOptions, output: Output): Promise<string> => {
  if (base === 'auto' || base === 'none' || /^[0-9a-f]{64}$/.test(base)) return base;
  const found = await findFile(base, options, output);
  output.note(output.dim(`reading ${found}`));
  return (await client.upload(found)).sha256;
};

export const mergeInput = async (client: Client, file: string, options: MergeOptions, output: Output): Promise<MergeInput> => ({
  ...(await uploadFile(client, file, options, output)),
  base: await baseOf(client, options, output),
  onConflict: options.onConflict ?? usualPolicy,
  ...(options.conflict === undefined ? {} : { conflictPolicies: options.conflict }),
  deletes: options.deletes ?? false,
  ...(options.maxDeletes === undefined ? {} : { maxDeletes: options.maxDeletes }),
});
