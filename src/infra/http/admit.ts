import { allScopes, everything, type Door } from '../../domain/key/key.ts';
import type { Authenticate, Credentials } from './authenticate.ts';
import type { RequestCaller } from './request-scope.ts';

/** One request at one door, before its body is read. */
export type Asking = Credentials & {
  readonly address: string;
  readonly door: Door;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly signature?: string | null;
  /** Cost units that letting it in takes. */
  readonly cost: number;
};
export type Denied = { readonly denied: string; readonly code: string; readonly status: 401 | 403 | 429; /** Seconds. */ readonly retryAfter?: number };
export type Admit = (asking: Asking) => Promise<RequestCaller | Denied>;

/** Who is let in, for every door. */
export const createAdmit =
  (authenticate: Authenticate): Admit =>
  async (asking) => {
    const found = authenticate(asking);
    return 'denied' in found ? { ...found, code: 'UNAUTHENTICATED' } : { ...found, scopes: allScopes, reach: everything };
  };
