/**
 * Merge, replace and rollback row by row and without SQL: small enough to be right by reading. Rows are known by a name
 * that is the same in every database, and a cell that refers to a row holds that row's name; so no ids are in here. A rule
 * is said in its own words and not with the engine's table, so that one can find the other wrong.
 */
export type MergeTable = {
  readonly name: string;
  /** The columns that refer, those of the key too. */
  readonly references: readonly { readonly column: string; readonly parent: string }[];
  /** A CHECK refuses the value c in the column v. */
  readonly strict: boolean;
  /** Columns that follow the others: by themselves they make no row differ. */
  readonly passive?: readonly string[];
  /** A unique key that is not the row's name. */
  readonly unique?: readonly string[];
  /** An id that a new row brings along, and that nobody compares. */
  readonly id?: string;
};
export type NamedRow = Readonly<Record<string, string | null>>;
export type NamedRows = ReadonlyMap<string, NamedRow>;
export type NamedDatabase = Readonly<Record<string, NamedRows>>;

type Side = 'incoming' | 'current';
export type MergeMode = 'import' | 'merge' | 'three-way' | 'replace' | 'undo';
export type MergeVerdict = 'insert' | 'update' | 'same' | 'keep' | 'delete' | 'conflict' | 'blocked';
export type MergeRequest = {
  readonly mode: MergeMode;
  readonly tables: readonly MergeTable[];
  /** What both sides once held; in rollback the rows as the run left them. A row that is not in it has no base. */
  readonly base: NamedDatabase;
  readonly incoming: NamedDatabase;
  readonly current: NamedDatabase;
  readonly deletes: boolean;
  /** Who wins where both sides changed a cell, or one deleted what the other changed (no column); undefined: nobody. */
  readonly winner: (conflict: Conflict) => Side | undefined;
};
export type Conflict = { readonly table: string; readonly row: string; readonly column?: string; readonly incoming?: NamedRow; readonly current?: NamedRow };

/** What shall become of one row. `after` is absent for a row that is not there afterwards. */
type Fate = { verdict: MergeVerdict; readonly before?: NamedRow; after?: NamedRow; readonly clashes: readonly (string | undefined)[] };
type Fates = Readonly<Record<string, Map<string, Fate>>>;
export type Merged = {
  readonly verdicts: Readonly<Record<string, ReadonlyMap<string, MergeVerdict>>>;
  readonly conflicts: readonly string[];
  readonly rows: NamedDatabase;
};

const isPassive = ({ tables }: MergeRequest, { table }: Conflict, column: string): boolean =>
  tables.some(({ name, passive }) => name === table && passive?.includes(column) === true);
const isId = ({ tables }: MergeRequest, { table }: Conflict, column: string): boolean => tables.some(({ name, id }) => name === table && id === column);
const isEqual = (request: MergeRequest, at: Conflict, one: NamedRow, other: NamedRow): boolean =>
  Object.keys(one).every((column) => one[column] === other[column] || isPassive(request, at, column) || isId(request, at, column));
const lookUp = (database: NamedDatabase, table: string, row: string): NamedRow | undefined => database[table]?.get(row);

/** Both sides have the row: who left a cell as the base has it gives way; where both changed it, somebody must win. */
const combine = (request: MergeRequest, at: Conflict, base: NamedRow | undefined, { incoming, current }: Record<Side, NamedRow>): Fate => {
  const differing = Object.keys(incoming).filter((column) => incoming[column] !== current[column] && !isId(request, at, column));
  const changed = differing.filter((column) => !isPassive(request, at, column));
  if (changed.length === 0) return { verdict: 'same', before: current, after: current, clashes: [] };
  if (request.mode === 'import') return { verdict: 'keep', before: current, after: current, clashes: [] };
  const winner = (column: string): Side | undefined => {
    if (request.mode === 'merge' || request.mode === 'replace') return 'incoming';
    if (base !== undefined && column in base && incoming[column] === base[column]) return 'current';
    if (base !== undefined && column in base && current[column] === base[column]) return 'incoming';
    return request.winner({ ...at, column, incoming, current });
  };
  const winners = new Map(changed.map((column) => [column, winner(column)]));
  const clashes = changed.filter((column) => winners.get(column) === undefined);
  if (clashes.length > 0) return { verdict: 'conflict', before: current, after: current, clashes };
  const wins = changed.some((column) => winners.get(column) === 'incoming');
  const taken = differing.filter((column) => (winners.has(column) ? winners.get(column) === 'incoming' : wins));
  const after = { ...current, ...Object.fromEntries(taken.map((column) => [column, incoming[column] ?? null])) };
  return { verdict: taken.length === 0 ? 'keep' : 'update', before: current, after, clashes: [] };
};

/** The row arrives where there is none: a new one, or one that was deleted here since. */
const arrive = (request: MergeRequest, at: Conflict, base: NamedRow | undefined, incoming: NamedRow): Fate => {
  const isThreeWay = request.mode === 'three-way' || request.mode === 'undo';
  if (!isThreeWay || base === undefined) return { verdict: 'insert', after: incoming, clashes: [] };
  // Of a row that is gone, rollback knows only the cells that the run changed.
  if (request.mode === 'undo') return { verdict: request.winner(at) === 'current' ? 'keep' : 'blocked', clashes: [] };
  const winner = isEqual(request, at, base, incoming) ? 'current' : request.winner({ ...at, incoming });
  if (winner === undefined) return { verdict: 'conflict', clashes: [undefined] };
  return winner === 'incoming' ? { verdict: 'insert', after: incoming, clashes: [] } : { verdict: 'keep', clashes: [] };
};

/** The row is not in the archive: it was deleted there since, or is none of its business. */
const stay = (request: MergeRequest, at: Conflict, base: NamedRow | undefined, current: NamedRow): Fate | undefined => {
  if (request.mode === 'replace') return { verdict: 'delete', before: current, clashes: [] };
  const isThreeWay = request.mode === 'three-way' || request.mode === 'undo';
  if (!isThreeWay || base === undefined || !request.deletes) return undefined;
  const winner = isEqual(request, at, base, current) ? 'incoming' : request.winner({ ...at, current });
  if (winner === undefined) return { verdict: 'conflict', before: current, after: current, clashes: [undefined] };
  return winner === 'incoming' ? { verdict: 'delete', before: current, clashes: [] } : { verdict: 'keep', before: current, after: current, clashes: [] };
};

const decide = (request: MergeRequest): Fates =>
  Object.fromEntries(
    request.tables.map(({ name }) => {
      const fates = new Map<string, Fate>();
      for (const row of new Set([...(request.incoming[name]?.keys() ?? []), ...(request.current[name]?.keys() ?? [])])) {
        const [base, incoming, current] = [request.base, request.incoming, request.current].map((database) => lookUp(database, name, row));
        const at = { table: name, row };
        const left = current === undefined ? undefined : stay(request, at, base, current);
        if (incoming !== undefined && current !== undefined) fates.set(row, combine(request, at, base, { incoming, current }));
        else if (incoming !== undefined) fates.set(row, arrive(request, at, base, incoming));
        else if (left !== undefined) fates.set(row, left);
      }
      return [name, fates];
    }),
  );

/** Takes verdicts back until nothing that is written is refused, refers to nothing, or removes what is referred to. */
const block = ({ tables, current }: MergeRequest, fates: Fates): void => {
  const block = (fate: Fate): void => {
    fate.verdict = 'blocked';
    if (fate.before === undefined) delete fate.after;
    else fate.after = fate.before;
  };
  const isThere = (table: string, row: string): boolean => {
    const fate = fates[table]?.get(row);
    return fate === undefined ? current[table]?.has(row) === true : fate.after !== undefined || fate.verdict === 'delete';
  };
  const isBroken = (table: MergeTable, row: NamedRow): boolean =>
    (table.strict && row['v'] === 'c') || table.references.some(({ column, parent }) => typeof row[column] === 'string' && !isThere(parent, row[column]));
  /** Rows that bring their id along are the same to whoever refers to them, whatever their name. */
  const identity = (table: string, row: string, cells: NamedRow | undefined): string => {
    const id = tables.find(({ name }) => name === table)?.id;
    return `${table} ${id === undefined ? row : (cells?.[id] ?? row)}`;
  };
  const rowOf = (left: NamedDatabase, table: string, row: string | null | undefined): NamedRow | undefined =>
    left[table]?.get(row ?? '') ?? current[table]?.get(row ?? '');
  const blockBroken = (): number => {
    const left = outcome(fates, current);
    const isTaken = ({ name, unique = [] }: MergeTable, row: NamedRow): boolean =>
      unique.length > 0 && [...(left[name]?.values() ?? [])].some((other) => other !== row && unique.every((column) => other[column] === row[column]));
    const broken = tables.flatMap((table) =>
      [...(fates[table.name]?.values() ?? [])].filter(
        ({ verdict, after }) =>
          (verdict === 'insert' || verdict === 'update') && after !== undefined && (isBroken(table, after) || (verdict === 'insert' && isTaken(table, after))),
      ),
    );
    broken.forEach(block);
    return broken.length;
  };
  const blockNeeded = (): number => {
    const left = outcome(fates, current);
    const referred = new Set(
      tables.flatMap(({ name, references }) =>
        [...(left[name]?.values() ?? [])].flatMap((row) =>
          references.map(({ column, parent }) => identity(parent, row[column] ?? '', rowOf(left, parent, row[column]))),
        ),
      ),
    );
    const needed = tables.flatMap(({ name }) =>
      [...(fates[name] ?? [])].flatMap(([row, fate]) => (fate.verdict === 'delete' && referred.has(identity(name, row, fate.before)) ? [fate] : [])),
    );
    needed.forEach(block);
    return needed.length;
  };
  untilStable(() => {
    untilStable(blockBroken);
    return blockNeeded();
  });
};

const untilStable = (step: () => number): void => {
  while (step() > 0);
};

const outcome = (fates: Fates, current: NamedDatabase): NamedDatabase =>
  Object.fromEntries(
    Object.entries(fates).map(([table, decided]) => {
      const rows = new Map(current[table] ?? []);
      for (const [row, { after }] of decided)
        if (after === undefined) rows.delete(row);
        else rows.set(row, after);
      return [table, rows];
    }),
  );

export const mergeRows = (request: MergeRequest): Merged => {
  const fates = decide(request);
  block(request, fates);
  return {
    verdicts: Object.fromEntries(
      Object.entries(fates).map(([table, decided]) => [table, new Map([...decided].map(([row, { verdict }]) => [row, verdict] as const))]),
    ),
    conflicts: Object.entries(fates).flatMap(([table, decided]) =>
      [...decided].flatMap(([row, { clashes }]) => clashes.map((column) => `${table} ${row} ${column ?? 'whole row'}`)),
    ),
    rows: outcome(fates, request.current),
  };
};
