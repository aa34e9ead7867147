import { openKeyring } from './events/keyring.ts';
import type { Store } from './events/store.ts';
import type { Config } from './infra/config.ts';
import { createAccessLog, type NoteRefused } from './infra/http/access-log.ts';
import { createAdmit, type Admit } from './infra/http/admit.ts';
import { createAuthenticate } from './infra/http/authenticate.ts';
import { failureForLog, type Logger } from './infra/http/logger.ts';
import { createRates, type Rates } from './infra/http/rate-limit.ts';
import { currentRequestId } from './infra/http/request-scope.ts';
import { createSignatureCheck } from './infra/http/signature.ts';

/** Who is let in: put together when somebody comes over HTTP; a command in process does without it. */
export type Access = { readonly admit: Admit; readonly rates: Rates; readonly noteRefused: NoteRefused; stop(): Promise<void> };

export const openAccess = ({ config, store, logger }: { readonly config: Config; readonly store: Store; readonly logger: Logger }): Access => {
  const onError = (error: unknown): void => logger.error({ failure: failureForLog(error) }, 'access');
  const keyring = openKeyring(store, onError);
  const rates = createRates(config.access);
  const log = createAccessLog(
    ({ count, ...refused }) =>
      store.refusedAccess(
        { ...refused, count },
        {
          actor: refused.key ?? 'nobody',
          ...(refused.key === undefined ? {} : { apiKey: refused.key }),
          requestId: currentRequestId(),
          client: refused.door === 'socket' || refused.door === 'graphql' ? 'graphql' : 'http',
        },
      ),
    onError,
  );
  const admit = createAdmit({
    authenticate: createAuthenticate(config.apiSecretKey),
    secretKey: config.apiSecretKey,
    keyring,
    rates,
    checkSignature: createSignatureCheck(() => Date.now()),
    requireSignatures: config.access.requireSignatures,
    noteRefused: log.note,
  });
  return {
    admit,
    rates,
    noteRefused: log.note,
    stop: async () => {
      keyring.stop();
      await log.stop();
    },
  };
};
