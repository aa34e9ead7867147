import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A network between two machines: slow if told so, and now and then gone without a word, as when a cable is pulled. */
export type Network = {
  readonly url: string;
  /** Connections that are open stay open and carry nothing ever again; new ones are taken and carry nothing, until `heal`. */
  goSilent(): void;
  heal(): void;
  close(): Promise<void>;
};

const carry = (from: Socket, to: Socket, isDead: () => boolean, bytesPerSecond: number): void => {
  from.on('data', (chunk: Buffer) => {
    from.pause();
    if (isDead()) return;
    setTimeout(
      () => {
        if (isDead() || to.destroyed) return;
        to.write(chunk);
        from.resume();
      },
      (chunk.length / bytesPerSecond) * 1000,
    );
  });
  from.on('close', () => isDead() || to.destroy());
  from.on('error', () => isDead() || to.destroy());
};

export const silentProxy = async (target: string, bytesPerSecond = Number.POSITIVE_INFINITY): Promise<Network> => {
  const { hostname, port } = new URL(target);
  const open = new Set<{ dead: boolean; readonly ends: readonly Socket[] }>();
  let isSilent = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const pair = { dead: isSilent, ends: [client, upstream] };
    open.add(pair);
    carry(client, upstream, () => pair.dead, bytesPerSecond);
    carry(upstream, client, () => pair.dead, bytesPerSecond);
    client.on('close', () => open.delete(pair));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    goSilent: () => {
      isSilent = true;
      for (const pair of open) pair.dead = true;
    },
    heal: () => {
      isSilent = false;
    },
    close: async () => {
      for (const { ends } of open) for (const end of ends) end.destroy();
      await new Promise((done) => server.close(done));
    },
  };
};
