import { describe, expect, test } from 'vitest';
import { isDatabaseUrl, maskDatabaseUrl, nameOfUrl, parseDatabaseUrl } from '../../../src/infra/http/database-url.ts';
import { checkOutward, isInward, pinAddress } from '../../../src/infra/http/network-address.ts';

test.each([
  'postgres://h/d?host=/var/run/postgresql',
  'postgres://h/d?sslkey=/etc/ssl/private/key.pem',
  'postgres://h/d?sslrootcert=/etc/passwd',
  'postgres://h/d?options=-c%20search_path%3Devil',
  'postgres://h/d?passfile=/root/.pgpass',
  'postgres://h/d?service=x',
  'postgres://h/d?sslmode=prefer',
  'postgres://h/d?uselibpqcompat=true',
  'postgres://%2Fvar%2Frun%2Fpostgresql/d',
  'postgres:///d',
  'postgres://h',
  'postgres://h/',
  'postgres://h/a/b',
  'postgres://a,b/d',
  'postgres://h/d#f',
  'mysql://h/d',
  'postgres:d',
])('%s is refused', (url) => {
  expect(() => parseDatabaseUrl(url)).toThrow(expect.objectContaining({ code: 'DATABASE_URL_REFUSED' }));
});

test('a refusal repeats no password', () => {
  expect(() => parseDatabaseUrl('postgres://me:hunter2@h/d?passfile=x')).not.toThrow(/hunter2/);
});

test.each([
  ['postgres://me:secret@db.example.org/shop', 'me@db.example.org:5432/shop', 'postgres://me:***@db.example.org/shop'],
  ['postgresql://db.example.org:6000/shop?sslmode=verify-full', 'db.example.org:6000/shop', 'postgresql://db.example.org:6000/shop'],
  ['postgres://a%40b@h/my%20shop', 'a@b@h:5432/my shop', 'postgres://a%40b@h/my%20shop'],
  ['postgres://[::1]:5433/shop', '[::1]:5433/shop', 'postgres://[::1]:5433/shop'],
])('%s is known as %s and shown as %s', (url, name, masked) => {
  expect(isDatabaseUrl(url)).toBe(true);
  expect(nameOfUrl(parseDatabaseUrl(url))).toBe(name);
  expect(maskDatabaseUrl(url)).toBe(masked);
});

describe('hosts that a caller from outside may not name', () => {
  test.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '::1',
    '::',
    'fd00::1',
    'fe80::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '224.0.0.1',
  ])('%s lies inside', async (address) => {
    expect(isInward(address)).toBe(true);
    await expect(checkOutward(address, [])).rejects.toMatchObject({ code: 'DATABASE_HOST_REFUSED' });
    await expect(checkOutward(address, [address])).resolves.toBe(address);
  });

  test.each(['8.8.8.8', '2606:4700::1111', '172.32.0.1'])('%s lies outside', async (address) => {
    expect(isInward(address)).toBe(false);
    await expect(checkOutward(address, [])).resolves.toBe(address);
  });

  test('localhost by name, and names that lead nowhere', async () => {
    for (const host of ['localhost', 'LOCALHOST', 'no-such-host.invalid'])
      await expect(checkOutward(host, [])).rejects.toMatchObject({ code: 'DATABASE_HOST_REFUSED' });
  });

  test.each(['postgres://2130706433/d', 'postgres://0x7f000001/d', 'postgres://0177.0.0.1/d', 'postgres://127.1/d'])('%s is no way around', async (url) => {
    await expect(checkOutward(parseDatabaseUrl(url).hostname, [])).rejects.toMatchObject({ code: 'DATABASE_HOST_REFUSED' });
  });
});

test('the address that was checked is the one that is connected to, unless TLS proves the name', () => {
  expect(pinAddress(new URL('postgres://me:x@db.example.org:6000/d'), '8.8.8.8')).toBe('postgres://me:x@8.8.8.8:6000/d');
  expect(pinAddress(new URL('postgres://db.example.org/d'), '2606:4700::1111')).toBe('postgres://[2606:4700::1111]/d');
  expect(pinAddress(new URL('postgres://db.example.org/d?sslmode=verify-full'), '8.8.8.8')).toBe('postgres://db.example.org/d?sslmode=verify-full');
});
