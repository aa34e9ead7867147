/**
 * Which archives both sides of a merge once held (ENGINE-RULES 24). An archive is a state that the database which exported
 * it had, and that every database had which took it in: but for the rows that it kept, that were blocked, or that were
 * outside what was taken. From these the newest is found row by row; whatever is uncertain is no base, since a base can
 * turn a row that is missing into a delete.
 */

/** Rows of a table that were not taken, by the names that the archive gives them; `all` where they are not known one by one. */
export type Exceptions = Readonly<Record<string, 'all' | readonly string[]>>;

export type LeftColumns = Readonly<Record<string, readonly string[]>>;

/** A run that applied an archive to a database, and was not taken back since. */
export type TakenIn = {
  readonly run: string;
  readonly at: string;
  readonly archive: ArchiveReference;
  /** `schema.table`; absent: every table of the archive. */
  readonly tables?: readonly string[];
  readonly exceptions?: Exceptions;
  /** Columns of the archive that were not taken, by table. */
  readonly leftColumns?: LeftColumns;
};

/** SHA-256 of the file, the database that exported it, and the exporting run where the archive names it. */
export type ArchiveReference = { readonly sha256: string; readonly databaseId: string; readonly run?: string };

export type Base = {
  readonly sha256: string;
  readonly databaseId: string;
  /** Exported by the target and taken in by the source, the other way round, taken in by both, or named by a person. */
  readonly how: 'target-export' | 'source-export' | 'both' | 'given';
  /** The run that took it in, where it was one. */
  readonly run?: string;
  /** Absent: every table of the archive. */
  readonly tables?: readonly string[];
  readonly exceptions: Exceptions;
  /** Columns that one of the sides did not take: of these the archive says nothing. */
  readonly leftColumns?: LeftColumns;
};

export type Candidate = Base & {
  /** Since when both sides had held it: ISO 8601. */
  readonly heldAt: string;
  /** The run that exported it, where the archive named it. */
  readonly exportedBy?: string;
};

/** A database of which the target was a copy, and since when it has been one of its own: what was exported before, the copy has held too. */
export type Forebear = { readonly databaseId: string; readonly until: string };

export type Sides = {
  readonly ownDatabaseId: string | undefined;
  readonly forebears: readonly string[];
  readonly sourceDatabaseId: string;
  /** What the source had taken in when it exported; what the target has taken in by now. */
  readonly source: readonly TakenIn[];
  readonly target: readonly TakenIn[];
};

type Held = Pick<Base, 'tables' | 'exceptions' | 'leftColumns'>;

/** A column that any of the runs did not take: which rows another one took it of, is not worth finding out. */
const leftByAny = (one: Held, other: Held): Pick<Held, 'leftColumns'> => {
  const [left, right] = [one.leftColumns ?? {}, other.leftColumns ?? {}];
  const tables = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  if (tables.length === 0) return {};
  return { leftColumns: Object.fromEntries(tables.map((table) => [table, [...new Set([...(left[table] ?? []), ...(right[table] ?? [])])]])) };
};

/** One side took the same archive in more than once: it held a row if any of the runs took it. */
const eitherHeld = (one: Held, other: Held): Held => {
  const tables = one.tables === undefined || other.tables === undefined ? undefined : [...new Set([...one.tables, ...other.tables])];
  const isIn = (held: Held, table: string): boolean => held.tables === undefined || held.tables.includes(table);
  const exceptions = Object.fromEntries(
    [...new Set([...Object.keys(one.exceptions), ...Object.keys(other.exceptions)])].flatMap((table) => {
      const left = exceptionsIn(one, table, isIn(one, table));
      const right = exceptionsIn(other, table, isIn(other, table));
      const both = left === 'all' ? right : right === 'all' ? left : left.filter((name) => right.includes(name));
      return both.length === 0 ? [] : [[table, both] as const];
    }),
  );
  return { ...(tables === undefined ? {} : { tables }), exceptions, ...leftByAny(one, other) };
};

const exceptionsIn = (held: Held, table: string, isIn: boolean): 'all' | readonly string[] => (isIn ? (held.exceptions[table] ?? []) : 'all');

/** Both sides took it in: only what both took is what both held. */
const bothHeld = (one: Held, other: Held): Held => {
  const tables =
    one.tables === undefined ? other.tables : other.tables === undefined ? one.tables : one.tables.filter((table) => other.tables?.includes(table) === true);
  const exceptions = Object.fromEntries(
    [...new Set([...Object.keys(one.exceptions), ...Object.keys(other.exceptions)])].map((table) => {
      const [left, right] = [one.exceptions[table] ?? [], other.exceptions[table] ?? []];
      return [table, left === 'all' || right === 'all' ? ('all' as const) : [...new Set([...left, ...right])]] as const;
    }),
  );
  return { ...(tables === undefined ? {} : { tables }), exceptions, ...leftByAny(one, other) };
};

type Taking = Held & { readonly archive: ArchiveReference; readonly run: string; readonly at: string };

const heldBy = ({ tables, exceptions = {}, leftColumns }: TakenIn): Held => ({
  ...(tables === undefined ? {} : { tables }),
  exceptions,
  ...(leftColumns === undefined ? {} : { leftColumns }),
});

const byArchive = (takings: readonly TakenIn[]): ReadonlyMap<string, Taking> => {
  const found = new Map<string, Taking>();
  // A single file has no past: it is a base only by a person's word.
  for (const taking of takings.filter(({ archive }) => !archive.databaseId.startsWith('file:'))) {
    const { archive, run, at } = taking;
    const held = heldBy(taking);
    const earlier = found.get(archive.sha256);
    // Held since the first of them: what is newer than that by descent is told by the archives themselves.
    found.set(archive.sha256, { archive, run: earlier?.run ?? run, at: earlier?.at ?? at, ...(earlier === undefined ? held : eitherHeld(earlier, held)) });
  }
  return found;
};

const baseOf = (taking: Taking, how: Base['how'], held: Held, heldAt: string): Candidate => ({
  sha256: taking.archive.sha256,
  databaseId: taking.archive.databaseId,
  how,
  run: taking.run,
  ...(held.tables === undefined ? {} : { tables: held.tables }),
  exceptions: held.exceptions,
  ...(held.leftColumns === undefined ? {} : { leftColumns: held.leftColumns }),
  heldAt,
  ...(taking.archive.run === undefined ? {} : { exportedBy: taking.archive.run }),
});

/** Every archive that both sides held, in no order. A run that both have came with a copy, and counts once. */
export const candidates = ({ ownDatabaseId, forebears, sourceDatabaseId, source, target }: Sides): readonly Candidate[] => {
  const own = new Set([...(ownDatabaseId === undefined ? [] : [ownDatabaseId]), ...forebears]);
  const [bySource, byTarget] = [byArchive(source), byArchive(target)];
  const found: Candidate[] = [];
  for (const [sha256, taking] of bySource) {
    const other = byTarget.get(sha256);
    if (own.has(taking.archive.databaseId) && other?.run !== taking.run) found.push(baseOf(taking, 'target-export', taking, taking.at));
    else if (other !== undefined && taking.archive.databaseId !== sourceDatabaseId)
      found.push(baseOf(taking, 'both', bothHeld(taking, other), taking.at < other.at ? other.at : taking.at));
  }
  for (const taking of byTarget.values()) {
    const isListed = found.some((base) => base.sha256 === taking.archive.sha256);
    if (taking.archive.databaseId === sourceDatabaseId && !isListed) found.push(baseOf(taking, 'source-export', taking, taking.at));
  }
  return found;
};

/** What an archive says of its own descent: how many runs had written its database by then, and which archives they brought. */
export type Descent = { readonly databaseId: string; readonly exportedAt: string; readonly runs: number; readonly tookIn: readonly string[] };

/**
 * Newest first. One archive is older than another if the other's database had taken it in, directly or through others, or if
 * the same database exported it earlier; clocks of different machines decide only between those of which neither is older.
 */
export const orderBases = (found: readonly Candidate[], descent: ReadonlyMap<string, Descent>): readonly Candidate[] => {
  const isOlder = createIsOlder(descent);
  const left = [...found].toSorted((one, other) => compare(other.heldAt, one.heldAt) || compare(other.sha256, one.sha256));
  const ordered: Candidate[] = [];
  while (left.length > 0) {
    const next = left.findIndex((base) => !left.some((other) => other !== base && isOlder(base.sha256, other.sha256)));
    ordered.push(...left.splice(Math.max(next, 0), 1));
  }
  return ordered;
};

const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const createIsOlder = (descent: ReadonlyMap<string, Descent>): ((one: string, other: string) => boolean) => {
  const ancestors = new Map<string, ReadonlySet<string>>();
  const ancestorsOf = (sha256: string): ReadonlySet<string> => {
    const known = ancestors.get(sha256);
    if (known !== undefined) return known;
    const all = new Set<string>();
    // A file that names itself, or two that name each other, are no descent; they must not loop.
    ancestors.set(sha256, all);
    for (const parent of descent.get(sha256)?.tookIn ?? []) for (const each of [parent, ...ancestorsOf(parent)]) all.add(each);
    return all;
  };
  return (one, other) => {
    const [oneSays, otherSays] = [descent.get(one), descent.get(other)];
    if (oneSays !== undefined && otherSays !== undefined && oneSays.databaseId === otherSays.databaseId)
      return oneSays.runs === otherSays.runs ? oneSays.exportedAt < otherSays.exportedAt : oneSays.runs < otherSays.runs;
    return ancestorsOf(other).has(one) && !ancestorsOf(one).has(other);
  };
};

/** A marker, as far as it says what is still in force. */
export type MarkerFacts = { readonly run: string; readonly rolledBack?: string };

/** Runs that were taken back, and not brought back by taking that back in turn. */
export const takenBack = (markers: readonly MarkerFacts[]): ReadonlySet<string> => {
  const by = new Map<string, string[]>();
  for (const { run, rolledBack } of markers) if (rolledBack !== undefined) by.set(rolledBack, [...(by.get(rolledBack) ?? []), run]);
  const settled = new Map<string, boolean>();
  const isTakenBack = (run: string): boolean => {
    const known = settled.get(run);
    if (known !== undefined) return known;
    settled.set(run, false);
    const result = (by.get(run) ?? []).some((rollback) => !isTakenBack(rollback));
    settled.set(run, result);
    return result;
  };
  return new Set(markers.map(({ run }) => run).filter(isTakenBack));
};

/** The rollbacks of rollbacks: what brought a run back, and may have left some of its rows as they were. */
export const broughtBackBy = (markers: readonly MarkerFacts[], run: string): readonly string[] => {
  const rollbacks = markers.filter(({ rolledBack }) => rolledBack === run).map((marker) => marker.run);
  return markers.filter(({ rolledBack }) => rolledBack !== undefined && rollbacks.includes(rolledBack)).map((marker) => marker.run);
};
