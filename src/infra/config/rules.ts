import { z } from 'zod';
import { Refusal } from '../../domain/refusal.ts';
import type { FileRule } from '../../domain/inbox/rules.ts';
import type { ConflictPolicy, FileFormatGiven } from '../../domain/run/run.ts';
import { fileEncodings } from '../../domain/run/run.ts';
import { databaseName } from './databases.ts';

const text = z.string().min(1);

const fileFormat = z.strictObject({
  kind: z.enum(['csv', 'jsonl']).optional(),
  table: text.optional(),
  delimiter: text.optional(),
  quote: text.optional(),
  encoding: z.enum(fileEncodings).optional(),
  hasHeader: z.boolean().optional(),
  columns: z.array(text).min(1).readonly().optional(),
  nulls: z.string().optional(),
  comments: text.optional(),
  unknown: z.enum(['refuse', 'ignore']).optional(),
  missing: z.enum(['auto', 'null', 'refuse']).optional(),
  spreadsheetSafe: z.boolean().optional(),
});

const conflictPolicy = z.custom<ConflictPolicy>(
  (value) => typeof value === 'string' && /^(fail|incoming|current|newest:.+)$/s.test(value),
  'is none of fail, incoming, current, newest:COLUMN',
);

const fileRule = z.strictObject({
  folder: z.enum(['inbox', 'exchange']).default('inbox'),
  match: text,
  into: databaseName,
  table: text.optional(),
  mode: z.enum(['import', 'merge']).default('import'),
  onError: z.enum(['reject-all', 'reject-rows']).optional(),
  onConflict: conflictPolicy.optional(),
  format: fileFormat.optional(),
  after: z.enum(['move', 'delete', 'keep']).default('move'),
});

/** One rule as `waybill.config.ts` may have it. */
export type FileRuleEntry = z.input<typeof fileRule>;

/** For the page of settings; complete by type. */
export const fileRuleWords: Readonly<Record<keyof FileRule, string>> = {
  folder: '`inbox` or `exchange`: where the file lies. Default: inbox.',
  match: 'A glob over the file’s name: `products*.jsonl`. The first rule that matches counts.',
  into: 'The database, by its registered name.',
  table: 'The table, as `table` or `schema.table`. Default: found by the file’s name.',
  mode: '`import` or `merge`. Default: import.',
  onError: '`reject-all` or `reject-rows`: what becomes of a file with bad rows.',
  onConflict: '`fail`, `incoming`, `current` or `newest:COLUMN`, for `merge`.',
  format:
    'What is known of the file: `kind`, `table`, `delimiter`, `quote`, `encoding`, `hasHeader`, `columns`, `nulls`, `comments`, `unknown`, `missing`, `spreadsheetSafe`. Default: found by looking.',
  after: '`move` (into `imported` below the inbox), `delete` or `keep`: what becomes of an imported file. Default: move.',
};

/** Without the keys that are there but undefined. */
const present = <Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as never;

export const parseRules = (given: unknown): readonly FileRule[] => {
  const parsed = z.array(fileRule).safeParse(given ?? []);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = ['rules', ...(issue?.path ?? [])].join('.');
    throw new Refusal('RULE_INVALID', `The setting ${path} from waybill.config.ts is not usable: ${issue?.message ?? 'invalid'}.`, { setting: path });
  }
  return parsed.data.map(
    ({ format, ...rule }) => ({ ...present(rule), ...(format === undefined ? {} : { format: present(format) as FileFormatGiven }) }) as FileRule,
  );
};
