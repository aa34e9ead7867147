import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp, type App, type AppOptions } from '../../src/app.ts';
import { loadConfig, type Config } from '../../src/infra/config.ts';
import { createTestDatabase, type TestDatabase } from './cluster.ts';

/** An answer as JSON: its shape is what each test asserts. */
// oxlint-disable-next-line typescript/no-explicit-any -- the shape is the query's, which stands in the test
export type Json = Record<string, any>;

export type GraphQLAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly data?: Json | null;
    readonly errors?: readonly { readonly message: string; readonly path?: readonly (string | number)[]; readonly extensions: Record<string, unknown> }[];
  };
};

export type TestApp = {
  readonly app: App;
  readonly folder: string;
  readonly storeDatabase: TestDatabase;
  ask(query: string, variables?: Readonly<Record<string, unknown>>, headers?: Readonly<Record<string, string>>): Promise<GraphQLAnswer>;
  close(): Promise<void>;
};

/** The very app that `waybill serve` runs, with a store and folders of its own; without a worker unless asked for. */
export const createTestApp = async (
  env: Readonly<Record<string, string>> = {},
  options: AppOptions = { worker: false },
  change: (config: Config) => Config = (config) => config,
): Promise<TestApp> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-app-'));
  await chmod(folder, 0o755);
  const storeDatabase = await createTestDatabase();
  const { config } = await loadConfig({
    cwd: folder,
    env: {
      WAYBILL_ENVIRONMENT: 'testing',
      WAYBILL_LOG_LEVEL: 'silent',
      WAYBILL_STORE_URL: storeDatabase.url,
      WAYBILL_DATA_DIR: join(folder, 'data'),
      WAYBILL_PORT: '0',
      // A test that is about snapshots switches them on.
      DB_EXPORT_ENABLE_AUTO_EXPORT: 'false',
      ...env,
    },
  });
  const app = await createApp(change(config), options);
  return {
    app,
    folder,
    storeDatabase,
    ask: async (query, variables = {}, headers = {}) => {
      const response = await app.fetch(
        new Request('http://localhost/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ query, variables }),
        }),
      );
      return { status: response.status, headers: response.headers, body: (await response.json()) as GraphQLAnswer['body'] };
    },
    close: async () => {
      await app.stop();
      await storeDatabase.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
