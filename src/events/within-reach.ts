import { isEverything, seesRun, type Reach, type View } from '../domain/key/key.ts';
import { Refusal } from '../domain/refusal.ts';
import type { ExportInput } from '../domain/run/run.ts';
import type { Requested } from '../domain/run/state.ts';
import type { ServerFiles } from '../infra/http/server-files.ts';
import type { Databases, KnownDatabase } from './databases.ts';
import { endable } from './log/subscribe.ts';
import type { Snapshots } from './projectors/snapshots/request.ts';
import type { Questions } from './questions.ts';
import type { RunRow, Store, UploadRow } from './store.ts';

/**
 * The world as a key sees it that is kept to some databases or tables: what lies outside is absent, with the same answers
 * that a thing has which never was. It stands around the whole store, so that a field nobody thought of is closed and not
 * open: what is not listed here such a key may not use.
 */
export type World = {
  readonly store: Store;
  readonly databases: Databases;
  readonly questions: Questions;
  readonly snapshots: Snapshots;
  readonly files: ServerFiles;
};
type Note = (reason: 'database' | 'table') => void;
type Asked = { readonly view: View; readonly note: Note };

export const withinReach = <Whole extends World>(world: Whole, reach: Reach, { actor, note }: { readonly actor: string; readonly note: Note }): Whole => {
  if (isEverything(reach)) return world;
  const asked: Asked = { view: { ...reach, actor }, note };
  const databases = limitDatabases(world.databases, asked);
  return {
    ...world,
    store: limitStore(world.store, asked),
    databases,
    questions: limitQuestions(world.questions, asked),
    snapshots: limitSnapshots(world.snapshots, asked),
    files: closed(world.files, {}, () => shared),
  };
};

const shared =
  'The inbox, the exchange folder and the backup folder belong to all databases: a key that is kept to some databases or tables may not use them. Send the file itself, with `upload` or to /api/upload/, or ask for a key that is not kept to some.';
const further = 'This reaches beyond single databases: a key that is kept to some databases or tables may not use it. Ask for a key that is not kept to some.';

/** Of the store: what the inbox is asked by. */
const ofInbox = new Set(['inboxFile', 'inboxFiles', 'newestOfName', 'newestOfNames', 'takeFile', 'retryFile', 'rejectFile']);

/** All that `whole` can do is refused, but for what is `open`. */
const closed = <Whole extends object>(whole: Whole, open: Partial<Whole>, why = (name: string): string => (ofInbox.has(name) ? shared : further)): Whole => {
  const limited = { ...whole, ...open };
  for (const name of Object.keys(whole)) {
    if (Object.hasOwn(open, name)) continue;
    Object.defineProperty(limited, name, {
      get: () => {
        throw new Refusal('FORBIDDEN', why(name));
      },
    });
  }
  return limited;
};

const noDatabase = (name: string, { view, note }: Asked): Refusal => {
  note('database');
  const names = view.databases === 'all' ? '' : ` There is: ${[...view.databases].join(', ')}.`;
  return new Refusal('DATABASE_UNKNOWN', `There is no database ${JSON.stringify(name.slice(0, 100))}.${names}`, { database: name.slice(0, 100) });
};

/** Registered names only: a URL may lead anywhere. */
const checkDatabase = (name: string, asked: Asked): void => {
  const { databases } = asked.view;
  if (databases === 'all' ? /^postgres(ql)?:/i.test(name) : !databases.has(name)) throw noDatabase(name, asked);
};

/** In full, also when only the name was given; what is not in reach is unknown. */
const checkTable = (table: string, { view: { tables }, note }: Asked): string => {
  if (tables === 'all') return table;
  const found = tables.has(table) ? [table] : [...tables].filter((known) => known.slice(known.indexOf('.') + 1) === table);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  note('table');
  throw new Refusal('TABLE_UNKNOWN', `There is no table ${JSON.stringify(table.slice(0, 130))}. There is: ${[...tables].join(', ')}.`, {
    table: table.slice(0, 130),
  });
};

const allTables = (asked: Asked): readonly string[] | undefined => (asked.view.tables === 'all' ? undefined : [...asked.view.tables]);

const limitDatabases = (databases: Databases, asked: Asked): Databases =>
  closed(databases, {
    resolve: async (name, caller) => {
      checkDatabase(name, asked);
      return databases.resolve(name, caller);
    },
    reach: async (name, caller): Promise<KnownDatabase> => {
      checkDatabase(name, asked);
      return databases.reach(name, caller);
    },
    readCatalogue: async (name, signal) => {
      checkDatabase(name, asked);
      const catalogue = await databases.readCatalogue(name, signal);
      const { tables } = asked.view;
      return tables === 'all' ? catalogue : { ...catalogue, tables: catalogue.tables.filter((table) => tables.has(`${table.schema}.${table.name}`)) };
    },
  });

const limitQuestions = (questions: Questions, asked: Asked): Questions => ({
  verifyData: async (question, caller) => {
    checkDatabase(question.a, asked);
    checkDatabase(question.b, asked);
    const tables = question.tables?.map((table) => checkTable(table, asked)) ?? allTables(asked);
    return questions.verifyData({ ...question, ...(tables === undefined ? {} : { tables }) }, caller);
  },
  rowHistory: async (question, caller) => {
    checkDatabase(question.database, asked);
    return questions.rowHistory({ ...question, table: checkTable(question.table, asked) }, caller);
  },
  tables: async (question, caller) => {
    checkDatabase(question.database, asked);
    const tables = question.tables?.map((table) => checkTable(table, asked)) ?? allTables(asked);
    return questions.tables({ ...question, ...(tables === undefined ? {} : { tables }) }, caller);
  },
  snapshotSchema: async (question, caller) => {
    checkDatabase(question.database, asked);
    if (asked.view.tables !== 'all')
      throw new Refusal('FORBIDDEN', 'It names all tables of the database: a key that is kept to some tables may not ask for it.');
    return questions.snapshotSchema(question, caller);
  },
});

/** A snapshot holds all tables of its database. */
const limitSnapshots = (snapshots: Snapshots, asked: Asked): Snapshots => ({
  take: async (request) => {
    checkDatabase(request.database, asked);
    if (asked.view.tables !== 'all')
      throw new Refusal('FORBIDDEN', 'A snapshot holds all tables of its database: a key that is kept to some tables may not ask for one.');
    return snapshots.take(request);
  },
});

/** Rows are chosen of tables in reach only, and where tables are not named it is those of the rows. */
const limitExport = (input: ExportInput, asked: Asked): ExportInput => {
  const { rows, parents = false } = input.selection ?? {};
  if (parents) throw new Refusal('FORBIDDEN', 'With `parents` rows of other tables are exported: a key that is kept to some tables may not ask for that.');
  const checked = rows === undefined ? undefined : Object.fromEntries(Object.entries(rows).map(([table, filter]) => [checkTable(table, asked), filter]));
  const named = input.tables?.map((table) => checkTable(table, asked)) ?? (checked === undefined ? allTables(asked) : Object.keys(checked));
  return { ...input, ...(named === undefined ? {} : { tables: named }), ...(checked === undefined ? {} : { selection: { rows: checked, parents } }) };
};

/** Into the blob store, whose files it fetches by a link; an archive into the backup folder too, under a name that no other has. */
const limitPlace = (input: ExportInput): ExportInput => {
  const { to, out, format = 'archive' } = input;
  if (to === 'exchange' || (out !== undefined && to !== 'store')) throw new Refusal('FORBIDDEN', shared);
  return to === undefined && format !== 'archive' ? { ...input, to: 'store' } : input;
};

/** The request with its tables spelt out; or what of it is out of reach. */
const limitRequest = (given: Requested, asked: Asked): Requested => {
  checkDatabase(given.input.database, asked);
  const requested = given.kind === 'export' ? { ...given, input: limitPlace(given.input) } : given;
  if (requested.kind === 'replay') checkDatabase(requested.input.of, asked);
  if (asked.view.tables === 'all' || requested.kind === 'rollback') return requested;
  if (requested.kind === 'replay')
    throw new Refusal('FORBIDDEN', 'A replay writes the tables of all runs: a key that is kept to some tables may not ask for one.');
  if (requested.kind === 'export') return { kind: 'export', input: limitExport(requested.input, asked) };
  const file = 'file' in requested.input ? requested.input.file : undefined;
  if (file !== undefined) checkTable(file.table, asked);
  const tables = file === undefined ? (requested.input.tables?.map((table) => checkTable(table, asked)) ?? allTables(asked)) : undefined;
  const input = { ...requested.input, ...(tables === undefined ? {} : { tables }) };
  return { kind: requested.kind, input } as Requested;
};

/** No run has it: what is out of reach is answered for as this is. */
const noRunId = '0'.repeat(26);

const limitSteering = (store: Store, sees: (runId: string) => Promise<boolean>, asked: Asked): Partial<Store> => {
  const seen = async (runId: string): Promise<string> => ((await sees(runId)) ? runId : noRunId);
  return {
    // A link leads to a file of a run, and runs out of reach are not seen.
    makeLink: store.makeLink,
    requestRun: async (requested, meta, key) => {
      const limited = limitRequest(requested, asked);
      const rolledBack = limited.kind === 'rollback' ? { ...limited, input: { ...limited.input, run: await seen(limited.input.run) } } : limited;
      return store.requestRun(rolledBack, meta, key);
    },
    approvePlan: async (runId, meta, key) => store.approvePlan(await seen(runId), meta, key),
    cancelRun: async (runId, meta, key) => store.cancelRun(await seen(runId), meta, key),
    resolveConflicts: async (runId, resolutions, meta, key) => store.resolveConflicts(await seen(runId), resolutions, meta, key),
    progress: async (runId) => store.progress(await seen(runId)),
    subscribeProgress: (runId, signal) =>
      endable(signal, async function* (ended) {
        if (!(await sees(runId))) throw new Refusal('RUN_UNKNOWN', `There is no run ${runId}. List the runs to find it.`, { runId });
        yield* store.subscribeProgress(runId, ended);
      }),
  };
};

const limitStore = (store: Store, asked: Asked): Store => {
  const { view } = asked;
  const run = async (runId: string): Promise<RunRow | undefined> => {
    const found = await store.run(runId);
    return found !== undefined && seesRun(view, found) ? found : undefined;
  };
  /** What one sent oneself, whoever sent it first; and what a run has that one sees. */
  const isOwn = async ({ uploadId, sha256, actor }: UploadRow): Promise<boolean> =>
    actor === view.actor ||
    (await store.events({ stream: `upload-${uploadId}`, actor: view.actor, limit: 1 })).length > 0 ||
    (await store.runs({ upload: sha256, view }, { first: 1 })).rows.length > 0;
  return closed(store, {
    ...limitSteering(store, async (runId) => (await run(runId)) !== undefined, asked),
    run,
    runs: (filter, page) => store.runs({ ...filter, view }, page),
    recordUpload: store.recordUpload,
    upload: async (which) => {
      const found = await store.upload(which);
      return found !== undefined && (await isOwn(found)) ? found : undefined;
    },
    uploads: async (filter, page) =>
      filter?.actor === undefined || filter.actor === view.actor
        ? store.uploads({ actor: view.actor }, page)
        : { rows: [], hasNextPage: false, endCursor: undefined },
    database: async (name) => (view.databases === 'all' || view.databases.has(name) ? store.database(name) : undefined),
    databases: (page) => store.databases(page, view.databases === 'all' ? {} : { names: [...view.databases] }),
    events: (selection) => store.events({ ...selection, view }),
    browse: (query) => store.browse({ ...query, view }),
    event: (id) => store.event(id, view),
    headPosition: store.headPosition,
    subscribeEvents: (options) => store.subscribeEvents({ ...options, filter: { ...options.filter, view } }),
    makeLink: store.makeLink,
    exportHead: store.exportHead,
    verify: store.verify,
  });
};
