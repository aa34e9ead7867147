import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '../../domain/refusal.ts';
import type { Authenticate } from './authenticate.ts';
import type { GraphQLServer } from './graphql-server.ts';
import type { Logger } from './logger.ts';
import { newScope, requestScope } from './request-scope.ts';
import { serveSockets } from './websocket.ts';

export type ListenOptions = {
  readonly graphql: GraphQLServer;
  readonly authenticate: Authenticate;
  readonly logger: Logger;
  readonly host: string;
  readonly port: number;
  readonly maxPayloadBytes: number;
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

export const listen = async ({ graphql, authenticate, logger, host, port, maxPayloadBytes }: ListenOptions): Promise<Listening> => {
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 15_000, keepAliveTimeout: 10_000, maxHeaderSize: 16 * 1024 }, (request, response) => {
    const id = request.headers['x-request-id'];
    const isMultipart = /^multipart\//i.test(request.headers['content-type'] ?? '');
    if (request.headers['transfer-encoding'] !== undefined && !isMultipart) {
      response
        .writeHead(411, { 'content-type': 'application/json', connection: 'close' })
        .end('{"errors":[{"message":"Send the body with a content-length.","extensions":{"code":"LENGTH_REQUIRED"}}]}');
      return;
    }
    requestScope.run(newScope(typeof id === 'string' ? id : null), () => void graphql.yoga(request, response));
  });
  const { port: actual } = await start(server, host, port);
  const sockets = serveSockets({ server, graphql, authenticate, logger, maxPayloadBytes });
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
