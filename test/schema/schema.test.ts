import { readFileSync } from 'node:fs';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  type GraphQLField,
} from 'graphql';
import { expect, test } from 'vitest';
import { printedSchema } from '../../src/schema/print.ts';
import { schema } from '../../src/schema/schema.ts';

const ownTypes = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
const mutations: readonly GraphQLField<unknown, unknown>[] = Object.values(schema.getMutationType()?.getFields() ?? {});

test('schema.graphql is the schema; `npm run codegen` prints it', () => {
  expect(readFileSync('schema.graphql', 'utf8')).toBe(printedSchema());
});

test('there is a mutation to walk', () => {
  expect(mutations.map(({ name }) => name).sort()).toEqual([
    'applyPlan',
    'applyRules',
    'cancelRun',
    'createKey',
    'downloadLink',
    'export',
    'import',
    'importInboxFile',
    'merge',
    'plan',
    'planMerge',
    'planReplace',
    'planRollback',
    'recordSync',
    'rejectInboxFile',
    'replace',
    'replay',
    'resolveConflicts',
    'retryInboxFile',
    'revokeKey',
    'rollback',
    'rotateKey',
    'snapshot',
    'upload',
    'writeExchangeNonce',
  ]);
});

test.each(mutations.map((field) => [field.name, field] as const))('mutation %s takes input and idempotencyKey, both required', (_name, field) => {
  const args = Object.fromEntries(field.args.map((arg) => [arg.name, arg.type.toString()]));
  expect(args['idempotencyKey']).toBe('String!');
  expect(args['input']).toMatch(/Input!$/);
});

test.each(mutations.map((field) => [field.name, field] as const))('mutation %s answers with one payload or named refusals', (_name, field) => {
  const type = getNamedType(field.type);
  if (!isUnionType(type)) throw new Error(`${field.name} answers with ${type.name}, no union`);
  const isRefusal = (name: string): boolean => schema.getImplementations(schema.getType('Refusal') as never).objects.some((object) => object.name === name);
  const members = type.getTypes().map(({ name }) => name);
  expect(members.filter((name) => !isRefusal(name))).toHaveLength(1);
  expect(members).toEqual(expect.arrayContaining(['InvalidInput', 'IdempotencyKeyReused', 'OtherRefusal']));
});

test('everything public says what it is', () => {
  const mute: string[] = [];
  for (const type of ownTypes) {
    const isOfRelay = /(Connection|Edge)$/.test(type.name);
    if (!type.description && !isUnionType(type)) mute.push(type.name);
    if (isEnumType(type) && type.name !== 'EventType' && type.name !== 'RunKind' && type.name !== 'RunState' && type.name !== 'Phase') {
      for (const value of type.getValues()) if (!value.description) mute.push(`${type.name}.${value.name}`);
    }
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) if (!field.description) mute.push(`${type.name}.${field.name}`);
    if ((!isObjectType(type) && !isInterfaceType(type)) || isOfRelay || type.name === 'PageInfo') continue;
    for (const field of Object.values(type.getFields())) {
      const inherited = isObjectType(type) && type.getInterfaces().some((each) => each.getFields()[field.name] !== undefined);
      if (!field.description && !inherited) mute.push(`${type.name}.${field.name}`);
      for (const arg of field.args) if (!arg.description) mute.push(`${type.name}.${field.name}(${arg.name})`);
    }
  }
  expect(mute.filter((name) => !['Query.node(id)', 'Query.nodes(ids)'].includes(name))).toEqual([]);
});

/** Their length is that of a database's catalogue or of one request, never of its rows or of the log. */
const bounded = new Set([
  'Plan.tables',
  'Plan.issues',
  'Plan.notes',
  'Run.tables',
  'Run.tablesAsked',
  'Plan.bases',
  'RowChange.cells',
  'WriteResult.tables',
  'WriteResult.notes',
  'WriteResult.bases',
  'ReplayResult.tables',
  'ReplayResult.foreign',
  'ReplayResult.notes',
  'ForeignEdits.examples',
  'ExportResult.tables',
  'ExportResult.files',
  'ApiKey.databases',
  'ApiKey.scopes',
  'ApiKey.tables',
  // One entry a file of a folder that people look into.
  'AppliedRules.happened',
  'Query.exchangeFiles',
  'ExportResult.notes',
  'InvalidInput.issues',
  'Query.nodes',
  'Catalogue.tables',
  'Catalogue.unsupported',
  'Table.columns',
  'Table.uniques',
  'Table.references',
  'Key.columns',
  'Key.surrogate',
  'Reference.columns',
  'Reference.parentColumns',
  'UniqueKey.columns',
  'DataComparison.tables',
  'DataComparison.notes',
  'TableComparison.aside',
  'TableComparison.differences',
  'DataDifference.cells',
  'RowTouch.cells',
  'Graph.phases',
  'Graph.circles',
  'GraphPhase.tables',
  // 1,000 at most.
  'Snapshot.files',
  'Snapshot.tables',
  'SnapshotPayload.files',
  'SnapshotPayload.tables',
  'GraphCircle.tables',
]);

test('every list is a page, or one whose length the catalogue bounds', () => {
  const lists = ownTypes.filter(isObjectType).flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => isListType(isNonNullType(field.type) ? field.type.ofType : field.type))
      .map((field) => `${type.name}.${field.name}`),
  );
  expect(lists.filter((name) => !bounded.has(name) && !name.endsWith('Connection.edges'))).toEqual([]);
});
