import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Refusal } from '../domain/refusal.ts';
import { sql, type Statement } from '../infra/postgres/sql.ts';
import type { StoreContext } from './context.ts';

/**
 * URLs of databases that were given by URL and not in the settings. They are beside the log, not in it: no event, no
 * answer, no message holds one. Sealed with AES-256-GCM when the store was opened with a key, which lives outside the
 * database; without a key they are stored as they are.
 */
export const saveDatabaseUrl = async (context: StoreContext, name: string, url: string): Promise<void> => {
  const sealed = context.secretKey !== undefined;
  await context.queries.run(putSecret(name, sealed ? seal(context.secretKey, name, Buffer.from(url, 'utf8')) : Buffer.from(url, 'utf8'), sealed));
};

export const readDatabaseUrl = async (context: StoreContext, name: string): Promise<string | undefined> => {
  const row = await context.queries.maybeOne<{ url: Buffer; sealed: boolean }>(getSecret(name));
  if (row === undefined) return undefined;
  if (!row.sealed) return row.url.toString('utf8');
  if (context.secretKey === undefined)
    throw new Refusal(
      'SECRET_KEY_MISSING',
      `The URL of ${name} is sealed and the key is not there. Start with the data folder that sealed it, or give the URL again.`,
    );
  try {
    return unseal(context.secretKey, name, row.url).toString('utf8');
  } catch (cause) {
    throw Object.assign(
      new Refusal('SECRET_KEY_WRONG', `The URL of ${name} was sealed with another key. Start with the data folder that sealed it, or give the URL again.`),
      { cause },
    );
  }
};

/** AES-256-GCM; `name` is what the text belongs to, and part of what is proven. */
export const seal = (key: Uint8Array, name: string, text: Uint8Array): Buffer => {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name, 'utf8'));
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
};

/** Throws when it was sealed with another key, for another name, or altered. */
export const unseal = (key: Uint8Array, name: string, sealed: Buffer): Buffer => {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(Buffer.from(name, 'utf8')).setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
};

const putSecret = (name: string, url: Buffer, sealed: boolean): Statement => sql`/* events.secrets.put-secret */
insert into waybill.database_secret (name, url, sealed, at) values (${name}, ${url}, ${sealed}, pg_catalog.clock_timestamp())
on conflict (name) do update set url = excluded.url, sealed = excluded.sealed, at = excluded.at`;

const getSecret = (name: string): Statement => sql`/* events.secrets.get-secret */
select url, sealed from waybill.database_secret where name = ${name}`;
