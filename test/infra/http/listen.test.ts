import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allScopes, everything } from '../../../src/domain/key/key.ts';
import type { GraphQLServer } from '../../../src/infra/http/graphql-server.ts';
import { listen, type Listening, type Route } from '../../../src/infra/http/listen.ts';
import { createLogger } from '../../../src/infra/http/logger.ts';
import { currentRequestId } from '../../../src/infra/http/request-scope.ts';

const echo: Route = {
  prefix: '/api/echo',
  handle: async (request, response) => {
    if (request.url === '/api/echo/broken') throw new Error('a secret');
    response.end(`${request.method} ${currentRequestId()} ${(await text(request)).length}`);
  },
};

describe('the door', () => {
  let door: Listening;
  beforeAll(async () => {
    const graphql = { yoga: (_request: unknown, response: { end(body: string): void }) => response.end('graphql') } as unknown as GraphQLServer;
    door = await listen({
      graphql,
      admit: async () => ({ actor: 'local', scopes: allScopes, reach: everything }),
      routes: [echo],
      logger: createLogger('silent'),
      host: '127.0.0.1',
      port: 0,
      maxPayloadBytes: 1000,
      idleSeconds: 0.2,
    });
  });
  afterAll(() => door.stop());

  /** All that comes back on one connection. */
  const send = async (raw: string): Promise<string> => {
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
    socket.write(raw);
    return text(socket);
  };
  const chunked = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;

  it('gives a path to the first route whose prefix fits, in its request scope, and all else to GraphQL', async () => {
    const answer = await fetch(`${door.url}/api/echo/x?y=1`, { method: 'POST', body: 'abc', headers: { 'x-request-id': 'request-0001' } });
    expect(await answer.text()).toBe('POST request-0001 3');
    expect(answer.headers.get('x-request-id')).toBe('request-0001');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    for (const other of ['/graphql', '/api/echoes', '/api']) expect(await (await fetch(door.url + other)).text()).toBe('graphql');
  });

  it('takes a body of unknown length on a route only', async () => {
    expect(await send(`${chunked('/api/echo')}4\r\nabcd\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1.1 200 [^]* 4$/);
    expect(await send(`${chunked('/graphql')}4\r\nabcd\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1.1 411 [^]*LENGTH_REQUIRED/);
  });

  it('breaks off a body that stops coming', async () => {
    expect(await send(`${chunked('/api/echo')}4\r\nab`)).toMatch(/^HTTP\/1.1 408 [^]*UPLOAD_STALLED/);
  });

  it('tells nothing of an error but the id under which the log has it', async () => {
    const answer = await fetch(`${door.url}/api/echo/broken`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('secret');
  });
});
