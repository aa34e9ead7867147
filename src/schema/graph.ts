import { z } from 'zod';
import { tableId } from '../domain/catalogue/catalogue.ts';
import { drawGraph } from '../domain/graph/graph-svg.ts';
import { phaseTables, type PhasedTables } from '../domain/graph/phases.ts';
import { builder } from './builder.ts';
import { mayReachInward, type Context } from './context.ts';
import { DatabaseType } from './database.ts';
import { given } from './given.ts';
import { tableNames } from './run-words.ts';

type Graph = PhasedTables & { readonly name: string };
type Phase = { readonly phase: number; readonly tables: readonly string[] };

const phasesOf = ({ blocks }: PhasedTables): readonly Phase[] =>
  [...Map.groupBy(blocks, ({ phase }) => phase)].map(([phase, own]) => ({ phase, tables: own.flatMap(({ tables }) => tables.map(tableId)) }));

const circlesOf = ({ blocks }: PhasedTables): readonly (readonly string[])[] =>
  blocks.flatMap(({ isCircle, tables }) => (isCircle ? [tables.map(tableId)] : []));

const PhaseType = builder.objectRef<Phase>('GraphPhase').implement({
  description: 'Tables that may go in at the same time.',
  fields: (t) => ({
    phase: t.exposeInt('phase', { description: 'From 1.' }),
    tables: t.stringList({ resolve: ({ tables }) => [...tables], description: 'Each as `schema.table`.' }),
  }),
});

const CircleType = builder.objectRef<readonly string[]>('GraphCircle').implement({
  description: 'Tables that refer to each other in a circle, and so go in with one statement.',
  fields: (t) => ({ tables: t.stringList({ resolve: (tables) => [...tables], description: 'Each as `schema.table`.' }) }),
});

const GraphType = builder.objectRef<Graph>('Graph').implement({
  description: 'What refers to what in a database, and so what an import writes before what.',
  fields: (t) => ({
    svg: t.string({
      resolve: (graph) => drawGraph(graph.name, graph),
      description:
        'The picture: phases in columns, circles marked, tables by how their rows are found. A whole SVG document without ids, scripts and outer files, for light and dark pages.',
    }),
    phases: t.field({
      type: [PhaseType],
      resolve: (graph) => [...phasesOf(graph)],
      description: 'All that the tables of a phase refer to is in earlier ones, or in the same circle.',
    }),
    circles: t.field({ type: [CircleType], resolve: (graph) => [...circlesOf(graph)], description: 'The circles; a table that refers to itself makes none.' }),
  }),
});

const tablesArg = 'Only these tables, each as `schema.table`, or by its name alone where only one has it. Default: all.';

const graphOf = async (context: Context, database: string, tables: readonly string[] | null | undefined): Promise<Graph> => {
  const found = await context.questions.tables({ database, ...given('tables', tables), signal: context.signal }, { mayReachInward: mayReachInward(context) });
  return { name: found.name, ...phaseTables(found.tables) };
};

builder.objectField(DatabaseType, 'graph', (t) =>
  t.field({
    type: GraphType,
    complexity: { field: 100, multiplier: 1 },
    description: 'What refers to what in it, read now from the database itself.',
    args: { tables: t.arg.stringList({ description: tablesArg, validate: tableNames }) },
    resolve: ({ name }, { tables }, context) => graphOf(context, name, tables),
  }),
);

builder.queryField('graph', (t) =>
  t.field({
    type: GraphType,
    authScopes: { read: true },
    complexity: { field: 100, multiplier: 1 },
    description: 'What refers to what in a database that need not be registered: phases of an import, circles, and all of it as a picture.',
    args: {
      database: t.arg.string({
        required: true,
        description: 'A registered name, or a postgres:// URL.',
        validate: z.string().min(1, 'Name a database.').max(2000, 'Too long.'),
      }),
      tables: t.arg.stringList({ description: tablesArg, validate: tableNames }),
    },
    resolve: (_root, { database, tables }, context) => graphOf(context, database, tables),
  }),
);
