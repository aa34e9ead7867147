import { tableId } from '../domain/catalogue/catalogue.ts';
import type { KeyedTable } from '../domain/catalogue/key.ts';
import type { FileFormat } from '../domain/run/run.ts';
import { arrayText } from '../engine/history/history.sql.ts';
import { copyLines, copyValues } from '../infra/archive/copy-rows.ts';
import type { ManifestTable } from '../infra/archive/manifest.ts';
import { openArchive, type OpenOptions } from '../infra/archive/read-archive.ts';

/** Which row of an archive is meant: by the values of its columns, by the archive's own words for it, or by its place. */
export type ArchivedRowWanted =
  | { readonly by: 'values'; readonly values: Readonly<Record<string, string>> }
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'place'; /** From 0. */ readonly place: number; /** Rows that the table must have. */ readonly of: number };

export type ArchiveAt = {
  readonly path: string;
  readonly identities: readonly string[];
  readonly limits?: OpenOptions['limits'];
  readonly targets: readonly KeyedTable[];
  readonly file?: FileFormat | undefined;
};

/** What an archive says of one row of a table, by column; nothing when it has no such row. Read as a stream, and no further than needed. */
export const findArchivedRow = async (
  archive: ArchiveAt,
  table: string,
  wanted: ArchivedRowWanted,
): Promise<Readonly<Record<string, string | null>> | undefined> => {
  const { path, identities, limits, targets, file } = archive;
  const open = await openArchive(path, { identities, limits, targetCatalogue: targets, file });
  try {
    for await (const part of open.parts()) {
      if (tableId(part.table) === table) return await findIn(part.table, copyLines(part.data), wanted);
    }
    return undefined;
  } finally {
    await open.close();
  }
};

const findIn = async (
  table: ManifestTable,
  lines: AsyncIterable<string>,
  wanted: ArchivedRowWanted,
): Promise<Readonly<Record<string, string | null>> | undefined> => {
  const isIt = testOf(table, wanted);
  let [place, found]: [number, string | undefined] = [0, undefined];
  for await (const line of lines) {
    if (found === undefined && isIt(line, place)) found = line;
    place += 1;
    // By place alone the row is only this one if none was left out before it.
    if (found !== undefined && wanted.by !== 'place') break;
  }
  if (found === undefined || (wanted.by === 'place' && place !== wanted.of)) return undefined;
  const values = copyValues(found);
  return Object.fromEntries(table.columns.map((name, at) => [name, values[at] ?? null]));
};

const testOf = (table: ManifestTable, wanted: ArchivedRowWanted): ((line: string, place: number) => boolean) => {
  if (wanted.by === 'place') return (_line, place) => place === wanted.place;
  const names = wanted.by === 'values' ? Object.keys(wanted.values) : nameColumns(table);
  const spots = names.map((name) => table.columns.indexOf(name));
  if (spots.length === 0 || spots.includes(-1)) return () => false;
  const meant = wanted.by === 'values' ? arrayText(names.map((name) => wanted.values[name] ?? null)) : wanted.name;
  return (line) => {
    const values = copyValues(line);
    return arrayText(spots.map((spot) => values[spot] ?? null)) === meant;
  };
};

/** The ledger's words for a row of the archive: its natural key as it stands there, else its id. */
const nameColumns = ({ key, columns }: ManifestTable): readonly string[] => {
  const words = key.kind === 'natural' ? key.columns : key.kind === 'origin' ? key.surrogate : [];
  return words.filter((name) => columns.includes(name));
};
