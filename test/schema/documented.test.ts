import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { operationLimits, socketLimits } from '../../src/infra/http/limits.ts';
import { complexityLimit, pageSize } from '../../src/schema/limits.ts';
import { schema } from '../../src/schema/schema.ts';

const page = readFileSync('docs/GRAPHQL.md', 'utf8');

test('docs/GRAPHQL.md states the limits that are held', () => {
  const { depth, aliases, directives, tokens } = operationLimits;
  expect(page).toContain(`Depth ${depth}, ${aliases} aliases, ${directives} directives, ${tokens} tokens`);
  expect(page).toContain(`cost ${complexityLimit.toLocaleString('en-GB')} `);
  expect(page).toContain(`pages of ${pageSize.usual}, at most ${pageSize.most}`);
  expect(page).toContain(`${socketLimits.subscriptions} subscriptions per WebSocket, \`connection_init\` within ${socketLimits.connectionInitMs / 1000} s`);
});

test('docs/GRAPHQL.md names every code that errors of PostgreSQL become', () => {
  const codes = new Set([...readFileSync('src/infra/postgres/errors.ts', 'utf8').matchAll(/'([A-Z]+_[A-Z_]+)'/g)].map(([, code]) => code));
  expect(codes.size).toBeGreaterThan(10);
  expect([...codes].filter((code) => code !== 'EAI_AGAIN' && !page.includes(`\`${code}\``))).toEqual([]);
});

test('docs/GRAPHQL.md names every mutation and every question about what happened', () => {
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
  const questions = ['runs', 'events', 'rowHistory', 'verifyData', 'verifyLog', 'logHead', 'Run.conflicts(table:)', 'Run.plan.rows(table:, verdict:)'];
  expect([...mutations, ...questions].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
