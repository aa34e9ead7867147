import { z } from 'zod';
import { Refusal } from '../domain/refusal.ts';
import type { ReplayInput } from '../domain/run/run.ts';
import { databaseField, keptArchive, resolveDatabase } from './archive-input.ts';
import { builder } from './builder.ts';
import { metadataOf, type Context } from './context.ts';
import { given } from './given.ts';
import { refusals, refusing } from './refusal.ts';
import { RunPayload } from './run.ts';
import { idempotencyKeyArg, runIdOf } from './run-words.ts';

const ReplayInputType = builder.inputType('ReplayInput', {
  description: 'Which runs are done again, and where.',
  fields: (t) => ({
    database: databaseField(t, 'The empty, migrated database that is filled: a registered name, or a postgres:// URL.'),
    of: t.string({ description: 'Whose runs: the name under which they were made. Default: that of `database`.' }),
    untilPosition: t.field({ type: 'Long', description: 'Only runs that were completed up to this position of the log.' }),
    untilTime: t.field({ type: 'DateTime', description: 'Only runs that were completed up to this time.' }),
    runs: t.idList({
      description: 'Only these runs.',
      validate: z.array(z.string()).min(1, 'Name a run, or leave this out for all.').max(10_000, 'Too many runs.'),
    }),
    from: t.id({ description: 'A full export that stands in for the runs before it: the id of an upload, or the SHA-256 of an archive.' }),
  }),
});

type Asked = typeof ReplayInputType.$inferInput;

const untilOf = ({ untilPosition, untilTime }: Asked): Pick<ReplayInput, 'until'> => {
  if (typeof untilPosition === 'number' && typeof untilTime === 'string')
    throw new Refusal('UNTIL_AMBIGUOUS', 'A replay ends at a position of the log or at a time: give one of them.');
  if (typeof untilPosition === 'number') return { until: { position: untilPosition } };
  return typeof untilTime === 'string' ? { until: { at: untilTime } } : {};
};

/** Runs are asked for by name, so that a misspelt one is no silent hole in the history. */
const checkRuns = async (runs: readonly string[], of: string, context: Context): Promise<void> => {
  for (const runId of runs) {
    const run = await context.store.run(runId);
    if (run?.database !== of)
      throw new Refusal('RUN_UNKNOWN', `There is no run ${runId.slice(0, 100)} of ${of}. List the runs to find it.`, { run: runId.slice(0, 100) });
  }
};

const request = async (asked: Asked, context: Context, key: string) => {
  const database = await resolveDatabase(asked.database, context);
  const of = asked.of ?? database;
  if ((await context.store.database(of)) === undefined)
    throw new Refusal('DATABASE_UNKNOWN', `No run was ever made on a database ${of.slice(0, 100)}. List the databases to find it.`, {
      database: of.slice(0, 100),
    });
  const runs = asked.runs?.map(runIdOf);
  if (runs !== undefined) await checkRuns(runs, of, context);
  const from = asked.from === null || asked.from === undefined ? undefined : await keptArchive(asked.from, context);
  const input: ReplayInput = { database, of, ...untilOf(asked), ...given('runs', runs), ...given('from', from) };
  return context.store.requestRun({ kind: 'replay', input }, metadataOf(context), key);
};

builder.mutationField('replay', (t) =>
  t.field({
    type: RunPayload,
    authScopes: { merge: true },
    errors: refusals('UnknownRun', 'UnknownUpload', 'UnknownDatabase', 'DatabaseRefused'),
    description:
      'Does the runs of the log again in an empty database: what was decided is applied as it was recorded, nothing is decided again. What was changed outside Waybill meanwhile is listed.',
    args: { input: t.arg({ type: ReplayInputType, required: true, description: 'Which runs, and where.' }), idempotencyKey: t.arg(idempotencyKeyArg) },
    resolve: (_root, { input, idempotencyKey }, context) => refusing(() => request(input, context, idempotencyKey)),
  }),
);
