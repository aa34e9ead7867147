import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '../../domain/refusal.ts';
import { createClientAddress, type ClientAddress } from './address.ts';
import type { Admit } from './admit.ts';
import type { GraphQLServer } from './graphql-server.ts';
import { failureForLog, type Logger } from './logger.ts';
import { currentRequestId, newScope, requestScope } from './request-scope.ts';
import { serveSockets } from './websocket.ts';

/** A part of the server's paths, answered without GraphQL. It lets nobody in by itself: `handle` asks `admit`. */
export type Route = {
  /** Without a slash at its end: `/api/upload`. */
  readonly prefix: string;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
};

export type ListenOptions = {
  readonly graphql: GraphQLServer;
  readonly admit: Admit;
  /** What is answered beside GraphQL; the first whose prefix fits. */
  readonly routes: readonly Route[];
  readonly logger: Logger;
  readonly host: string;
  readonly port: number;
  readonly maxPayloadBytes: number;
  /** How long a route waits for the next byte. */
  readonly idleSeconds: number;
  /** Default: of whoever is connected. */
  readonly clientAddress?: ClientAddress;
};
export type Listening = { readonly url: string; stop(): Promise<void> };

const start = (server: Server, host: string, port: number): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new Fault('PORT_UNAVAILABLE', `The server cannot listen on ${host}:${port}: ${error.message}. Choose another port with --port.`, { cause: error }),
      ),
    );
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no address'));
      else resolve(address);
    });
  });

const answer = (response: ServerResponse, status: number, code: string, message: string): void => {
  if (response.headersSent) return void response.destroy();
  const body = JSON.stringify({ errors: [{ message, extensions: { code, requestId: currentRequestId() } }] });
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', connection: 'close' }).end(body);
};

/** Each body of GraphQL has this long; a route waits as long as bytes come. */
const bodyDeadlineMs = 60_000;

const serveGraphql = (graphql: GraphQLServer, request: IncomingMessage, response: ServerResponse): void => {
  const isMultipart = /^multipart\//i.test(request.headers['content-type'] ?? '');
  if (request.headers['transfer-encoding'] !== undefined && !isMultipart)
    return answer(response, 411, 'LENGTH_REQUIRED', 'Send the body with a content-length.');
  // Answers may take as long as they like: subscriptions have no end of their own.
  const late = setTimeout(() => request.complete || request.destroy(), bodyDeadlineMs);
  response.once('close', () => clearTimeout(late));
  void graphql.yoga(request, response);
};

const serveRoute = ({ logger, idleSeconds }: ListenOptions, route: Route, request: IncomingMessage, response: ServerResponse): void => {
  for (const [name, value] of Object.entries(routeHeaders)) response.setHeader(name, value);
  response.setHeader('x-request-id', currentRequestId());
  request.setTimeout(idleSeconds * 1000, () => {
    if (!request.complete) answer(response, 408, 'UPLOAD_STALLED', `Nothing came for ${idleSeconds} seconds.`);
    // Without a byte either way while the body is whole, it is we who work.
    else if (response.headersSent) response.destroy();
  });
  route.handle(request, response).catch((error: unknown) => {
    logger.error({ failure: failureForLog(error) }, 'a route');
    answer(response, 500, 'INTERNAL', 'Something went wrong here; the server’s log has it under the request id.');
  });
};

const routeHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

const directAddress = createClientAddress([]);

const isBelow = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`);

const serve = (options: ListenOptions, request: IncomingMessage, response: ServerResponse): void => {
  const id = request.headers['x-request-id'];
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const route = options.routes.find(({ prefix }) => isBelow(path, prefix));
  const address = (options.clientAddress ?? directAddress)(request.socket.remoteAddress, request.headers['x-forwarded-for']);
  requestScope.run(newScope(typeof id === 'string' ? id : null, address), () =>
    route === undefined ? serveGraphql(options.graphql, request, response) : serveRoute(options, route, request, response),
  );
};

export const listen = async (options: ListenOptions): Promise<Listening> => {
  const { graphql, admit, logger, host, port, maxPayloadBytes } = options;
  const limits = { requestTimeout: 0, headersTimeout: 15_000, keepAliveTimeout: 10_000, maxHeaderSize: 16 * 1024 };
  const server = createServer(limits, (request, response) => serve(options, request, response));
  const { port: actual } = await start(server, host, port);
  const sockets = serveSockets({ server, graphql, admit, logger, maxPayloadBytes, clientAddress: options.clientAddress ?? directAddress });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await sockets.close();
      server.closeIdleConnections();
      // Subscriptions by server-sent events have no end of their own.
      const patience = setTimeout(() => server.closeAllConnections(), 1000);
      await closed;
      clearTimeout(patience);
    },
  };
};
