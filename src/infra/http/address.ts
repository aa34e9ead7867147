import { BlockList, isIP } from 'node:net';

/**
 * Whose request it is when proxies stand between: what the last one we trust says of the one before it. A header alone says
 * nothing; anybody can send one.
 */
export type ClientAddress = (socketAddress: string | undefined, forwardedFor: string | readonly string[] | undefined) => string;

/** An IPv4 address inside an IPv6 one is the IPv4 address. */
const plain = (address: string): string => {
  const trimmed = address.trim().replace(/^\[(.*)\](?::\d+)?$/, '$1');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(trimmed)?.[1] ?? trimmed;
};

const listOf = (trusted: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const each of trusted) {
    const [network = '', bits] = each.split('/');
    const family = isIP(network);
    if (family === 0) continue;
    const type = family === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(network, type);
    else list.addSubnet(network, Number(bits), type);
  }
  return list;
};

export const createClientAddress = (trustedProxies: readonly string[]): ClientAddress => {
  const trusted = listOf(trustedProxies);
  const isTrusted = (address: string): boolean => {
    const family = isIP(address);
    return family !== 0 && trusted.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
  return (socketAddress, forwardedFor) => {
    const direct = plain(socketAddress ?? 'unknown');
    if (forwardedFor === undefined || !isTrusted(direct)) return direct;
    const hops = (typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',')).split(',').map(plain);
    const beyond = hops.findLast((hop) => !isTrusted(hop));
    return beyond !== undefined && isIP(beyond) !== 0 ? beyond : direct;
  };
};

/** What a limit counts as one: whoever has an IPv6 address has 2^64 of them. */
export const countedAddress = (address: string): string => {
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = address.split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const groups = address.includes('::') ? [...before, ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after] : before;
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
};
