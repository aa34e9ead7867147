import { candidates, orderBases, type Base, type Candidate, type Descent, type Forebear } from '../../../domain/merge/bases.ts';
import { Failure, Refusal } from '../../../domain/refusal.ts';
import type { FileFormat } from '../../../domain/run/run.ts';
import { readLineage } from '../../../engine/export/lineage.ts';
import type { Lineage, Manifest } from '../../../infra/archive/manifest.ts';
import { isPacked } from '../../../infra/archive/packed.ts';
import { openArchive, type OpenOptions } from '../../../infra/archive/read-archive.ts';
import type { BlobStore } from '../../../infra/blobs/blob-store.ts';
import { forebears } from '../../../infra/postgres/identity.sql.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';

/**
 * The archives from which a merge takes its bases, newest first (ENGINE-RULES 24): states that both sides held. What the
 * source held is in the manifest that arrives, what the target holds in its own markers. Only what is certain: an archive
 * that is not there any more, or of a past that its database lost when a backup was restored, is named and left out.
 */
export type BaseQuestion = {
  readonly session: Session;
  /** Absent before the first run that wrote: nothing was taken in. */
  readonly relations: TargetRelations | undefined;
  /** Of the archive that arrives, and its SHA-256. */
  readonly manifest: Manifest;
  readonly upload: string;
  readonly blobs: Pick<BlobStore, 'has' | 'path' | 'verify'>;
  /** age identities that open encrypted archives. */
  readonly identities: readonly string[];
  readonly limits?: OpenOptions['limits'];
  /** `auto`, `none`, or the SHA-256 of an archive. */
  readonly base: string;
  readonly ownDatabaseId: string | undefined;
  /** How the file that arrives is read, where it is a single one. */
  readonly file?: FileFormat | undefined;
};

export type FoundBases = { readonly bases: readonly Base[]; readonly notes: readonly string[] };

/** Older ones than these are not looked into: a row that none of them has is treated as one without a base. */
const mostBases = 20;

export const findBases = async (question: BaseQuestion): Promise<FoundBases> => {
  if (question.base === 'none') return { bases: [], notes: [] };
  if (question.base === 'auto' && question.file !== undefined) return { bases: [], notes: [withoutLineage] };
  const known = await findKnown(question);
  if (question.base !== 'auto') return findGiven(question, known);
  const present = await inspect(question, known);
  const bases = orderBases(present.bases, present.descent).map(({ heldAt: _heldAt, exportedBy: _exportedBy, ...base }) => base);
  return { bases, notes: [...present.notes, ...(bases.length === 0 ? [withoutBase] : [])] };
};

const withoutBase =
  'There is no state that is known to have been in both databases, so the merge is two-way: rows that differ are taken from the archive, and nothing is known to have been deleted. Name one with base if you have its archive.';

const withoutLineage =
  'A single file does not say what both sides once held, so the merge is two-way: cells that differ are taken from the file. Name the file as it was before the edits with base, and edits of both sides are told apart.';

type Known = { readonly found: readonly Candidate[]; readonly target: Lineage; readonly line: readonly Forebear[] };

const findKnown = async ({ session, relations, manifest, upload, ownDatabaseId }: BaseQuestion): Promise<Known> => {
  const target = relations === undefined ? { tookIn: [] } : await readLineage(session, relations);
  const line = relations === undefined || ownDatabaseId === undefined ? [] : await session.many<Forebear>(forebears(relations.database, ownDatabaseId));
  const { databaseId } = manifest.source;
  const shared = candidates({
    ownDatabaseId,
    forebears: line.map((forebear) => forebear.databaseId),
    sourceDatabaseId: databaseId,
    source: manifest.lineage.tookIn,
    target: target.tookIn,
  });
  // What this database exported itself is a state that it held, and that arrives as it is.
  const itself: readonly Candidate[] =
    databaseId === ownDatabaseId && !shared.some((base) => base.sha256 === upload)
      ? [{ sha256: upload, databaseId, how: 'target-export', exceptions: {}, heldAt: manifest.metadata.timestamp }]
      : [];
  return { found: [...shared, ...itself], target, line };
};

/** A person's word that both sides held this archive; what is known of rows that one of them did not take counts all the same. */
const findGiven = async ({ base, blobs, file, manifest, ...reading }: BaseQuestion, { found }: Known): Promise<FoundBases> => {
  if (!(await blobs.has(base))) throw missing(base);
  const isFile = (await formatOf(blobs.path(base), file)) !== undefined;
  const { databaseId } = (isFile ? manifest : await manifestOf(blobs.path(base), reading)).source;
  const known = found.find((candidate) => candidate.sha256 === base);
  return {
    bases: [
      {
        sha256: base,
        databaseId,
        how: 'given',
        ...(known?.tables === undefined ? {} : { tables: known.tables }),
        exceptions: known?.exceptions ?? {},
        ...(known?.leftColumns === undefined ? {} : { leftColumns: known.leftColumns }),
      },
    ],
    notes: [],
  };
};

const missing = (sha256: string): Refusal =>
  new Refusal('BASE_MISSING', `The archive ${short(sha256)} that shall be the base is not in the blob store. Upload it, and name what the upload answers.`, {
    sha256,
  });

const short = (sha256: string): string => `${sha256.slice(0, 12)}...`;

/** A base beside a single file is one too, read in the same way, unless its bytes say that it is an archive. */
export const formatOf = async (path: string, file: FileFormat | undefined): Promise<FileFormat | undefined> =>
  file === undefined || (await isPacked(path)) ? undefined : file;

const manifestOf = async (path: string, { identities, limits }: Pick<BaseQuestion, 'identities' | 'limits'>): Promise<Manifest> => {
  const archive = await openArchive(path, { identities, limits });
  await archive.close();
  return archive.manifest;
};

type Inspected = { readonly bases: readonly Candidate[]; readonly descent: ReadonlyMap<string, Descent>; readonly notes: readonly string[] };

const inspect = async (question: BaseQuestion, known: Known): Promise<Inspected> => {
  const bases: Candidate[] = [];
  const descent = new Map<string, Descent>();
  const notes: string[] = [];
  const newest = known.found.toSorted((one, other) => (one.heldAt < other.heldAt ? 1 : one.heldAt > other.heldAt ? -1 : 0));
  for (const base of newest.slice(0, mostBases)) {
    const found = base.sha256 === question.upload ? question.manifest : await findManifest(question, base);
    const reason = typeof found === 'string' ? found : whyNoBase(base, found, question, known);
    if (reason !== undefined) notes.push(`The archive ${short(base.sha256)} of ${base.databaseId}, which both databases held, is no base: ${reason}.`);
    if (reason !== undefined || typeof found === 'string') continue;
    bases.push(base);
    descent.set(base.sha256, {
      databaseId: found.source.databaseId,
      exportedAt: found.metadata.timestamp,
      runs: runsOf(found.lineage).length,
      tookIn: found.lineage.tookIn.map(({ archive }) => archive.sha256),
    });
  }
  if (newest.length > mostBases) notes.push(`Both databases held ${newest.length} archives; only the newest ${mostBases} were looked into for bases.`);
  return { bases, descent, notes };
};

/** The manifest, or why there is none. */
const findManifest = async ({ blobs, ...reading }: BaseQuestion, { sha256, databaseId, exportedBy }: Candidate): Promise<Manifest | string> => {
  if (!(await blobs.has(sha256))) return 'it is not in the blob store any more (upload it again, or name it with base)';
  try {
    const found = await manifestOf(blobs.path(sha256), reading);
    // An export shares its bytes with a file in the backup folder, which somebody may have written over. Its own run names it; hashing 20 archives would take longer than many a merge.
    const isItself = exportedBy === undefined ? await blobs.verify(sha256) : found.lineage.run === exportedBy && found.source.databaseId === databaseId;
    return isItself ? found : 'its bytes are others than then (upload it again, or name it with base)';
  } catch (error) {
    if (error instanceof Failure) return `it cannot be read (${error.message})`;
    throw error;
  }
};

const runsOf = ({ tookIn, otherRuns = [] }: Lineage): readonly string[] => [...tookIn.map(({ run }) => run), ...otherRuns];

/**
 * A database that was restored from a backup lost what came after it: an archive that it exported meanwhile is no state of
 * its past any more. The runs that had written it until then tell: the database of today has all of them, or it is another past.
 */
const whyNoBase = (base: Candidate, found: Manifest, { manifest, ownDatabaseId }: BaseQuestion, { target, line }: Known): string | undefined => {
  if (base.how === 'both') return undefined;
  const present = new Set(runsOf(base.how === 'target-export' ? target : manifest.lineage));
  const lost = runsOf(found.lineage).find((run) => !present.has(run));
  if (lost !== undefined) return `its database has been restored to a state from before it (${lost} is not in its past any more)`;
  const forebear =
    base.how === 'target-export' && base.databaseId !== ownDatabaseId ? line.find(({ databaseId }) => databaseId === base.databaseId) : undefined;
  return forebear !== undefined && found.metadata.timestamp >= forebear.until
    ? 'the database of which the target is a copy exported it after the copy was made'
    : undefined;
};
