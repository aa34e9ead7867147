import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { operationLimits, socketLimits } from '../../src/infra/http/limits.ts';
import { complexityLimit, pageSize } from '../../src/schema/limits.ts';

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
