import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../domain/refusal.ts';
import type { Metadata } from '../domain/run/events.ts';
import { toAppend } from './commands.ts';
import type { StoreContext } from './context.ts';
import { execute, type Positioned } from './execute.ts';
import { newId } from './log/append.ts';

/** What a download link leads to. */
export type Link = { readonly sha256: string; readonly name: string; readonly expiresAt: string };
export type MadeLink = { readonly linkId: string; readonly expiresAt: string; readonly token: string } & Positioned;

/**
 * Download links. The log says who made one for what; the link itself is nowhere: its token carries what it leads to, signed
 * with a key made of the store's own, so that nothing has to be looked up and nothing can be guessed. It holds until it expires.
 */
export const createLinkStore = (context: StoreContext) => ({
  makeLink: async (asked: Pick<Link, 'sha256' | 'name'> & { readonly hours: number }, meta: Metadata, idempotencyKey?: string): Promise<MadeLink> => {
    const key = signingKey(context);
    const { sha256, name, hours } = asked;
    // The time is part of the answer: the same request gives the same link again.
    const made = await execute(context, { name: 'make link', input: asked, meta, idempotencyKey }, async () => {
      const linkId = newId();
      const stream = `link-${linkId}`;
      const expiresAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + hours * 3_600_000).toISOString();
      const events = toAppend(stream, [{ type: 'LinkMade', data: { sha256, name, expiresAt } }], meta);
      return { events, expected: { [stream]: { kind: 'none' } }, answer: { linkId, expiresAt }, standsAt: 0 };
    });
    return { ...made, token: sign(key, { sha256, name, expiresAt: made.expiresAt }) };
  },
  /** Nothing where the token is none of ours, or has expired. */
  readLink: (token: string, now: Date): Link | undefined => {
    const link = context.secretKey === undefined ? undefined : verify(signingKey(context), token);
    return link !== undefined && now.getTime() < Date.parse(link.expiresAt) ? link : undefined;
  },
});

const signingKey = ({ secretKey }: StoreContext): Uint8Array => {
  if (secretKey === undefined) throw new Refusal('SECRET_KEY_MISSING', 'Links cannot be made: this store was opened without its secret key.');
  return new Uint8Array(hkdfSync('sha256', secretKey, '', 'waybill download links', 32));
};

const macOf = (key: Uint8Array, payload: string): Buffer => createHmac('sha256', key).update(payload).digest();

const sign = (key: Uint8Array, { sha256, name, expiresAt }: Link): string => {
  const payload = Buffer.from(JSON.stringify([sha256, name, Date.parse(expiresAt) / 1000])).toString('base64url');
  return `${payload}.${macOf(key, payload).toString('base64url')}`;
};

const verify = (key: Uint8Array, token: string): Link | undefined => {
  const [, payload, mac] = /^([\w-]{1,4000})\.([\w-]{43})$/.exec(token) ?? [];
  if (payload === undefined || mac === undefined) return undefined;
  if (!timingSafeEqual(Buffer.from(mac, 'base64url'), macOf(key, payload))) return undefined;
  // What we signed has the shape that we gave it.
  const [sha256, name, expires] = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as [string, string, number];
  return { sha256, name, expiresAt: new Date(expires * 1000).toISOString() };
};
