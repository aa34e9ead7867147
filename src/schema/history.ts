import { z } from 'zod';
import type { RowTouch, TouchedCell } from '../events/touched-cells.ts';
import type { RunRow } from '../events/store.ts';
import { builder } from './builder.ts';
import { pageArgs, readPage } from './connection.ts';
import { mayReachInward } from './context.ts';
import { positionOf } from './cursor.ts';
import { RunType } from './run.ts';
import { RunKindEnum } from './run-words.ts';
import { VerdictEnum } from './verdicts.ts';

const TouchedCellType = builder.objectRef<TouchedCell>('TouchedCell').implement({
  description: 'One cell that a run wrote.',
  fields: (t) => ({
    column: t.exposeString('column', { description: 'Its column.' }),
    before: t.exposeString('before', { nullable: true, description: 'What the run found, as text. Null is NULL, and what a row has before it is inserted.' }),
    after: t.exposeString('after', { nullable: true, description: 'What the run left. Null is NULL, and what a row has when it is deleted.' }),
  }),
});

/** A touch with its place in the history, for cursors, and its run where the log has it. */
type PlacedTouch = RowTouch & { readonly place: number; readonly run: RunRow | undefined };

const RowTouchType = builder.objectRef<PlacedTouch>('RowTouch').implement({
  description: 'What one run did to one row.',
  fields: (t) => ({
    runId: t.exposeString('runId', { description: 'The run, by its ULID.' }),
    run: t.field({
      type: RunType,
      nullable: true,
      complexity: 5,
      resolve: ({ run }) => run,
      description: 'The run itself; null when it is in another store’s log.',
    }),
    at: t.field({
      type: 'DateTime',
      nullable: true,
      resolve: ({ at, run }) => run?.endedAt ?? at,
      description: 'When the run was done; where the log does not know it, when it wrote, by the database’s clock.',
    }),
    kind: t.field({ type: RunKindEnum, nullable: true, resolve: ({ kind }) => kind, description: 'What kind of work the run was.' }),
    actor: t.string({
      nullable: true,
      resolve: ({ run }) => run?.actor,
      description: 'Who asked for it; null when it is in another store’s log.',
    }),
    verdict: t.field({ type: VerdictEnum, resolve: ({ verdict }) => verdict, description: 'What became of the row.' }),
    rowKey: t.exposeString('rowKey', { description: 'The row’s key in this database, as text; of a row that was left out the archive’s words for it.' }),
    cells: t.field({
      type: [TouchedCellType],
      resolve: ({ cells }) => [...cells],
      description: 'The cells that were written, in the table’s order: of an update those that changed, else all that are known.',
    }),
    note: t.exposeString('note', { nullable: true, description: 'What of it is not certain, or not known any more.' }),
  }),
});

const RowTouchConnection = builder.connectionObject(
  { type: RowTouchType, name: 'RowTouchConnection', description: 'A page of a row’s history, newest first.' },
  { name: 'RowTouchEdge', description: 'One run of a page.' },
);

builder.queryField('rowHistory', (t) =>
  t.field({
    type: RowTouchConnection,
    authScopes: { read: true },
    description:
      'Every run that touched one row of a database, newest first: what the row was before and after. Read from the ledger in the database; changes that nobody made through Waybill are not in it.',
    args: {
      database: t.arg.string({
        required: true,
        description: 'A registered name, or a postgres:// URL.',
        validate: z.string().min(1, 'Name a database.').max(2000, 'Too long.'),
      }),
      table: t.arg.string({
        required: true,
        description: '`schema.table`, or the name alone where only one has it.',
        validate: z.string().min(1, 'Name a table.').max(130, 'No table has a name as long as this.'),
      }),
      key: t.arg.stringList({
        required: true,
        description:
          'The values of the natural key or of the primary key, in order, as text; or each as `column=value` of another unique key. A reference in a natural key by the parent’s key; the whole as plans show it will do too.',
        validate: z.array(z.string().max(100_000, 'Too long.')).min(1, 'Give the key.').max(32, 'No key has as many columns.'),
      }),
      ...pageArgs,
    },
    resolve: async (_root, { database, table, key, ...args }, context) => {
      const skip = positionOf(args.after) ?? 0;
      const read = (first: number): Promise<readonly RowTouch[]> =>
        context.questions.rowHistory({ database, table, key, first, skip, signal: context.signal }, { mayReachInward: mayReachInward(context) });
      return readPage(
        args,
        async (limit) =>
          Promise.all((await read(limit)).map(async (touch, at) => ({ ...touch, place: skip + at + 1, run: await context.store.run(touch.runId) }))),
        ({ place }) => String(place),
      );
    },
  }),
);
