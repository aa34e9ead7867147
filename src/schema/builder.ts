import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import ValidationPlugin from '@pothos/plugin-validation';
import { GraphQLError } from 'graphql';
import { holdsOne, isEverything, scopes, type Scope } from '../domain/key/key.ts';
import { InvalidInput } from './invalid-input.ts';
import { complexityLimit, pageSize } from './limits.ts';
import type { Context } from './context.ts';

export type SchemaTypes = {
  Context: Context;
  /** `whole`: for what reaches all databases, so that a key which is kept to some may not use it. */
  AuthScopes: Readonly<Record<Scope | 'whole', boolean>>;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    Long: { Input: number; Output: number };
    DateTime: { Input: string; Output: string };
    JSON: { Input: unknown; Output: unknown };
    File: { Input: File; Output: never };
  };
};

/** Lists multiply what is asked below them: by `first` where it is given, so that the cost is that of the page. */
const sizeOf = (args: Record<string, unknown>): number | undefined => {
  const asked = args['first'] ?? args['last'];
  return typeof asked === 'number' ? asked : undefined;
};

const scopesOf = ({ scopes: held, reach }: Context) => ({
  ...(Object.fromEntries(scopes.map((scope) => [scope, holdsOne(held, [scope])])) as Readonly<Record<Scope, boolean>>),
  whole: isEverything(reach),
});

/** At the top, beside UNAUTHENTICATED: who may not ask at all gets no payload and no refusal. */
export const notAllowed = (context: Context, field: string): GraphQLError => {
  context.noteRefused('scope', field);
  return new GraphQLError(`This key may not use \`${field}\`. Ask for a key with the scope that it needs, or for one that is not kept to some databases.`, {
    extensions: { code: 'FORBIDDEN' },
  });
};

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ErrorsPlugin, ComplexityPlugin, ScopeAuthPlugin, RelayPlugin, ValidationPlugin],
  defaultFieldNullability: false,
  errors: { directResult: true, unsafelyHandleInputErrors: true },
  validation: { validationError: ({ issues }) => new InvalidInput(issues) },
  scopeAuth: {
    authScopes: scopesOf,
    authorizeOnSubscribe: true,
    unauthorizedError: (_root, context, info) => notAllowed(context, info.fieldName),
  },
  complexity: {
    defaultComplexity: 1,
    // `edges` of a connection: the connection itself has been multiplied by the size of its page already.
    defaultListMultiplier: 2,
    fieldComplexity: (args, _context, field) => {
      const isConnection = field.type.toString().replace('!', '').endsWith('Connection');
      return isConnection ? { field: 1, multiplier: Math.max(1, sizeOf(args) ?? pageSize.usual) } : { field: 1, multiplier: 1 };
    },
    limit: (context) => (context.trusted ? {} : { complexity: complexityLimit }),
    complexityError: (_kind, { complexity }) =>
      new GraphQLError(`The operation costs ${complexity}, more than the ${complexityLimit} allowed. Ask for smaller pages or fewer fields.`, {
        extensions: { code: 'COST_LIMIT_EXCEEDED', cost: complexity, limit: complexityLimit, http: { status: 400 } },
      }),
  },
  relay: {
    cursorType: 'String',
    idFieldOptions: { description: 'Stable, and unique over everything.' },
    clientMutationId: 'omit',
    // The same name that the log gives to the thing's stream: `run-01K...`.
    encodeGlobalID: (typename, id) => `${typename.toLowerCase()}-${id}`,
    decodeGlobalID: (globalID) => {
      const [prefix = '', ...rest] = globalID.split('-');
      const typename = prefix.charAt(0).toUpperCase() + prefix.slice(1);
      return { typename, id: rest.join('-') };
    },
    nodeTypeOptions: {
      description: 'Anything that has an identity of its own. Ids are those of the log: `run-<ulid>`, `upload-<ulid>`, `database-<name>`, `event-<ulid>`.',
    },
    nodeQueryOptions: { authScopes: { read: true }, description: 'One thing by its id; null when there is none.' },
    nodesQueryOptions: {
      authScopes: { read: true },
      description: 'Several things by their ids, in the order asked; each costs as much as a field of its own.',
      complexity: (args: Record<string, unknown>) => ({ field: 1, multiplier: Array.isArray(args['ids']) ? Math.max(1, args['ids'].length * 20) : 1 }),
    },
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    firstArgOptions: { description: `How many, from the start of the list; at most ${pageSize.most}. Default ${pageSize.usual}.` },
    lastArgOptions: { description: `How many, from the end of the list; at most ${pageSize.most}.` },
    afterArgOptions: { description: 'Only what follows this cursor.' },
    beforeArgOptions: { description: 'Only what precedes this cursor.' },
  },
});

builder.queryType({ description: 'Everything that can be asked. Lists are Relay connections.' });
builder.mutationType({
  description:
    'Everything that changes something. Each returns at once, takes an idempotency key (the same key with the same input gives the earlier answer, and has no second effect), and answers with its payload or with a named refusal.',
});
builder.subscriptionType({ description: 'What happens, as it happens: over graphql-ws, or by server-sent events on the same URL.' });
