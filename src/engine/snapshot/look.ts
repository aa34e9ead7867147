import { noRows, planSegments, type Key, type Segment, type SegmentPlan, type Tally } from '../../domain/snapshot/segments.ts';
import type { Source } from '../../domain/snapshot/source.ts';
import type { Reader } from './build-source.ts';
import { digests, type DigestRow } from './rows.sql.ts';

export type Look = {
  readonly plan: SegmentPlan;
  /** Nodes of which nobody said that they changed, by their numbers. */
  readonly unasked: readonly number[];
};

/** What of a source differs from its segments. Nodes of which no table changed are not asked for. */
export const lookAt = async (reader: Reader, source: Source, segments: readonly Segment[], changed?: ReadonlySet<string>): Promise<Look> => {
  const isAsked = (dependsOn: ReadonlySet<string>): boolean => segments.length === 0 || changed === undefined || isAny(dependsOn, changed);
  const asked = source.nodes.flatMap(({ dependsOn }, index) => (isAsked(dependsOn) ? [index] : []));
  const found = new Map<number, Map<number, Tally>>(asked.map((index) => [index, new Map()]));
  if (asked.length > 0) {
    const starts = segments.flatMap(({ from }): readonly Key[] => (from === undefined ? [] : [from]));
    for (const { node, segment, rows, digest } of await reader.session.many<DigestRow>(digests(source, asked, starts))) {
      reader.bytesRead += 30 + rows.length + digest.length;
      found.get(node)?.set(segment, Number(rows) === 0 ? noRows : { rows: Number(rows), digest });
    }
  }
  return { plan: planSegments(source.nodes.length, segments, found), unasked: source.nodes.flatMap((_, index) => (found.has(index) ? [] : [index])) };
};

const isAny = (ones: ReadonlySet<string>, others: ReadonlySet<string>): boolean => [...ones].some((one) => others.has(one));
