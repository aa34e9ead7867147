import type { Verification } from '../events/store.ts';
import { builder } from './builder.ts';

const VerificationType = builder.objectRef<Verification>('LogVerification').implement({
  description: 'Whether the log is whole and as it was written.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'Every event, and every file that one names, is as it was written.' }),
    position: t.field({ type: 'Long', resolve: (verification) => verification.position, description: 'The last position when ok, else the first bad one.' }),
    reason: t.string({ nullable: true, resolve: (verification) => (verification.ok ? undefined : verification.reason), description: 'What is wrong there.' }),
  }),
});

const HeadInput = builder.inputType('LogHeadInput', {
  description: 'A head that was exported earlier and kept elsewhere.',
  fields: (t) => ({
    position: t.field({ type: 'Long', required: true, description: 'Its position.' }),
    hash: t.string({ required: true, description: 'Its hash, in hex.' }),
  }),
});

const HeadType = builder.objectRef<{ readonly position: number; readonly hash: string; readonly at: string | null }>('LogHead').implement({
  description: 'The end of the log. Kept outside the store, it shows later whether the tail was cut or the chain written anew.',
  fields: (t) => ({
    position: t.field({ type: 'Long', resolve: (head) => head.position, description: 'Position of the last event; 0 for an empty log.' }),
    hash: t.exposeString('hash', { description: 'Its hash, in hex.' }),
    at: t.field({ type: 'DateTime', nullable: true, resolve: (head) => head.at, description: 'When it was appended.' }),
  }),
});

builder.queryFields((t) => ({
  logHead: t.field({
    type: HeadType,
    authScopes: { read: true },
    description: 'The end of the log.',
    resolve: (_root, _args, context) => context.store.exportHead(),
  }),
  verifyLog: t.field({
    type: VerificationType,
    authScopes: { read: true },
    complexity: 1000,
    description: 'Recomputes the chain of hashes over the whole log, and finds the first bad position.',
    args: {
      checkBlobs: t.arg.boolean({ defaultValue: true, description: 'Also the files that events name.' }),
      head: t.arg({ type: HeadInput, description: 'Also that the log still contains this head.' }),
    },
    resolve: (_root, { checkBlobs, head }, context) =>
      context.store.verify({
        checkBlobs: checkBlobs ?? true,
        ...(head === null || head === undefined ? {} : { head: { position: head.position, hash: head.hash, at: null } }),
      }),
  }),
}));
