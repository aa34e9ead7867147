import pg from 'pg';

/**
 * One connection that LISTENs. A notification is only a wake-up: it may be lost without harm, because whoever is woken
 * reads again from its own cursor, and everyone is woken after each reconnect.
 */
export type Listener = {
  onWake(channel: string, wake: (payload: string) => void): () => void;
  close(): Promise<void>;
};

const firstDelayMs = 100;
const longestDelayMs = 5000;

export const openListener = async (url: string, options: { readonly purpose: string; readonly channels: readonly string[] }): Promise<Listener> => {
  const wakes = new Map<string, Set<(payload: string) => void>>(options.channels.map((channel) => [channel, new Set()]));
  let closed = false;
  let current: pg.Client | undefined;
  let retry: NodeJS.Timeout | undefined;

  const wakeAll = (): void => wakes.forEach((set) => set.forEach((wake) => wake('')));

  const connect = async (): Promise<void> => {
    const client = new pg.Client({
      connectionString: url,
      application_name: `waybill ${options.purpose} listen`,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5000,
      connectionTimeoutMillis: 10_000,
    });
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      if (current === client) current = undefined;
      void client.end().catch(() => undefined);
      if (!closed) reconnect(firstDelayMs);
    };
    client.on('notification', ({ channel, payload }) => wakes.get(channel)?.forEach((wake) => wake(payload ?? '')));
    try {
      await client.connect();
      client.on('error', end);
      client.on('end', end);
      await client.query(options.channels.map((channel) => `listen ${pg.escapeIdentifier(channel)}`).join('; '));
      current = client;
      if (closed) await client.end();
    } catch (error) {
      ended = true;
      await client.end().catch(() => undefined);
      throw error;
    }
  };

  const reconnect = (delayMs: number): void => {
    retry = setTimeout(() => {
      connect().then(wakeAll, () => (closed ? undefined : reconnect(Math.min(delayMs * 2, longestDelayMs))));
    }, delayMs);
    retry.unref();
  };

  await connect();
  return {
    onWake: (channel, wake) => {
      const set = wakes.get(channel);
      if (set === undefined) throw new Error(`Channel ${channel} is not listened to`);
      set.add(wake);
      return () => void set.delete(wake);
    },
    close: async () => {
      closed = true;
      clearTimeout(retry);
      await current?.end().catch(() => undefined);
    },
  };
};
