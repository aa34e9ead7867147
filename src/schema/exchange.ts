import { z } from 'zod';
import { listExchange, watchExchange, type ExchangeFile } from '../infra/folders/exchange.ts';
import { hasNonce, removeNonce, writeNonce } from '../infra/folders/nonce.ts';
import { builder } from './builder.ts';
import { refusals, refusing } from './refusal.ts';
import { idempotencyKeyArg } from './run-words.ts';

const ExchangeFileType = builder.objectRef<ExchangeFile>('ExchangeFile').implement({
  description: 'A file in the exchange folder, which host and containers share. What is in it is served by nothing here.',
  fields: (t) => ({
    path: t.string({ resolve: ({ name }) => `exchange/${name}`, description: 'What `upload` takes as `serverPath`.' }),
    name: t.exposeString('name', { description: 'Its name.' }),
    bytes: t.field({ type: 'Long', resolve: ({ bytes }) => bytes, description: 'Its size.' }),
    modifiedAt: t.field({ type: 'DateTime', resolve: ({ modifiedAt }) => modifiedAt, description: 'When it was last written.' }),
    old: t.exposeBoolean('old', { description: 'It has lain there for more than 30 days: does anybody still need it?' }),
    pending: t.exposeBoolean('pending', { description: 'It changed a moment ago: somebody may still be writing it.' }),
  }),
});

builder.queryFields((t) => ({
  exchangeFiles: t.field({
    type: [ExchangeFileType],
    authScopes: { $all: { read: true, whole: true } },
    description: 'What lies in the exchange folder now, by name: regular files, no links, nothing hidden or half-written.',
    resolve: async (_root, _args, { config }) => [...(await listExchange(config.exchangeDir, config.watch.settleSeconds))],
  }),
  exchangeNonce: t.boolean({
    authScopes: { $all: { read: true, whole: true } },
    description: 'Whether this server sees the nonce that the caller wrote into what it takes for the exchange folder: `waybill doctor --exchange`.',
    args: { nonce: t.arg.string({ required: true, description: '16 to 64 letters and digits.' }) },
    resolve: (_root, { nonce }, { config }) => hasNonce(config.exchangeDir, nonce),
  }),
}));

builder.subscriptionField('exchangeFileAppeared', (t) =>
  t.field({
    type: ExchangeFileType,
    authScopes: { $all: { read: true, whole: true } },
    description:
      'Each file that appears in the exchange folder: at first sight with `pending`, and again when it is complete. Nothing imports it unless a rule says so.',
    subscribe: (_root, _args, { config, signal }) =>
      watchExchange(config.exchangeDir, { seconds: config.watch.seconds, settleSeconds: config.watch.settleSeconds, signal }),
    resolve: (file) => file,
  }),
);

const NonceInput = builder.inputType('ExchangeNonceInput', {
  description: 'Which nonce.',
  fields: (t) => ({
    nonce: t.string({
      required: true,
      description: '16 to 64 letters and digits, made by chance.',
      validate: z.string().regex(/^[A-Za-z0-9]{16,64}$/, '16 to 64 letters and digits.'),
    }),
    remove: t.boolean({ defaultValue: false, description: 'Takes it away again.' }),
  }),
});

const NoncePayload = builder.objectRef<{ readonly nonce: string }>('ExchangeNoncePayload').implement({
  description: 'Done; nothing of it is in the log.',
  fields: (t) => ({ nonce: t.exposeString('nonce', { description: 'The nonce.' }) }),
});

builder.mutationField('writeExchangeNonce', (t) =>
  t.field({
    type: NoncePayload,
    authScopes: { $all: { import: true, whole: true } },
    errors: refusals(),
    description: 'Writes an empty, hidden file into the exchange folder, so that the caller can see whether both see the same folder. It goes away by itself.',
    args: { input: t.arg({ type: NonceInput, required: true, description: 'Which.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input: { nonce, remove } }, { config }) =>
      refusing(async () => {
        await (remove === true ? removeNonce(config.exchangeDir, nonce) : writeNonce(config.exchangeDir, nonce));
        return { nonce };
      }),
  }),
);
