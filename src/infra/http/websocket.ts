import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { GraphQLError, type ExecutionArgs } from 'graphql';
import type { Context as SocketContext, OperationResult, ServerOptions, SubscribePayload } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import type { ClientAddress } from './address.ts';
import type { Admit } from './admit.ts';
import type { GraphQLServer } from './graphql-server.ts';
import { socketLimits } from './limits.ts';
import type { Logger } from './logger.ts';
import { isGraphQLError, stampError } from './mask-error.ts';
import { newScope, requestScope, type RequestCaller, type RequestScope } from './request-scope.ts';

export type SocketOptions = {
  readonly server: Server;
  readonly graphql: GraphQLServer;
  readonly admit: Admit;
  readonly logger: Logger;
  readonly maxPayloadBytes: number;
  readonly clientAddress: ClientAddress;
};

type Params = Record<string, unknown> | undefined;
type Connection = SocketContext<Params, Extra>;
type Operation = ExecutionArgs & { readonly rootValue: { execute(args: ExecutionArgs): OperationResult; subscribe(args: ExecutionArgs): OperationResult } };

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** A page of another origin may open a socket with the browser's own rights; the browser says where the page is from. */
const isForeign = ({ headers: { origin, host } }: IncomingMessage): boolean => origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);

const turnAway = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
};

/** Subscriptions over graphql-ws, on the same URL, under the same rules as over HTTP. */
export const serveSockets = (options: SocketOptions): { close(): Promise<void> } => {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxPayloadBytes, perMessageDeflate: false });
  options.server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (new URL(request.url ?? '/', 'http://localhost').pathname !== '/graphql') return turnAway(socket, '404 Not Found');
    if (isForeign(request)) {
      options.logger.warn({ code: 'ORIGIN_REFUSED' }, 'a socket was denied');
      return turnAway(socket, '403 Forbidden');
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      sockets.emit('connection', opened, request);
      // The protocol's own listener prints to the console; the close frame has been sent by then.
      opened.removeAllListeners('error').on('error', (error) => options.logger.warn({ error: error.message }, 'a socket was closed'));
    });
  });
  const served = useServer<Params>(protocolOf(options), sockets);
  return {
    close: async () => {
      for (const socket of sockets.clients) socket.close(1001, 'The server is stopping');
      await served.dispose();
      sockets.close();
    },
  };
};

/** As codes of graphql-ws go: who asks may not, or not any more. */
const forbiddenClose = 4403;

const protocolOf = ({ graphql, admit, logger, clientAddress }: SocketOptions): ServerOptions<Params, Extra> => {
  const callers = new WeakMap<object, RequestCaller>();
  const addressOf = ({ socket, headers }: IncomingMessage): string => clientAddress(socket.remoteAddress, headers['x-forwarded-for']);
  return {
    connectionInitWaitTimeout: socketLimits.connectionInitMs,
    onConnect: async (connection) => {
      const { headers, url } = connection.extra.request;
      const given = connection.connectionParams ?? {};
      const caller = await admit({
        authorization: text(given['authorization']) ?? text(given['Authorization']) ?? headers.authorization,
        apiKey: text(given['apiKey']) ?? text(given['x-api-key']) ?? text(headers['x-api-key']),
        host: headers.host,
        address: addressOf(connection.extra.request),
        door: 'socket',
        method: 'GET',
        path: url ?? '/graphql',
        cost: 5,
      });
      if (!('denied' in caller)) {
        const { socket } = connection.extra;
        callers.set(socket, caller);
        const end = (): void => socket.close(forbiddenClose, 'The API key is not valid any more');
        caller.until?.addEventListener('abort', end, { once: true });
        socket.once('close', () => caller.until?.removeEventListener('abort', end));
        return undefined;
      }
      logger.warn({ code: caller.code }, 'a socket was denied');
      return false;
    },
    // The answers to `subscribe` come from yoga, with its limits and its masking.
    execute: (args) => inItsScope(args, (operation) => operation.rootValue.execute(args)),
    subscribe: (args) => inItsScope(args, (operation) => operation.rootValue.subscribe(args)),
    onSubscribe: (connection, _id, params) => {
      const scope: RequestScope = { ...newScope(null, addressOf(connection.extra.request)), caller: callers.get(connection.extra.socket) };
      return requestScope.run(scope, () => prepare(graphql, connection, params, scope));
    },
  };
};

/** One listener a connection, however many subscriptions come and go on it. */
const departures = new WeakMap<Connection['extra']['socket'], AbortSignal>();
const departureOf = (socket: Connection['extra']['socket']): AbortSignal => {
  const known = departures.get(socket);
  if (known !== undefined) return known;
  const left = new AbortController();
  socket.once('close', () => left.abort());
  departures.set(socket, left.signal);
  return left.signal;
};

/** What one `subscribe` message asks for, checked; or what is wrong with it. */
const prepare = async (
  graphql: GraphQLServer,
  connection: Connection,
  params: SubscribePayload,
  scope: RequestScope,
): Promise<ExecutionArgs | readonly GraphQLError[]> => {
  if (Object.keys(connection.subscriptions).length > socketLimits.subscriptions) {
    return [
      new GraphQLError(`One connection carries at most ${socketLimits.subscriptions} subscriptions at a time.`, {
        extensions: { code: 'TOO_MANY_SUBSCRIPTIONS', requestId: scope.requestId },
      }),
    ];
  }
  const { schema, execute, subscribe, contextFactory, parse, validate } = graphql.yoga.getEnveloped({
    request: { signal: departureOf(connection.extra.socket) },
    params,
  } as never);
  try {
    const document = parse(params.query);
    const errors = validate(schema, document);
    if (errors.length > 0) return errors.map(stampError);
    const contextValue = { ...((await contextFactory()) as object), scope };
    return {
      schema,
      operationName: params.operationName,
      document,
      variableValues: params.variables,
      contextValue,
      rootValue: { execute, subscribe },
    } as ExecutionArgs;
  } catch (error) {
    if (isGraphQLError(error)) return [stampError(error)];
    throw error;
  }
};

const inItsScope = (args: ExecutionArgs, work: (operation: Operation) => OperationResult): OperationResult => {
  const { scope } = args.contextValue as { readonly scope: RequestScope };
  return requestScope.run(scope, () => work(args as Operation));
};
