import type { Readable } from 'node:stream';
import { translateError } from '../../infra/postgres/errors.ts';

/**
 * Two sorted streams of `name, image` held against each other, one name at a time: memory stays the same however many
 * rows there are. Rows of one name are a multiset, since a table without a key may hold the same row several times.
 */
export type ImageDifferences = {
  readonly onlyA: number;
  readonly onlyB: number;
  readonly different: number;
  /** The first names at which the sides differ. */
  readonly first: readonly { readonly name: string; readonly side: 'a' | 'b' | 'both' }[];
};

/** All rows of one name: how often each image comes. */
type Group = { readonly name: string; readonly images: ReadonlyMap<string, number> };

export const mergeImages = async (a: Readable, b: Readable, limit: number): Promise<ImageDifferences> => {
  const [left, right] = [createGroups(a), createGroups(b)];
  const counts = { onlyA: 0, onlyB: 0, different: 0 };
  const first: { name: string; side: 'a' | 'b' | 'both' }[] = [];
  try {
    let [mine, theirs] = await Promise.all([left.next(), right.next()]);
    while (mine !== undefined || theirs !== undefined) {
      const order = compareNames(mine, theirs);
      const lacking = {
        a: order <= 0 ? surplus(mine, order === 0 ? theirs : undefined) : 0,
        b: order >= 0 ? surplus(theirs, order === 0 ? mine : undefined) : 0,
      };
      const different = Math.min(lacking.a, lacking.b);
      counts.different += different;
      counts.onlyA += lacking.a - different;
      counts.onlyB += lacking.b - different;
      const name = (order <= 0 ? mine : theirs)?.name ?? '';
      if (lacking.a + lacking.b > 0 && first.length < limit) first.push({ name: decode(name), side: different > 0 ? 'both' : lacking.a > 0 ? 'a' : 'b' });
      if (order <= 0) mine = await left.next();
      if (order >= 0) theirs = await right.next();
    }
  } finally {
    a.destroy();
    b.destroy();
  }
  return { ...counts, first };
};

const compareNames = (mine: Group | undefined, theirs: Group | undefined): number => {
  if (mine === undefined) return 1;
  if (theirs === undefined) return -1;
  return mine.name < theirs.name ? -1 : mine.name > theirs.name ? 1 : 0;
};

/** How many rows of `group` have no equal among `others`. */
const surplus = (group: Group | undefined, others: Group | undefined): number => {
  let count = 0;
  for (const [image, times] of group?.images ?? []) count += Math.max(0, times - (others?.images.get(image) ?? 0));
  return count;
};

const decode = (hex: string): string => Buffer.from(hex, 'hex').toString('utf8');

/** Lines that came in one chunk are taken without waiting. */
const createGroups = (stream: Readable): { next(): Promise<Group | undefined> } => {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let lines: readonly string[] = [];
  let [at, rest, ended] = [0, '', false];
  const more = async (): Promise<void> => {
    const { done, value } = await chunks.next().catch((error: unknown) => {
      throw translateError(error);
    });
    if (done === true) {
      ended = true;
      lines = rest === '' ? [] : [rest];
      rest = '';
    } else {
      const parts = (rest + value.toString('latin1')).split('\n');
      rest = parts.pop() ?? '';
      lines = parts;
    }
    at = 0;
  };
  const peek = async (): Promise<string | undefined> => {
    while (at >= lines.length && !ended) await more();
    return lines[at];
  };
  return {
    next: async () => {
      const line = lines[at] ?? (await peek());
      if (line === undefined) return undefined;
      const name = line.slice(0, line.indexOf('\t'));
      const images = new Map<string, number>();
      for (let current: string | undefined = line; current?.startsWith(`${name}\t`); current = lines[at] ?? (await peek())) {
        const image = current.slice(name.length + 1);
        images.set(image, (images.get(image) ?? 0) + 1);
        at += 1;
      }
      return { name, images };
    },
  };
};
