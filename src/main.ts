import { createApp } from './app.ts';
import { loadConfig, type Config } from './infra/config.ts';
import { createLogger, failureForLog } from './infra/http/logger.ts';
import { Failure } from './domain/refusal.ts';

/** The server until it is told to stop: once to finish what it does, twice to leave at once. */
export const runServer = async (config: Config): Promise<void> => {
  const logger = createLogger(config.logLevel === 'silent' ? 'silent' : config.logLevel);
  // A half-alive worker is worse than none: whoever supervises us starts a whole one.
  process.on('uncaughtException', (error) => {
    logger.fatal({ failure: failureForLog(error) }, 'an error that nobody caught');
    process.exit(1);
  });
  const app = await createApp(config, { logger });
  const told = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve(signal));
  });
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
    process.exit(1);
  }
}
