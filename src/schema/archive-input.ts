import { z } from 'zod';
import { isEverything } from '../domain/key/key.ts';
import { Refusal } from '../domain/refusal.ts';
import type { ImportInput } from '../domain/run/run.ts';
import type { SchemaTypes } from './builder.ts';
import { fileFormatOf, FileFormatInput, type AskedFormat } from './file-format.ts';
import { mayReachInward, metadataOf, type Context } from './context.ts';
import { given } from './given.ts';
import { ErrorPolicyEnum, tableNames, uploadIdOf } from './run-words.ts';

type InputFields = PothosSchemaTypes.InputFieldBuilder<PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>, 'InputObject'>;

export const databaseField = (t: InputFields, description: string) =>
  t.string({ required: true, description, validate: z.string().min(1, 'Name a database.').max(2000, 'Too long.') });

export const exclusiveField = (t: InputFields) =>
  t.boolean({ defaultValue: false, description: 'Locks the tables against writers instead of planning again when they interfere.' });

export const maxDeletesField = (t: InputFields, usual: number) =>
  t.int({
    defaultValue: usual,
    description:
      'Percent of a table’s rows that may be deleted without a refusal; ten rows always may, unless the table would be empty afterwards. 100 allows everything, also emptying tables.',
    validate: z.number().int().min(0, 'From 0 to 100.').max(100, 'From 0 to 100.'),
  });

export const guardOf = (maxDeletes: number | null | undefined, usual: number): number | 'any' => {
  const percent = maxDeletes ?? usual;
  return percent === 100 ? 'any' : percent;
};

/** What every run takes that brings an archive into a database. */
export const archiveFields = (t: InputFields) => ({
  upload: t.id({ required: true, description: 'The archive: the id of an upload, or its SHA-256.' }),
  database: databaseField(t, 'The target: a registered name, or a postgres:// URL.'),
  tables: t.stringList({
    description: 'Only these tables, each as `schema.table`, or by its name alone where only one has it. Default: all.',
    validate: tableNames,
  }),
  onError: t.field({ type: ErrorPolicyEnum, defaultValue: 'reject-all', description: 'What bad rows mean for the rest.' }),
  exclusive: exclusiveField(t),
  file: t.field({
    type: FileFormatInput,
    description: 'How to read an upload that is one CSV or JSON-lines file; its name says that it is one, or this does.',
  }),
  rebuild: t.boolean({
    defaultValue: true,
    description: 'Whether a large, empty table may be loaded the fast way: constraints and indexes dropped and rebuilt inside the transaction.',
  }),
});

type Asked = {
  readonly upload: string;
  readonly database: string;
  readonly tables?: readonly string[] | null | undefined;
  readonly onError?: ImportInput['onError'] | null | undefined;
  readonly exclusive?: boolean | null | undefined;
  readonly rebuild?: boolean | null | undefined;
  readonly file?: AskedFormat | null | undefined;
};

type Request = { readonly kind: 'import' | 'merge' | 'replace'; readonly approval: ImportInput['approval'] };

export const resolveDatabase = (name: string, context: Context): Promise<string> =>
  context.databases.resolve(name, { mayReachInward: mayReachInward(context), meta: metadataOf(context) });

export const archiveInputOf = async (asked: Asked, { kind, approval }: Request, context: Context): Promise<ImportInput> => {
  const upload = await context.store.upload(uploadIdOf(asked.upload));
  if (upload === undefined) throw unknownUpload(asked.upload);
  const { sha256, name } = upload;
  const { snapshot } = await context.databases.reach(asked.database, { mayReachInward: mayReachInward(context) });
  const file = await fileFormatOf({ path: context.blobs.path(sha256), name, tables: asked.tables ?? undefined, file: asked.file, kind, snapshot });
  return {
    upload: sha256,
    fileName: name,
    ...(file === undefined ? {} : { file }),
    database: await resolveDatabase(asked.database, context),
    ...(file === undefined ? given('tables', asked.tables) : {}),
    onError: asked.onError ?? 'reject-all',
    exclusive: asked.exclusive ?? false,
    rebuild: asked.rebuild === false ? 'never' : 'auto',
    approval,
  };
};

const unknownUpload = (asked: string): Refusal =>
  new Refusal('UPLOAD_UNKNOWN', `There is no upload ${asked.slice(0, 100)}. Upload the file first.`, { upload: asked.slice(0, 100) });

/** The SHA-256 of an archive beside the one that is brought in: an upload, or an export whose archive was kept. */
export const keptArchive = async (asked: string, context: Context): Promise<string> => {
  const which = uploadIdOf(asked);
  const upload = await context.store.upload(which);
  if (upload !== undefined) return upload.sha256;
  // To a key that is kept to some databases an archive is one that it may see: an upload.
  if ('sha256' in which && isEverything(context.reach) && (await context.blobs.has(which.sha256))) return which.sha256;
  throw unknownUpload(asked);
};
