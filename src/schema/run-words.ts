import { z } from 'zod';
import { runKinds, runStates } from '../domain/run/run.ts';
import { builder } from './builder.ts';

export const RunKindEnum = builder.enumType('RunKind', {
  description: 'What kind of work a run is.',
  values: Object.fromEntries(runKinds.map((kind) => [kind.toUpperCase(), { value: kind }])),
});

export const RunStateEnum = builder.enumType('RunState', {
  description: 'REQUESTED -> RUNNING -> COMPLETED, REFUSED, FAILED or CANCELLED; with approval: RUNNING -> PLANNED -> APPROVED -> RUNNING.',
  values: Object.fromEntries(runStates.map((state) => [state.toUpperCase(), { value: state }])),
});

export const ErrorPolicyEnum = builder.enumType('ErrorPolicy', {
  description: 'What bad rows mean for the rest.',
  values: {
    REJECT_ALL: { value: 'reject-all', description: 'Any issue, and nothing is written.' },
    REJECT_ROWS: {
      value: 'reject-rows',
      description: 'Bad rows and what depends on them stay out and go to a re-importable reject file; the rest is one transaction.',
    },
  } as const,
});

export const CompressionEnum = builder.enumType('Compression', {
  description: 'How an archive is compressed.',
  values: { ZSTD: { value: 'zstd', description: '`.tar.zst`.' }, GZIP: { value: 'gzip', description: '`.tar.gz`.' } } as const,
});

/** Runs are named by their ULID or by their node id, which is the name of their stream. */
export const runIdOf = (id: string): string => (id.startsWith('run-') ? id.slice(4) : id);

export const idempotencyKeyArg = {
  type: 'String',
  required: true,
  description:
    'Chosen by the caller, at most 200 characters: a UUID. The same key with the same input gives the earlier answer and has no second effect; with other input it is refused.',
  validate: z.string().min(1, 'Give a key, such as a UUID.').max(200, 'A key has at most 200 characters.'),
} as const;

/** Uploads are named by their ULID, their node id, or the SHA-256 of their content. */
export const uploadIdOf = (id: string): { readonly uploadId: string } | { readonly sha256: string } =>
  /^[0-9a-f]{64}$/.test(id) ? { sha256: id } : { uploadId: id.startsWith('upload-') ? id.slice(7) : id };

export const tableNames = z
  .array(z.string().min(1, 'Name a table.').max(130, 'No table has a name as long as this.'))
  .min(1, 'Name a table, or leave this out for all.')
  .max(10_000, 'Too many tables.');
