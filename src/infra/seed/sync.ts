import { lutimes, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../../domain/refusal.ts';
import { manifestName } from '../../domain/seed/place.ts';
import { crashPoint } from '../crash-point.ts';
import { removeStaleFiles } from '../files/atomic-file.ts';
import { deliver } from './deliver.ts';
import { failureOf, type SeedFailure } from './failures.ts';
import { withSeedLock } from './lock.ts';
import { statsAt } from './look.ts';
import { isSameManifest, readManifest, writeManifest, type SeedManifest } from './manifest.ts';
import { openPlaces, type SeedPlaces } from './places.ts';
import { planSync, type SeedHow, type SeedPlan, type SeedStep } from './plan-sync.ts';
import type { SeedEntry } from './walk.ts';

/**
 * The initial data of a release into a volume. It writes only below its destination and never into `users/`; each file
 * appears whole or not at all; a bad file stops only itself. Before the first file is replaced the record announces what
 * is about to be delivered, so that a sync that is killed at any point leaves nothing that the next one takes for an edit.
 */
export type SyncOptions = {
  readonly from: string;
  readonly to: string;
  readonly dryRun?: boolean;
  /** Over edits, too: everything, or these files and folders of the release. */
  readonly force?: 'all' | readonly string[];
  readonly checksum?: boolean;
  /** The volume that has the folder of users, when it is known. */
  readonly dataDirPath?: string | undefined;
  onDelivered?(path: string): void;
};

export type SyncOutcome = {
  readonly from: string;
  readonly to: string;
  readonly dryRun: boolean;
  readonly copied: readonly string[];
  readonly updated: readonly string[];
  readonly kept: readonly { readonly path: string; readonly why: string }[];
  readonly failed: readonly SeedFailure[];
  readonly notes: readonly string[];
};

const isDelivery = ({ decision }: SeedStep): boolean => decision.verdict === 'copy' || decision.verdict === 'update';

const pathsOf = (steps: readonly SeedStep[], verdict: string): readonly string[] =>
  steps.filter(({ decision }) => decision.verdict === verdict).map(({ entry }) => entry.path);

const unreadable = `The record of earlier syncs (${manifestName}) cannot be read, so that times decided this once.`;

/** What stops a sync as a whole, in words that name the destination. */
const orFailed = async <Result>(to: string, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    const failure = failureOf(to, error);
    if (failure === undefined) throw error;
    throw new Fault('SEED_FAILED', `Nothing was synced to '${to}': ${failure.message}`, { details: { code: failure.code }, cause: error });
  }
};

/** Every content that may lie at a path once this sync has begun. */
const announced = (manifest: SeedManifest, { steps }: SeedPlan): SeedManifest => {
  const files = new Map(manifest.files);
  for (const { entry, content, delivered } of steps.filter(isDelivery)) files.set(entry.path, [...new Set([...delivered, content])]);
  return { files };
};

/** A failed file keeps what was announced: whether its rename came through is not known. */
const concluded = (begun: SeedManifest, done: readonly SeedStep[]): SeedManifest => {
  const files = new Map(begun.files);
  for (const { entry, content } of done) files.set(entry.path, [content]);
  return { files };
};

const makeFolder = async (to: string, { path, stats }: SeedEntry): Promise<void> => {
  const target = join(to, path);
  if ((await statsAt(target)) === undefined) await mkdir(target, { mode: (stats.mode & 0o777) | 0o700 });
};

type Doing = { readonly places: SeedPlaces; readonly failed: SeedFailure[]; readonly blocked: Map<string, SeedFailure>; readonly options: SyncOptions };

const attempt = async ({ failed }: Doing, path: string, work: () => Promise<void>): Promise<SeedFailure | undefined> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    const failure = failureOf(path, error);
    if (failure === undefined) throw error;
    failed.push(failure);
    return failure;
  }
};

const makeFolders = async (doing: Doing, folders: readonly SeedEntry[]): Promise<void> => {
  for (const folder of folders) {
    const above = doing.blocked.get(dirname(folder.path));
    const failure = above ?? (await attempt(doing, folder.path, () => makeFolder(doing.places.to, folder)));
    if (failure === undefined) await removeStaleFiles(join(doing.places.to, folder.path));
    else doing.blocked.set(folder.path, failure);
  }
};

const carryOutStep = async (doing: Doing, step: SeedStep): Promise<boolean> => {
  const { entry, content, found, decision } = step;
  const above = doing.blocked.get(dirname(entry.path));
  if (above !== undefined) {
    doing.failed.push({ ...above, path: entry.path });
    return false;
  }
  if (decision.verdict === 'touch')
    await attempt(doing, entry.path, () => lutimes(join(doing.places.to, entry.path), entry.stats.atimeMs / 1000, entry.stats.mtimeMs / 1000));
  if (!isDelivery(step)) return decision.verdict === 'same' || decision.verdict === 'touch';
  if ((await attempt(doing, entry.path, () => deliver({ ...doing.places, entry, content, found }))) !== undefined) return false;
  doing.options.onDelivered?.(entry.path);
  return true;
};

const carryOut = async (places: SeedPlaces, plan: SeedPlan, manifest: SeedManifest, options: SyncOptions): Promise<SyncOutcome> => {
  const doing: Doing = { places, options, failed: [...plan.failed], blocked: new Map() };
  const begun = announced(manifest, plan);
  crashPoint('seed.begun');
  await orFailed(options.to, async () => {
    if (!isSameManifest(begun, manifest)) await writeManifest(places.to, begun);
  });
  await makeFolders(doing, plan.folders);
  const done: SeedStep[] = [];
  for (const step of plan.steps) if (await carryOutStep(doing, step)) done.push(step);
  crashPoint('seed.concluded');
  const end = concluded(begun, done);
  if (!isSameManifest(end, begun)) await attempt(doing, manifestName, () => writeManifest(places.to, end));
  return { ...outcomeOf(options, { ...plan, steps: done }), failed: doing.failed, kept: plan.kept };
};

const outcomeOf = (options: SyncOptions, { steps, kept, failed }: SeedPlan): SyncOutcome => ({
  from: resolve(options.from),
  to: resolve(options.to),
  dryRun: options.dryRun ?? false,
  copied: pathsOf(steps, 'copy'),
  updated: pathsOf(steps, 'update'),
  kept,
  failed,
  notes: [],
});

export const syncSeed = async (options: SyncOptions): Promise<SyncOutcome> => {
  const places = await openPlaces(options);
  const how: SeedHow = { force: options.force ?? [], checksum: options.checksum ?? false };
  const known = async (): Promise<{ manifest: SeedManifest; notes: readonly string[] }> => {
    const manifest = await orFailed(options.to, () => readManifest(places.to));
    return manifest === undefined ? { manifest: { files: new Map() }, notes: [unreadable] } : { manifest, notes: [] };
  };
  if (options.dryRun === true) {
    const { manifest, notes } = await known();
    const plan = await planSync(places, manifest, how);
    for (const { entry } of plan.steps.filter(isDelivery)) options.onDelivered?.(entry.path);
    return { ...outcomeOf(options, plan), notes };
  }
  await orFailed(options.to, () => mkdir(places.to, { recursive: true }));
  return orFailed(options.to, () =>
    withSeedLock(places.to, async () => {
      await removeStaleFiles(places.to);
      const { manifest, notes } = await known();
      const outcome = await carryOut(places, await planSync(places, manifest, how), manifest, options);
      return { ...outcome, notes };
    }),
  );
};
