import type { MergeInput } from '../../../domain/run/run.ts';
import { assertNever, Refusal } from '../../../domain/refusal.ts';
import type { Load } from '../../../engine/load.ts';
import type { Manifest } from '../../../infra/archive/manifest.ts';
import { openArchive } from '../../../infra/archive/read-archive.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Attempt } from './attempt.ts';
import { findBases, formatOf } from './find-bases.ts';
import type { ImportTransaction } from './import-transaction.ts';
import type { Met } from './meet-database.ts';
import type { Target } from './open-target.ts';
import { stageBases } from './stage-bases.ts';

/** What a run knows of its target before it stages. */
export type Ground = { readonly target: Target; readonly relations: TargetRelations | undefined; readonly met: Met };

type Arriving = Ground & { readonly manifest: Manifest; readonly loads: readonly Load[] };

type Merging = Pick<ImportTransaction, 'mode' | 'bases' | 'deletes' | 'maxDeletes'> & {
  readonly pinnedTo: readonly string[];
  readonly notes: readonly string[];
};

/** What both sides held, and whether what did not arrive may go (ENGINE-RULES 24, 26). */
export const prepareMerge = async (attempt: Attempt, ground: Arriving): Promise<Merging> => {
  const { job } = attempt;
  const nothing = { bases: [], deletes: false, maxDeletes: 0, pinnedTo: [], notes: [] } as const;
  switch (job.kind) {
    case 'import':
      return { ...nothing, mode: 'import' };
    case 'replace':
      refuseIncomplete(ground.manifest);
      return { ...nothing, mode: 'replace', deletes: true, maxDeletes: job.input.maxDeletes, pinnedTo: ['replace'] };
    case 'merge':
      return prepareThreeWay(attempt, ground, job.input);
    default:
      return assertNever(job);
  }
};

const prepareThreeWay = async (attempt: Attempt, ground: Arriving, input: MergeInput): Promise<Merging> => {
  const { job, ports, session } = attempt;
  const { target, relations, met, manifest, loads } = ground;
  const { identities, blobs, limits } = ports;
  const found = await findBases({
    session,
    relations,
    manifest,
    upload: input.upload,
    blobs,
    identities,
    limits,
    base: input.base,
    file: input.file,
    ownDatabaseId: met.databaseId,
  });
  const bases = await stageBases({
    session,
    serverVersion: target.catalogue.serverVersion,
    keyed: target.keyed,
    loads,
    bases: found.bases,
    relations,
    ownDatabaseId: met.databaseId,
    open: async (sha256) =>
      openArchive(blobs.path(sha256), { identities, limits, targetCatalogue: target.keyed, file: await formatOf(blobs.path(sha256), input.file) }),
    signal: job.signal,
    progress: (progress) => job.progress(progress),
  });
  const isThreeWay = bases.length > 0;
  return {
    mode: isThreeWay ? 'three-way' : 'merge',
    bases,
    deletes: isThreeWay && input.deletes && manifest.complete,
    maxDeletes: input.maxDeletes,
    pinnedTo: [JSON.stringify([input.onConflict, input.conflictPolicies ?? {}, input.deletes, bases.map(({ sha256 }) => sha256)])],
    notes: [...found.notes, ...deleteNotes(input, isThreeWay, manifest)],
  };
};

const deleteNotes = ({ deletes }: MergeInput, isThreeWay: boolean, manifest: Manifest): readonly string[] => {
  if (!deletes) return isThreeWay ? ['Rows that the source deleted since stay here; --deletes takes them out too'] : [];
  if (!isThreeWay) return ['Nothing is deleted: without a base nobody knows which rows the source deleted'];
  return manifest.complete ? [] : ['Nothing is deleted: what arrives holds only some tables or rows, so what is missing in it proves nothing'];
};

const refuseIncomplete = (manifest: Manifest): void => {
  if (manifest.complete) return;
  throw new Refusal(
    'ARCHIVE_INCOMPLETE',
    'The archive holds only some tables of its database, so what is missing in it proves nothing, and replace would delete it. Export all tables, or merge.',
  );
};
