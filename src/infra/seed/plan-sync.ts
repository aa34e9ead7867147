import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { decideSeed, type FileFacts, type SeedDecision } from '../../domain/seed/decide.ts';
import { isNamed } from '../../domain/seed/place.ts';
import { Refusal } from '../../domain/refusal.ts';
import { failureOf, SeedFault, type SeedFailure } from './failures.ts';
import { factsAt, isWayClear, statsAt } from './look.ts';
import type { SeedManifest } from './manifest.ts';
import type { SeedPlaces } from './places.ts';
import { walkSeed, type SeedEntry } from './walk.ts';

export type SeedStep = {
  readonly entry: SeedEntry;
  readonly content: string;
  readonly found: Stats | undefined;
  readonly delivered: readonly string[];
  readonly decision: SeedDecision;
};

export type SeedPlan = {
  readonly folders: readonly SeedEntry[];
  readonly steps: readonly SeedStep[];
  readonly kept: readonly { readonly path: string; readonly why: string }[];
  readonly failed: readonly SeedFailure[];
};

export type SeedHow = { readonly force: 'all' | readonly string[]; readonly checksum: boolean };

const lookAt = async (to: string, path: string): Promise<Stats | undefined> => ((await isWayClear(to, path)) ? statsAt(join(to, path)) : undefined);

const checkFolder = async (to: string, path: string): Promise<void> => {
  const found = await lookAt(to, path);
  if (found !== undefined && !found.isDirectory())
    throw new SeedFault('IN_THE_WAY', `The release has a folder where the volume has ${found.isSymbolicLink() ? 'a link' : 'something else'}. Move it away.`);
};

const stepOf = async ({ from, to }: SeedPlaces, entry: SeedEntry, manifest: SeedManifest, how: SeedHow): Promise<SeedStep> => {
  const found = await lookAt(to, entry.path);
  const source: FileFacts = await factsAt(join(from, entry.path), entry.stats, true);
  if (source.content === undefined || source.kind !== entry.kind)
    throw new SeedFault('CHANGED_MEANWHILE', 'The release was changed during the sync. Sync again.');
  const delivered = manifest.files.get(entry.path) ?? [];
  const wantsContent = found !== undefined && (found.size === source.bytes || delivered.length > 0);
  const facts = found === undefined ? undefined : await factsAt(join(to, entry.path), found, wantsContent);
  const force = how.force === 'all' || isNamed(entry.path, how.force);
  return { entry, content: source.content, found, delivered, decision: decideSeed(source, facts, delivered, { force, checksum: how.checksum }) };
};

const refuseUnknown = (entries: readonly SeedEntry[], { force }: SeedHow): void => {
  if (force === 'all') return;
  const unknown = force.filter((name) => !entries.some(({ path }) => isNamed(path, [name])));
  if (unknown.length > 0)
    throw new Refusal('SEED_PATH_UNKNOWN', `The initial data has nothing at ${unknown.join(', ')}. Paths are relative to it, such as tables/t2.csv.`, {
      paths: unknown,
    });
};

/** What a sync would do. Reads both sides whole, writes nothing. */
export const planSync = async (places: SeedPlaces, manifest: SeedManifest, how: SeedHow): Promise<SeedPlan> => {
  const tree = await walkSeed(places.from);
  refuseUnknown(tree.entries, how);
  const folders: SeedEntry[] = [];
  const steps: SeedStep[] = [];
  const failed: SeedFailure[] = [...tree.failed];
  for (const entry of tree.entries) {
    try {
      if (entry.kind === 'folder') {
        await checkFolder(places.to, entry.path);
        folders.push(entry);
        continue;
      }
      const step = await stepOf(places, entry, manifest, how);
      if (step.decision.verdict === 'fault') throw new SeedFault('IN_THE_WAY', `It was not written: ${step.decision.why}. Move that away.`);
      steps.push(step);
    } catch (error) {
      const failure = failureOf(entry.path, error);
      if (failure === undefined) throw error;
      failed.push(failure);
    }
  }
  const heldBack = steps.filter(({ decision }) => decision.verdict === 'keep').map(({ entry, decision }) => ({ path: entry.path, why: decision.why }));
  return { folders, steps, kept: [...tree.kept, ...heldBack], failed };
};
