import { createServer, request as forward, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy before a server that says something else now and then, loses answers, and remembers what was asked. */
export type Moody = { readonly url: string; readonly asked: readonly Asked[]; close(): Promise<void> };
export type Asked = { readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers']; readonly bytes: number };
/** `lost`: the server has the request, the caller gets no answer. `cut`: nobody gets anything; `silent`: and nobody is told. */
export type Mood =
  | undefined
  | 'lost'
  | 'cut'
  | 'silent'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

const readAll = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
};

export const moodyProxy = async (target: string, moodFor: (asked: Asked, count: number) => Mood = () => undefined, prefix = ''): Promise<Moody> => {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readAll(request).catch(() => Buffer.alloc(0));
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, bytes: body.length };
      asked.push(one);
      const mood = moodFor(one, asked.length);
      if (mood === 'cut') return void request.socket.destroy();
      if (mood === 'silent') return;
      if (typeof mood === 'object') return void response.writeHead(mood.status, mood.headers).end(mood.body);
      if (!one.path.startsWith(prefix)) return void response.writeHead(404).end('<html>not here</html>');
      const passed = forward(new URL(one.path.slice(prefix.length), target), { method: one.method, headers: request.headers }, (answer) => {
        if (mood === 'lost') {
          answer.resume();
          answer.on('end', () => request.socket.destroy());
          return;
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.on('error', () => response.writeHead(502).end());
      passed.end(body);
    })();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    asked,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};
