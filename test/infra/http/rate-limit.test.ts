import { describe, expect, it } from 'vitest';
import { countedAddress, createClientAddress } from '../../../src/infra/http/address.ts';
import { createRates, failuresPerMinute } from '../../../src/infra/http/rate-limit.ts';

describe('rates', () => {
  it('let through what a minute holds, by cost, and say then how long to wait', async () => {
    const rates = createRates({ rateLimit: 10, rateLimitAddress: 100 });
    expect(await rates.ofKey('a', 4)).toBeUndefined();
    expect(await rates.ofKey('a', 6)).toBeUndefined();
    const wait = await rates.ofKey('a', 1);
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(await rates.ofKey('b', 10)).toBeUndefined();
  });

  it('let something through once a minute that costs more than a minute holds', async () => {
    const rates = createRates({ rateLimit: 10, rateLimitAddress: 0 });
    expect(await rates.ofKey('a', 500)).toBeUndefined();
    expect(await rates.ofKey('a', 1)).toBeGreaterThan(0);
  });

  it('have no limit where it is 0', async () => {
    const rates = createRates({ rateLimit: 0, rateLimitAddress: 0 });
    for (let times = 0; times < 50; times += 1) expect(await rates.ofAddress('192.0.2.1', 1000)).toBeUndefined();
  });

  it('shut an address that shows too many wrong keys, and no other', async () => {
    const rates = createRates({ rateLimit: 10, rateLimitAddress: 10 });
    for (let times = 0; times < failuresPerMinute; times += 1) await rates.failed('192.0.2.1');
    expect(await rates.isShut('192.0.2.1')).toBeGreaterThan(0);
    expect(await rates.isShut('192.0.2.2')).toBeUndefined();
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:db8:0:0::/64'],
    ['2001:0db8:1::', '2001:db8:1:0::/64'],
    ['local', 'local'],
  ])('count %s as %s', (address, counted) => expect(countedAddress(address)).toBe(counted));
});

describe('the address of a client', () => {
  const behind = createClientAddress(['10.0.0.0/8', '::1']);
  it.each([
    ['what a stranger says of itself is not believed', '203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['a trusted proxy is asked for the one before it', '10.0.0.5', '198.51.100.1', '198.51.100.1'],
    ['what was said before an untrusted hop is not believed', '10.0.0.5', '127.0.0.1, 198.51.100.1', '198.51.100.1'],
    ['several trusted proxies are passed', '::ffff:10.0.0.5', '198.51.100.1, 10.1.1.1', '198.51.100.1'],
    ['a header without an address counts for nothing', '10.0.0.5', 'unknown', '10.0.0.5'],
    ['without a header it is who is connected', '10.0.0.5', undefined, '10.0.0.5'],
  ])('%s', (_what, socket, header, address) => expect(behind(socket, header)).toBe(address));

  it('is who is connected where no proxy is trusted', () => expect(createClientAddress([])('127.0.0.1', '198.51.100.1')).toBe('127.0.0.1'));
});
