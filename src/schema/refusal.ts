import { Refusal } from '../domain/refusal.ts';
import { builder } from './builder.ts';
import { InvalidInput } from './invalid-input.ts';

/**
 * Refusals are data: every mutation answers with its payload or with one of these, each under a name of its own, all with
 * the three fields of the interface. A rule of the domain throws a `Refusal` with a code; here the code finds its type.
 */
const RefusalInterface = builder.interfaceRef<{ readonly code: string; readonly message: string; readonly details: unknown }>('Refusal').implement({
  description: 'A rule says no; nothing was changed. `code` is stable; `message` says what happened, to which thing, and what to do next.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable: programs decide by it.' }),
    message: t.exposeString('message', { description: 'For people.' }),
    details: t.field({
      type: 'JSON',
      nullable: true,
      resolve: (refusal) => refusal.details,
      description: 'What the message speaks of, for programs; its shape depends on the code.',
    }),
  }),
});

class OtherRefusal extends Refusal {}
class UnknownRun extends OtherRefusal {}
class UnknownUpload extends OtherRefusal {}
class UnknownDatabase extends OtherRefusal {}
class DatabaseRefused extends OtherRefusal {}
class FileRefused extends OtherRefusal {}
class RunNotPlanned extends OtherRefusal {}
class ConflictsLeft extends OtherRefusal {}
class UnknownConflict extends OtherRefusal {}
class RollbackNotPossible extends OtherRefusal {}
class RunEnded extends OtherRefusal {}
class FileFormatRefused extends OtherRefusal {}
class UnknownKey extends OtherRefusal {}
class UnknownInboxFile extends OtherRefusal {}
class Forbidden extends OtherRefusal {}
class IdempotencyKeyReused extends OtherRefusal {}

/** A name, the codes that it stands for, and what it says. Where a mutation does not list a name, its codes come as `OtherRefusal`. */
const named = {
  UnknownRun: { type: UnknownRun, codes: ['RUN_UNKNOWN'], description: 'No run has this id.' },
  UnknownUpload: { type: UnknownUpload, codes: ['UPLOAD_UNKNOWN'], description: 'No upload has this id.' },
  UnknownDatabase: { type: UnknownDatabase, codes: ['DATABASE_UNKNOWN'], description: 'No database is registered under this name.' },
  DatabaseRefused: {
    type: DatabaseRefused,
    codes: ['DATABASE_URL_REFUSED', 'DATABASE_HOST_REFUSED'],
    description: 'The URL of a database is malformed, has parameters that are not allowed, or points where this server may not connect.',
  },
  FileRefused: {
    type: FileRefused,
    codes: ['FILE_REFUSED', 'FILE_MISSING', 'FILE_TOO_LARGE'],
    description: 'The file is not there, too large, or not inside the backup, exchange or inbox folder.',
  },
  RunNotPlanned: {
    type: RunNotPlanned,
    codes: ['RUN_NOT_PLANNED', 'PLAN_ALREADY_APPROVED', 'PLAN_IS_STALE'],
    description: 'The run has no plan that waits for approval, or another one than was read.',
  },
  ConflictsLeft: {
    type: ConflictsLeft,
    codes: ['MERGE_HAS_CONFLICTS'],
    description: 'The plan has conflicts that nobody has decided: resolve them first.',
  },
  UnknownConflict: {
    type: UnknownConflict,
    codes: ['CONFLICT_UNKNOWN', 'RUN_HAS_NO_CONFLICTS'],
    description: 'The plan has no such conflict.',
  },
  RollbackNotPossible: {
    type: RollbackNotPossible,
    codes: ['ROLLBACK_NOT_POSSIBLE'],
    description: 'The run wrote nothing that could be taken back, or was taken back already.',
  },
  RunEnded: { type: RunEnded, codes: ['RUN_ENDED'], description: 'The run has ended; there is nothing to cancel.' },
  FileFormatRefused: {
    type: FileFormatRefused,
    codes: [
      'FILE_INVALID',
      'FILE_WITHOUT_KEY',
      'FILE_TABLE_UNKNOWN',
      'FILE_COLUMNS',
      'FILE_EMPTY',
      'FILE_FORMAT_UNKNOWN',
      'FILE_ENCODING_UNKNOWN',
      'FILE_LINE_TOO_LONG',
    ],
    description: 'The CSV or JSON-lines file cannot be read into a table as it is.',
  },
  UnknownKey: { type: UnknownKey, codes: ['KEY_UNKNOWN'], description: 'No API key has this id or name.' },
  UnknownInboxFile: {
    type: UnknownInboxFile,
    codes: ['INBOX_FILE_UNKNOWN', 'INBOX_FILE_SETTLED'],
    description: 'No file of the inbox has this id, or what became of it is settled.',
  },
  Forbidden: { type: Forbidden, codes: ['FORBIDDEN', 'SCOPE_MISSING'], description: 'The key may not do this.' },
  IdempotencyKeyReused: {
    type: IdempotencyKeyReused,
    codes: ['IDEMPOTENCY_KEY_REUSED'],
    description: 'The same idempotency key came with other input before.',
  },
  OtherRefusal: { type: OtherRefusal, codes: [], description: 'A rule that has no type of its own; see `code`.' },
} as const;
type Name = keyof typeof named;

for (const [name, { type, description }] of Object.entries(named)) builder.objectType(type, { name, description, interfaces: [RefusalInterface] });

const InputIssue = builder.objectRef<{ readonly path: string; readonly message: string }>('InputIssue').implement({
  description: 'One thing that is wrong with the input.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Where, with dots: `input.database`.' }),
    message: t.exposeString('message', { description: 'What is wrong, and what would be right.' }),
  }),
});

builder.objectType(InvalidInput, {
  name: 'InvalidInput',
  description: 'The input has the right types but cannot be meant like this.',
  interfaces: [RefusalInterface],
  fields: (t) => ({ issues: t.field({ type: [InputIssue], resolve: (refusal) => [...refusal.issues], description: 'Each thing that is wrong.' }) }),
});

/** For the `errors` option of a mutation: the names it can answer with; these three can happen to every one. */
export const refusals = (...names: readonly Name[]) => ({
  types: [InvalidInput, IdempotencyKeyReused, OtherRefusal, ...names.map((name) => named[name].type)],
});

/** Gives a refusal its GraphQL type by its code; anything else passes on. */
export const refusing = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const Type = Object.values(named).find(({ codes }) => codes.some((code) => code === error.code))?.type ?? OtherRefusal;
    throw Object.assign(new Type(error.code, error.message, error.details), { cause: error });
  }
};
