import { createApp, type App } from './app.ts';
import { loadConfig, type Config } from './infra/config.ts';
import { createLogger, failureForLog } from './infra/http/logger.ts';
import { Failure } from './domain/refusal.ts';
import type { SeedStart } from './infra/seed/at-start.ts';
import { reportOf } from './infra/seed/report.ts';

const recordSeed = async ({ store }: App, { outcome }: SeedStart): Promise<void> => {
  const report = outcome === undefined ? undefined : reportOf(outcome);
  if (report !== undefined) await store.seedSynced(report, { actor: 'seed', requestId: 'start', client: 'server' });
};

const recordStopped = async (config: Config, seeded: SeedStart): Promise<void> => {
  if (seeded.outcome === undefined) return;
  const app = await createApp(config, { worker: false });
  try {
    await recordSeed(app, seeded);
  } finally {
    await app.stop();
  }
};

/** The initial data of the release, before a worker takes a run or a client is let in. */
const seedAtStart = async (config: Config): Promise<SeedStart> => {
  if (config.seed.to === undefined || !config.roles.includes('server')) return {};
  const { syncAtStart } = await import('./infra/seed/at-start.ts');
  const seeded = await syncAtStart(config.seed);
  if (seeded.stop === undefined) return seeded;
  // Reported beside the failed sync, never over it.
  await recordStopped(config, seeded).catch((error: unknown) =>
    process.stderr.write(`The failed sync is not in the log: ${error instanceof Error ? error.message : String(error)}\n`),
  );
  throw seeded.stop;
};

/** The server until it is told to stop: once to finish what it does, twice to leave at once. */
export const runServer = async (config: Config): Promise<void> => {
  const logger = createLogger(config.logLevel === 'silent' ? 'silent' : config.logLevel);
  // A half-alive worker is worse than none: whoever supervises us starts a whole one.
  process.on('uncaughtException', (error) => {
    logger.fatal({ failure: failureForLog(error) }, 'an error that nobody caught');
    process.exit(1);
  });
  const seeded = await seedAtStart(config);
  const app = await createApp(config, { logger });
  const told = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
  });
  await recordSeed(app, seeded);
  const hasDoor = config.roles.includes('server');
  const url = hasDoor ? (await app.listen()).url : undefined;
  process.stderr.write(url === undefined ? 'waybill works off runs; it has no door\n' : `waybill listens on ${url}/graphql\n`);
  logger.info({ ...(url === undefined ? {} : { url }), roles: config.roles.join(',') }, 'started');
  const signal = await told;
  for (const again of ['SIGINT', 'SIGTERM'] as const) process.on(again, () => process.exit(1));
  logger.info({ signal }, 'stopping');
  await app.stop();
};

if (import.meta.main) {
  try {
    await runServer((await loadConfig()).config);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Failure ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
    process.exit(error instanceof Failure && error.code === 'SEED_PARTIAL' ? 23 : 1);
  }
}
