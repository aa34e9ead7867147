import { Refusal } from '../../domain/refusal.ts';

/**
 * A database's URL as somebody typed it (CHECKS S77): host, port, user, password, database, and nothing that makes the
 * client read files, speak to a socket or run settings.
 */
const allowedParameters = new Set(['sslmode', 'application_name', 'connect_timeout']);
const sslModes = new Set(['disable', 'require', 'verify-full']);

export const isDatabaseUrl = (text: string): boolean => /^postgres(ql)?:/i.test(text);

const refused = (reason: string): Refusal => new Refusal('DATABASE_URL_REFUSED', `The database URL is refused: ${reason}`);

const checkParameters = (parameters: URLSearchParams): void => {
  for (const [name, value] of parameters) {
    if (!allowedParameters.has(name))
      throw refused(`the parameter ${JSON.stringify(name.slice(0, 40))} is not allowed. Allowed are ${[...allowedParameters].join(', ')}.`);
    if (name === 'sslmode' && !sslModes.has(value)) {
      throw refused(
        `sslmode must be one of ${[...sslModes].join(', ')}. Waybill checks the server's certificate and name under require and verify-full alike.`,
      );
    }
    if (name === 'connect_timeout' && !/^\d{1,4}$/.test(value)) throw refused('connect_timeout is a number of seconds.');
  }
};

export const parseDatabaseUrl = (text: string): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !isDatabaseUrl(text)) throw refused('it must look like postgres://user:password@host:5432/database.');
  if (url.hostname === '' || /%2f/i.test(url.hostname) || url.hostname.startsWith('/')) throw refused('it must name a host; unix sockets are not used.');
  if (url.hostname.includes(',') || url.hash !== '') throw refused('it must name one host and have no fragment.');
  if (url.pathname.length < 2 || url.pathname.slice(1).includes('/')) throw refused('it must end in the name of one database.');
  checkParameters(url.searchParams);
  return url;
};

/** What may be shown, logged and used as a name: no password, no parameters. */
export const maskDatabaseUrl = (text: string): string => {
  if (!URL.canParse(text)) return 'postgres://***';
  const url = new URL(text);
  const user = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : ':***'}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}`;
};

/** The name under which a database given by URL is known: who connects, where, to what. */
export const nameOfUrl = (url: URL): string =>
  `${url.username === '' ? '' : `${decodeURIComponent(url.username)}@`}${url.hostname}:${url.port === '' ? '5432' : url.port}/${decodeURIComponent(url.pathname.slice(1))}`;
