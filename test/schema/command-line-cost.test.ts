import { complexityFromQuery } from '@pothos/plugin-complexity';
import { Kind, print, type DocumentNode } from 'graphql';
import { expect, test } from 'vitest';
import * as operations from '../../src/cli/operations/generated/graphql.ts';
import type { Context } from '../../src/schema/context.ts';
import { complexityLimit, pageSize } from '../../src/schema/limits.ts';
import { schema } from '../../src/schema/schema.ts';

/** In process a command may ask for anything; with `--server` it must not run into the limit. */
const isQuestion = (document: DocumentNode): boolean =>
  document.definitions.some((each) => each.kind === Kind.OPERATION_DEFINITION && each.operation === 'query');

const questions = Object.entries(operations).flatMap(([name, document]) =>
  name.endsWith('Document') && isQuestion(document as DocumentNode) ? [[name.replace(/Document$/, ''), document as DocumentNode] as const] : [],
);

/** The audit asks for pages of this size by itself; all others as many as a user may say. */
const pages: Readonly<Record<string, number>> = { Audit: 50 };

test.each(questions)('%s stays below the limit of the server at its largest page', (name, document) => {
  const size = pages[name] ?? pageSize.most;
  const variables = { id: 'x', nonce: 'x', database: 'x', table: 'x', key: ['x'], a: 'x', b: 'x', first: size, issues: size, limit: size, rows: size };
  const { complexity } = complexityFromQuery(print(document), { schema, ctx: {} as Context, variables });
  expect(complexity).toBeLessThan(complexityLimit);
});
