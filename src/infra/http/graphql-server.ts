import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { createMaskError } from './mask-error.ts';
import { newScope, requestScope } from './request-scope.ts';
import { useAccess } from './yoga-access.ts';
import { useFlatVariables, useGuard, useLimits, useStamp, type GuardOptions } from './yoga-plugins.ts';

export type GraphQLServerOptions = GuardOptions & {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  /** Called once per operation, inside its request scope. */
  readonly context: (signal: AbortSignal) => Record<string, unknown>;
};

let page: Promise<string> | undefined;
/** 9 MB that hold everything, so that it works without a network; made once, and only when somebody looks. */
const graphiqlPage = (): Promise<string> => {
  page ??= import('@graphql-yoga/render-graphiql').then(({ renderGraphiQL }) =>
    renderGraphiQL({ title: 'Waybill', subscriptionsProtocol: 'SSE', additionalHeaders: {} }),
  );
  return page;
};

export const createGraphQLServer = (options: GraphQLServerOptions) => {
  const { logger } = options;
  const yoga = createYoga({
    schema: options.schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    // Yoga's own says nothing about the store; ours is at /health.
    healthCheckEndpoint: '/health/yoga',
    graphiql: { title: 'Waybill' },
    renderGraphiQL: graphiqlPage,
    cors: false,
    batching: false,
    // A file and the parts around it; JSON bodies have a smaller limit of their own.
    maxRequestBodySize: options.maxUploadBytes + 1024 * 1024,
    logging: { debug: () => undefined, info: () => undefined, warn: (...args: unknown[]) => logger.warn(String(args[0])), error: () => undefined },
    maskedErrors: { maskError: createMaskError(logger) },
    plugins: [useGuard(options), useFlatVariables(), useAccess(options), ...useLimits(options.introspection), useStamp()],
    context: ({ request }: { request?: Request }) => options.context(request?.signal ?? new AbortController().signal),
  });
  return {
    yoga,
    fetch: (request: Request): Promise<Response> => requestScope.run(newScope(request.headers.get('x-request-id')), async () => yoga.fetch(request)),
  };
};
export type GraphQLServer = ReturnType<typeof createGraphQLServer>;
