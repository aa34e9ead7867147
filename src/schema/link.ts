import { z } from 'zod';
import { basename } from 'node:path';
import { Refusal } from '../domain/refusal.ts';
import type { MadeLink } from '../events/links.ts';
import type { RunRow } from '../events/store.ts';
import { builder } from './builder.ts';
import { metadataOf } from './context.ts';
import { refusals, refusing } from './refusal.ts';
import { idempotencyKeyArg, runIdOf } from './run-words.ts';

const DownloadLinkType = builder.objectRef<MadeLink>('DownloadLink').implement({
  description: 'A link to one file. Whoever has it may fetch that file, without a key, until it expires.',
  fields: (t) => ({
    url: t.string({ resolve: ({ token }) => `/download/${token}`, description: 'A path of this server: put it behind the server’s own URL.' }),
    expiresAt: t.field({ type: 'DateTime', resolve: ({ expiresAt }) => expiresAt, description: 'Until when it leads anywhere.' }),
  }),
});

const DownloadLinkInputType = builder.inputType('DownloadLinkInput', {
  description: 'A file that an export wrote.',
  fields: (t) => ({
    run: t.id({ required: true, description: 'The export.' }),
    sha256: t.string({
      description: 'Which of its files, by SHA-256; needed where there are several.',
      validate: z.string().regex(/^[0-9a-f]{64}$/, 'A SHA-256 has 64 characters 0-9 and a-f.'),
    }),
    hours: t.int({
      description: 'How long the link holds. Default: the setting `linkHours`.',
      validate: z
        .number()
        .int()
        .min(1, 'At least an hour.')
        .max(24 * 31, 'At most 31 days.'),
    }),
  }),
});

type File = { readonly sha256: string; readonly name: string };

const filesOf = (run: RunRow | undefined): readonly File[] => {
  if (run?.result?.kind !== 'export') return [];
  const { files, archive, file } = run.result;
  return files === undefined ? [{ sha256: archive.sha256, name: basename(file) }] : files.map(({ sha256, name }) => ({ sha256, name: basename(name) }));
};

const unknown = (): Refusal =>
  new Refusal('LINK_UNKNOWN', 'There is no such file of a completed export. `query runs` lists the exports; each says what it wrote.');

builder.mutationField('downloadLink', (t) =>
  t.field({
    type: DownloadLinkType,
    authScopes: { export: true },
    errors: refusals('UnknownRun'),
    description: 'Makes a link to a file that an export wrote: a path of this server, which holds for some hours.',
    args: { input: t.arg({ type: DownloadLinkInputType, required: true, description: 'Which file.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) =>
      refusing(async () => {
        const files = filesOf(await context.store.run(runIdOf(input.run)));
        const [only, another] = input.sha256 === null || input.sha256 === undefined ? files : files.filter(({ sha256 }) => sha256 === input.sha256);
        if (only === undefined) throw unknown();
        if (another !== undefined && another.sha256 !== only.sha256)
          throw new Refusal('LINK_AMBIGUOUS', `The export wrote ${files.length} files. Name the one by its sha256.`, {
            sha256: files.map(({ sha256 }) => sha256),
          });
        if (!(await context.blobs.has(only.sha256))) throw unknown();
        return context.store.makeLink({ ...only, hours: input.hours ?? context.config.links.hours }, metadataOf(context), idempotencyKey);
      }),
  }),
);
