import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';

export type RootField = { readonly kind: 'query' | 'mutation' | 'subscription'; readonly field: GraphQLField<unknown, unknown> };

export const rootFields = (schema: GraphQLSchema): readonly RootField[] =>
  (
    [
      ['query', schema.getQueryType()],
      ['mutation', schema.getMutationType()],
      ['subscription', schema.getSubscriptionType()],
    ] as const
  ).flatMap(([kind, type]) => Object.values(type?.getFields() ?? {}).map((field) => ({ kind, field })));

/** What the arguments of these names are; others get something of their type, when they are required. */
export type Given = Readonly<Record<string, unknown>>;

const valueOf = (type: GraphQLInputType, given: Given): unknown => {
  const inner = getNullableType(type);
  if (isListType(inner)) return [valueOf(inner.ofType, given)];
  if (isInputObjectType(inner)) return fieldsOf(Object.values(inner.getFields()), given);
  if (isEnumType(inner)) return inner.getValues()[0]?.name;
  const scalars: Readonly<Record<string, unknown>> = { Boolean: true, Int: 1, Long: 1, Float: 1, DateTime: '2026-11-21T09:00:00Z', JSON: {} };
  return scalars[getNamedType(inner).name] ?? 'x';
};

const fieldsOf = (fields: readonly (GraphQLArgument | GraphQLInputField)[], given: Given): Record<string, unknown> =>
  Object.fromEntries(
    fields.flatMap(({ name, type }) => {
      const inner = getNullableType(type);
      if (Object.hasOwn(given, name)) return [[name, isListType(inner) ? [given[name]].flat() : given[name]]];
      if (isNonNullType(type)) return [[name, valueOf(type, given)]];
      const inside = isInputObjectType(inner) ? fieldsOf(Object.values(inner.getFields()), given) : {};
      return Object.keys(inside).length > 0 && Object.keys(given).length > 0 ? [[name, inside]] : [];
    }),
  );

const selectionOf = (type: GraphQLOutputType): string => {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isUnionType(named)) return '{ __typename ... on Refusal { code message details } }';
  return isObjectType(named) && named.name.endsWith('Connection') ? '{ edges { node { __typename } } }' : '{ __typename }';
};

/** An operation that asks for one root field and for as little of it as may be. */
export const operationOf = ({ kind, field }: RootField, given: Given = {}): { readonly query: string; readonly variables: Record<string, unknown> } => {
  const variables = fieldsOf(field.args, given);
  const used = field.args.filter(({ name }) => Object.hasOwn(variables, name));
  const declared = used.length === 0 ? '' : `(${used.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')})`;
  const passed = used.length === 0 ? '' : `(${used.map(({ name }) => `${name}: $${name}`).join(', ')})`;
  return { query: `${kind} ${declared} { ${field.name}${passed} ${selectionOf(field.type)} }`, variables };
};
