import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { Refusal } from '../../domain/refusal.ts';

/** Addresses that a stranger's URL may not make this server connect to (CHECKS S74). */
const inward = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  inward.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  inward.addSubnet(network, bits, 'ipv6');
}

/** IPv4-mapped forms are judged as the IPv4 address that they mean. */
export const isInward = (address: string): boolean => {
  const family = isIP(address);
  if (family === 0) return true;
  return inward.check(address, family === 6 ? 'ipv6' : 'ipv4');
};

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/** Resolves a host and refuses it unless every address lies outside, or the host is on the allow-list. Gives the address that was checked. */
export const checkOutward = async (host: string, allowed: readonly string[]): Promise<string> => {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (allowed.includes(name)) return name;
  const addresses = isIP(name) === 0 ? await lookup(name, { all: true }).catch(() => []) : [{ address: name }];
  const [first] = addresses;
  if (first !== undefined && addresses.every(({ address }) => !isInward(address))) return first.address;
  throw new Refusal(
    'DATABASE_HOST_REFUSED',
    `This server does not connect to the host ${JSON.stringify(name.slice(0, 100))} for a caller from outside: it is unknown, or inside a private network. Register the database in the server's settings and use its name.`,
  );
};

/**
 * The URL with the address that was checked in place of the name, which might lead elsewhere a moment later (CHECKS S75).
 * Under TLS the name stays: whoever answers must prove it.
 */
export const pinAddress = (url: URL, address: string): string => {
  if (['require', 'verify-full'].includes(url.searchParams.get('sslmode') ?? '')) return url.href;
  const pinned = new URL(url.href);
  pinned.hostname = isIP(address) === 6 ? `[${address}]` : address;
  return pinned.href;
};
