import { z } from 'zod';
import { Refusal } from '../domain/refusal.ts';
import type { UploadEvent } from '../domain/run/events.ts';
import { uploadName } from '../domain/upload/name.ts';
import type { UploadRow } from '../events/store.ts';
import { receive } from '../infra/receive/receive.ts';
import { recordOf } from '../infra/receive/take-in.ts';
import { builder } from './builder.ts';
import { connectionOf, pageArgs, pageRequestOf } from './connection.ts';
import { metadataOf, type Context } from './context.ts';
import { given } from './given.ts';
import { refusals, refusing } from './refusal.ts';
import { idempotencyKeyArg, uploadIdOf } from './run-words.ts';

const DoorEnum = builder.enumType('UploadDoor', {
  description: 'How a file came.',
  values: {
    GRAPHQL: { value: 'graphql', description: 'By the mutation `upload`.' },
    POST: { value: 'post', description: 'By POST or PUT to `/api/upload/`.' },
    TUS: { value: 'tus', description: 'In pieces, to `/api/upload/tus`.' },
    INBOX: { value: 'inbox', description: 'By hand, into the inbox.' },
    CLI: { value: 'cli', description: 'By a command on this machine.' },
  } as const,
});

type Wire = NonNullable<UploadEvent['data']['wire']>;

const WireType = builder.objectRef<Wire>('UploadWire').implement({
  description: 'A file as it was sent, where it was stored expanded.',
  fields: (t) => ({
    sha256: t.exposeString('sha256', { description: 'SHA-256 of the bytes as they were sent, in hex.' }),
    bytes: t.field({ type: 'Long', resolve: (wire) => wire.bytes, description: 'Their number.' }),
    compression: t.exposeString('compression', { description: '`gzip` or `zstd`.' }),
  }),
});

/** What the log has of an upload's first coming. */
const firstOf = async (upload: UploadRow, context: Context): Promise<UploadEvent['data'] | undefined> => {
  const [first] = await context.store.events({ stream: `upload-${upload.uploadId}`, limit: 1 });
  return first?.event.type === 'UploadStored' ? first.event.data : undefined;
};

export const UploadType = builder.objectRef<UploadRow>('Upload');
builder.node(UploadType, {
  description: 'A received file, addressed by its content: the same bytes again are the same upload.',
  id: { resolve: (upload) => upload.uploadId, description: '`upload-<ulid>`, the name of its stream in the log.' },
  loadOne: (id, context) => context.store.upload({ uploadId: id }),
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'uploadId' in value && 'sha256' in value,
  fields: (t) => ({
    sha256: t.exposeString('sha256', { description: 'SHA-256 of its content, in hex: expanded, when it came as `.gz` or `.zst` and is no archive.' }),
    bytes: t.field({ type: 'Long', resolve: (upload) => upload.bytes, description: 'Its size.' }),
    name: t.exposeString('name', { description: 'The name it came under last.' }),
    actor: t.exposeString('actor', { description: 'Who sent it first.' }),
    times: t.exposeInt('times', { description: 'How often it came.' }),
    firstAt: t.field({ type: 'DateTime', resolve: (upload) => upload.firstAt, description: 'When it came first.' }),
    lastAt: t.field({ type: 'DateTime', resolve: (upload) => upload.lastAt, description: 'When it came last.' }),
    via: t.field({
      type: DoorEnum,
      nullable: true,
      resolve: async (upload, _args, context) => (await firstOf(upload, context))?.via,
      description: 'How it came first; null for what older versions recorded.',
    }),
    wire: t.field({
      type: WireType,
      nullable: true,
      resolve: async (upload, _args, context) => (await firstOf(upload, context))?.wire,
      description: 'As it was sent first, where it was compressed and is stored expanded.',
    }),
  }),
});

const UploadConnection = builder.connectionObject(
  { type: UploadType, name: 'UploadConnection', description: 'A page of uploads, newest first.' },
  { name: 'UploadEdge', description: 'One upload of a page.' },
);

builder.queryFields((t) => ({
  upload: t.field({
    type: UploadType,
    authScopes: { read: true },
    nullable: true,
    description: 'One upload by its id, as `upload-<ulid>` or as the ULID alone, or by its SHA-256; null when there is none.',
    args: { id: t.arg.id({ required: true, description: 'The id, or the SHA-256.' }) },
    resolve: (_root, { id }, context) => context.store.upload(uploadIdOf(id)),
  }),
  uploads: t.field({
    type: UploadConnection,
    authScopes: { read: true },
    description: 'All uploads, newest first.',
    args: { ...pageArgs, actor: t.arg.string({ description: 'Only what this actor sent.' }) },
    resolve: async (_root, { actor, first, after }, context) =>
      connectionOf(await context.store.uploads(given('actor', actor), pageRequestOf({ first, after })), after),
  }),
}));

const UploadPayload = builder.objectRef<{ readonly uploadId: string; readonly known: boolean; readonly position: number }>('UploadPayload').implement({
  description: 'The file is stored, whole and on disk.',
  fields: (t) => ({
    known: t.exposeBoolean('known', { description: 'The same bytes had come before.' }),
    position: t.field({ type: 'Long', resolve: (payload) => payload.position, description: 'Position of the event in the log.' }),
    upload: t.field({
      type: UploadType,
      description: 'The upload; give its `id` to `import` or `plan`.',
      resolve: async (payload, _args, context) => {
        const upload = await context.store.upload({ uploadId: payload.uploadId });
        if (upload === undefined) throw new Refusal('UPLOAD_UNKNOWN', `There is no upload ${payload.uploadId}.`);
        return upload;
      },
    }),
  }),
});

type Asked = { file?: File | null | undefined; serverPath?: string | null | undefined; name?: string | null | undefined };

const isOneSource = (input: unknown): boolean => {
  const { file, serverPath } = input as Asked;
  return (file ?? undefined) === undefined ? typeof serverPath === 'string' : (serverPath ?? undefined) === undefined;
};

const UploadInput = builder.inputType('UploadInput', {
  description: 'A file: either its bytes, or where the server finds it.',
  fields: (t) => ({
    file: t.field({ type: 'File', description: 'The bytes, as a part of a multipart request. For small files.' }),
    serverPath: t.string({ description: 'A file on the server: `backup/NAME`, `exchange/NAME` or `inbox/NAME`, inside that folder.' }),
    name: t.string({ description: 'The name to show it under; default: its own.', validate: z.string().max(255, 'A name has at most 255 characters.') }),
  }),
  validate: z.custom<Asked>(isOneSource, 'Give either file or serverPath.'),
});

type Source = { readonly name: string; readonly bytes: AsyncIterable<Uint8Array> };

const sourceOf = async (input: Asked, context: Context): Promise<Source> => {
  if (input.file !== null && input.file !== undefined) return { name: input.file.name, bytes: input.file.stream() };
  const { name, handle } = await context.files.open(input.serverPath ?? '', context.trusted);
  return { name, bytes: handle.createReadStream({ highWaterMark: 256 * 1024 }) };
};

builder.mutationField('upload', (t) =>
  t.field({
    type: UploadPayload,
    authScopes: { upload: true },
    errors: refusals('FileRefused'),
    description:
      'Stores a file, to be imported by its id; a single compressed file is expanded. Small files only (the limit is a setting of the server): `POST /api/upload/` takes larger ones, `/api/upload/tus` any.',
    args: { input: t.arg({ type: UploadInput, required: true, description: 'The file.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) =>
      refusing(async () => {
        const source = await sourceOf(input, context);
        const received = await receive(context.blobs, {
          name: uploadName(input.name ?? source.name),
          source: source.bytes,
          // On this machine a file is as large as its disk lets it be; what it expands to has its ratio.
          limits: context.trusted ? { ...context.config.limits, maxFileBytes: Number.MAX_SAFE_INTEGER } : context.config.limits,
          signal: context.signal,
        });
        return context.store.recordUpload(recordOf(received, context.trusted ? 'cli' : 'graphql'), metadataOf(context), idempotencyKey);
      }),
  }),
);
