import { createServer, connect, type Socket } from 'node:net';

/**
 * What a pooler in transaction mode does, and no more: a client gets an idle server session when it speaks, the one that
 * was used last first, and gives it back when PostgreSQL says that no transaction is open.
 */
export const startTransactionPooler = async (url: string): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const idle: Server[] = [];
  type Server = { readonly socket: Socket; deliver: (data: Buffer) => void };
  const startServer = (startup: Buffer): Promise<Server> =>
    new Promise((resolve) => {
      const socket = connect(Number(target.port), target.hostname);
      sockets.add(socket);
      const server: Server = { socket, deliver: () => undefined };
      let greeting = Buffer.alloc(0);
      let ready = false;
      socket.on('connect', () => socket.write(startup));
      socket.on('data', (data) => {
        if (ready) return server.deliver(data);
        greeting = Buffer.concat([greeting, data]);
        ready = endsIdle(greeting);
        if (ready) resolve(server);
      });
      socket.on('error', () => undefined);
    });
  const pooler = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    let startup: Buffer | undefined;
    let server: Server | undefined;
    let work = Promise.resolve();
    client.on('data', (data) => {
      work = work.then(async () => {
        if (startup === undefined) {
          startup = data;
          client.write(greet());
          return;
        }
        if (data[0] === 'X'.charCodeAt(0)) return void client.end();
        server ??= idle.pop() ?? (await startServer(startup));
        const mine = server;
        mine.deliver = (answer) => {
          client.write(answer);
          if (!endsIdle(answer)) return;
          idle.push(mine);
          server = undefined;
        };
        mine.socket.write(data);
      });
    });
  });
  await new Promise<void>((resolve) => pooler.listen(0, '127.0.0.1', resolve));
  const address = pooler.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const own = new URL(url);
  own.host = `127.0.0.1:${port}`;
  return {
    url: own.href,
    stop: async () => {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => pooler.close(resolve));
    },
  };
};

/** ReadyForQuery outside of a transaction: `Z`, length 5, `I`. */
const endsIdle = (data: Buffer): boolean => data.subarray(-6).equals(Buffer.from([0x5a, 0, 0, 0, 5, 0x49]));

/** AuthenticationOk, BackendKeyData with a process id of our own, ReadyForQuery. */
const greet = (): Buffer => Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x4b, 0, 0, 0, 12, 0x7f, 0, 0, 1, 0, 0, 0, 7, 0x5a, 0, 0, 0, 5, 0x49]);
