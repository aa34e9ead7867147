import { tableId } from '../../../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../../../domain/catalogue/key.ts';
import type { Base } from '../../../domain/merge/bases.ts';
import type { Progress } from '../../../domain/run/run.ts';
import { buildLoads, type Load } from '../../../engine/load.ts';
import type { BaseArchive } from '../../../engine/plan/base.ts';
import { namingOf } from '../../../engine/portable.sql.ts';
import type { Manifest, ManifestTable } from '../../../infra/archive/manifest.ts';
import type { OpenArchive } from '../../../infra/archive/read-archive.ts';
import type { TargetRelations } from '../../../infra/postgres/own-relations.ts';
import type { Session } from '../../../infra/postgres/session.ts';
import { stageArchive } from './stage-archive.ts';

/** The archives that both sides held, staged beside the one that arrives: only the tables that the run changes, and those their references lead to. */
export type StageBases = {
  readonly session: Session;
  readonly serverVersion: number;
  readonly keyed: readonly KeyedTable[];
  /** Of the archive that arrives. */
  readonly loads: readonly Load[];
  readonly bases: readonly Base[];
  readonly relations: TargetRelations | undefined;
  readonly ownDatabaseId: string | undefined;
  readonly open: (sha256: string) => Promise<OpenArchive>;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
};

/** Far above the number of tables in any archive. */
const loadsPerArchive = 100_000;

export const stageBases = async (input: StageBases): Promise<readonly BaseArchive[]> => {
  const staged: BaseArchive[] = [];
  for (const [position, base] of input.bases.entries()) staged.push(await stageBase(input, base, (position + 1) * loadsPerArchive));
  return staged;
};

const stageBase = async (input: StageBases, base: Base, baseFrom: number): Promise<BaseArchive> => {
  const { session, serverVersion, keyed, relations, ownDatabaseId, signal, progress } = input;
  const first = await input.open(base.sha256);
  const { manifest } = first;
  await first.close();
  const loads = buildLoads({
    manifest: neededTables(input, manifest),
    sources: manifest.catalogue.tables,
    targets: keyed,
    settings: {},
    selected: undefined,
    baseFrom,
  });
  await stageArchive({ session, serverVersion, loads, open: () => input.open(base.sha256), signal, progress, said: () => undefined });
  const origin = { ownDatabaseId, sourceDatabaseId: manifest.source.databaseId, provenance: relations?.provenance };
  const inScope = (id: string): boolean => base.tables === undefined || base.tables.includes(id);
  const outside = manifest.tables.map(tableId).filter((id) => !inScope(id));
  return {
    sha256: base.sha256,
    exportedBy: base.how === 'target-export' ? 'target' : base.how === 'source-export' ? 'source' : 'other',
    loads,
    naming: namingOf({ tables: keyed, origin, loads }),
    exceptions: { ...base.exceptions, ...Object.fromEntries(outside.map((id) => [id, 'all' as const])) },
    leftColumns: base.leftColumns ?? {},
    partial: new Set(manifest.partial),
  };
};

/** In the order of the manifest; a table that the target does not have any more is no base of anything. */
const neededTables = ({ loads, keyed }: StageBases, manifest: Manifest): readonly ManifestTable[] => {
  const targets = new Map(keyed.map((table) => [tableId(table), table]));
  const inArchive = new Set(manifest.tables.map(tableId));
  const needed = new Set<string>();
  const need = (id: string): void => {
    const table = targets.get(id);
    if (needed.has(id) || table === undefined || !inArchive.has(id)) return;
    needed.add(id);
    for (const reference of table.references) need(tableId(reference.parent));
  };
  for (const load of loads) if (load.role === 'write') need(tableId(load.target));
  return manifest.tables.filter((table) => needed.has(tableId(table)));
};
