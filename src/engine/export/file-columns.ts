import { companionsFor, type Companion } from '../../domain/catalogue/companions.ts';
import type { KeyedTable } from '../../domain/catalogue/key.ts';
import { parentsAmong, translatingReference } from '../../domain/catalogue/surrogates.ts';
import type { ExportInput } from '../../domain/run/run.ts';
import type { ManifestTable } from '../../infra/archive/manifest.ts';
import { isCarried, type ManifestInput } from './build-manifest.ts';
import type { Snapshot } from './snapshot.ts';

export type FileColumnsAsked = Pick<ManifestInput, 'settings'> & { readonly references: NonNullable<ExportInput['references']> };

/** A file has no words of its own for where a row comes from: its ids are those of this database, and parents may be named by their keys. */
export const columnsOf = (
  table: KeyedTable,
  { keyed }: Snapshot,
  { settings, references }: FileColumnsAsked,
): Pick<ManifestTable, 'columns' | 'companions'> => {
  const own = table.columns.filter(isCarried(table, settings)).map(({ name }) => name);
  if (references === 'id') return { columns: own, companions: [] };
  const companions = companionsFor(table, keyed, new Set()).filter(({ leaves }) => leaves.length > 0 && leaves.every(({ origin }) => origin !== true));
  const leaves = companions.flatMap((companion) => companion.leaves.map(({ name }) => name));
  const named = references === 'both' ? new Set<string>() : idsOf(table, keyed, companions);
  return { columns: [...own.filter((name) => !named.has(name)), ...leaves], companions };
};

/** Columns that hold nothing but the ids of parents which other columns name. */
const idsOf = (table: KeyedTable, keyed: readonly KeyedTable[], companions: readonly Companion[]): ReadonlySet<string> => {
  const find = parentsAmong(keyed);
  const named = new Set(companions.map(({ reference }) => reference));
  const translated = table.columns.filter(({ name }) => {
    const by = translatingReference(table, name, find);
    return by !== undefined && named.has(by.name);
  });
  return new Set(
    translated.map(({ name }) => name).filter((name) => table.references.every(({ name: by, columns }) => !columns.includes(name) || named.has(by))),
  );
};
