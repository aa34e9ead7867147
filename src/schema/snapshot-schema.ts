import { z } from 'zod';
import { builder } from './builder.ts';
import { mayReachInward } from './context.ts';

builder.queryField('snapshotSchema', (t) =>
  t.field({
    type: 'JSON',
    authScopes: { read: true },
    complexity: { field: 100, multiplier: 1 },
    description: 'A JSON Schema (2020-12) of the document that snapshots of a database write, as they are configured and as its tables are now.',
    args: {
      database: t.arg.string({
        required: true,
        description: 'A registered name, or a postgres:// URL.',
        validate: z.string().min(1, 'Name a database.').max(2000, 'Too long.'),
      }),
    },
    resolve: (_root, { database }, context) =>
      context.questions.snapshotSchema({ database, signal: context.signal }, { mayReachInward: mayReachInward(context) }),
  }),
);
