import { setTimeout } from 'node:timers/promises';
import { failureForLog, type Logger } from '../infra/http/logger.ts';
import { removeOldNonces } from '../infra/folders/nonce.ts';
import { removeOld, type RetentionConfig } from '../infra/folders/retention.ts';
import type { Metadata } from '../domain/run/events.ts';
import type { Store } from './store.ts';

type Parts = { readonly store: Store; readonly logger: Logger; readonly config: RetentionConfig };

const meta: Metadata = { actor: 'retention', requestId: 'retention', client: 'server' };

/** One round: what is removed is in the log. */
const applyRetention = async ({ store, logger, config }: Parts, now: number): Promise<void> => {
  await removeOldNonces(config.exchangeDir, now);
  for await (const removed of removeOld(config, now)) {
    await store.retentionApplied(removed, meta);
    logger.info({ folder: removed.folder, files: removed.files.length, bytes: removed.bytes }, 'old files were removed');
  }
};

const hourMs = 3_600_000;

/** At start and every hour. */
export const retentionService = async (parts: Parts): Promise<{ stop(): Promise<void> }> => {
  const stopping = new AbortController();
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await applyRetention(parts, Date.now()).catch((error: unknown) => parts.logger.error({ failure: failureForLog(error) }, 'retention'));
      await setTimeout(hourMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  };
  const ended = work();
  return {
    stop: async () => {
      stopping.abort();
      await ended;
    },
  };
};
