import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from './network-address.ts';

/** The name of the key that `API_SECRET_KEY` sets: what the log shows as the actor. */
export const firstKeyName = 'API_SECRET_KEY';

export type Credentials = {
  readonly authorization: string | null | undefined;
  readonly apiKey: string | null | undefined;
  readonly host: string | null | undefined;
};
type Authenticated = { readonly actor: string; readonly apiKey?: string };
type Unknown = { readonly denied: string; readonly status: 401 | 403 };
export type Authenticate = (credentials: Credentials) => Authenticated | Unknown;

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();

export const shownKey = ({ authorization, apiKey }: Credentials): string | undefined => {
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  return bearer ?? (apiKey === null || apiKey === undefined || apiKey === '' ? undefined : apiKey);
};

const hostName = (host: string): string => (host.startsWith('[') ? host.slice(1, host.indexOf(']')) : (host.split(':')[0] ?? ''));

/**
 * With a configured key every request must show it. Without one only this machine may ask, and only under a name that
 * means this machine: a page from elsewhere whose name was rebound to 127.0.0.1 has its own name in `Host`.
 */
export const createAuthenticate = (secretKey: string | undefined): Authenticate => {
  const expected = secretKey === undefined ? undefined : digest(secretKey);
  return (credentials) => {
    if (expected === undefined) {
      const host = credentials.host ?? 'localhost';
      return isLoopback(hostName(host)) ? { actor: 'local' } : { denied: 'Without an API key this server answers under the name localhost only.', status: 403 };
    }
    const shown = shownKey(credentials);
    if (shown === undefined) return { denied: 'An API key is required: send it as `Authorization: Bearer KEY` or as `X-API-Key: KEY`.', status: 401 };
    return timingSafeEqual(digest(shown), expected) ? { actor: firstKeyName, apiKey: firstKeyName } : { denied: 'The API key is not valid.', status: 401 };
  };
};
