import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSignatureCheck, signingKeyOf, signRequest } from '../../../src/infra/http/signature.ts';

const key = 'a key of somebody';
const bodySha256 = createHash('sha256').update('body').digest('hex');
const start = Date.parse('2026-11-21T09:00:00Z');
let serial = 0;
const signed = (more: Partial<Parameters<typeof signRequest>[1]> = {}): string =>
  signRequest(key, { method: 'POST', path: '/api/upload/?name=x', bodySha256, now: start, nonce: `nonce-of-sixteen-${(serial += 1)}`, ...more });
const checkAt = (now: number, most?: number) => createSignatureCheck(() => now, most);
const asked = (header: string) => ({ header, signing: signingKeyOf(key), method: 'POST', path: '/api/upload/?name=x' });

describe('a signed request', () => {
  it('is accepted with the hash of its body', () => expect(checkAt(start)(asked(signed()))).toEqual({ bodyHash: bodySha256 }));

  it.each([
    ['another path', { path: '/api/upload/?name=y' }],
    ['another method', { method: 'PUT' }],
    ['another key', { signing: signingKeyOf('another key') }],
    ['no signature at all', { header: 'v1=deadbeef' }],
  ])('is wrong with %s', (_what, change) => expect(checkAt(start)({ ...asked(signed()), ...change })).toBe('SIGNATURE_WRONG'));

  it('is wrong when time, nonce or body hash were altered', () => {
    const header = signed();
    for (const altered of [
      header.replace(/t=\d+/, `t=${start / 1000 + 1}`),
      header.replace('n=nonce', 'n=nouce'),
      header.replace(/b=./, (part) => (part === 'b=0' ? 'b=1' : 'b=0')),
    ])
      expect(checkAt(start)(asked(altered))).toBe('SIGNATURE_WRONG');
  });

  it('is too old after five minutes, and too new before them', () => {
    expect(checkAt(start + 300_000)(asked(signed()))).toHaveProperty('bodyHash');
    expect(checkAt(start + 301_000)(asked(signed()))).toBe('SIGNATURE_OLD');
    expect(checkAt(start - 301_000)(asked(signed()))).toBe('SIGNATURE_OLD');
  });

  it('is accepted once', () => {
    const check = checkAt(start);
    const header = signed();
    expect(check(asked(header))).toHaveProperty('bodyHash');
    expect(check(asked(header))).toBe('SIGNATURE_REPEATED');
  });

  it('is not accepted twice either when so many came that the first was forgotten', () => {
    let now = start;
    const check = createSignatureCheck(() => now, 3);
    const first = signed();
    expect(check(asked(first))).toHaveProperty('bodyHash');
    for (let more = 0; more < 5; more += 1) {
      now += 1000;
      expect(check(asked(signed({ now })))).toHaveProperty('bodyHash');
    }
    expect(check(asked(first))).toBe('SIGNATURE_OLD');
  });
});
