import { noRows, planSegments, type Key, type Segment, type SegmentPlan, type Tally } from '../../domain/snapshot/segments.ts';
import type { Source } from '../../domain/snapshot/source.ts';
import type { Reader } from './build-source.ts';
import { digests, type DigestRow } from './rows.sql.ts';

/** What of a source differs from its segments. Nodes of which no table changed are not asked for. */
export const lookAt = async (reader: Reader, source: Source, segments: readonly Segment[], changed?: ReadonlySet<string>): Promise<SegmentPlan> => {
  const asked = source.nodes.flatMap(({ dependsOn }, index) => (segments.length === 0 || changed === undefined || isAny(dependsOn, changed) ? [index] : []));
  const found = new Map<number, Map<number, Tally>>(asked.map((index) => [index, new Map()]));
  if (asked.length > 0) {
    const starts = segments.flatMap(({ from }): readonly Key[] => (from === undefined ? [] : [from]));
    for (const { node, segment, rows, digest } of await reader.session.many<DigestRow>(digests(source, asked, starts))) {
      reader.bytesRead += 30 + rows.length + digest.length;
      found.get(node)?.set(segment, Number(rows) === 0 ? noRows : { rows: Number(rows), digest });
    }
  }
  return planSegments(source.nodes.length, segments, found);
};

const isAny = (ones: ReadonlySet<string>, others: ReadonlySet<string>): boolean => [...ones].some((one) => others.has(one));
