/**
 * What becomes of one file of the initial data. Known is what lies there now and, from earlier syncs, what was delivered
 * there: bytes that a release brought may be replaced by the next one, all others are somebody's work and stay. Clocks
 * decide only where nothing was recorded, as after a volume that rsync filled, and then as `rsync -au` does.
 */
export type FileFacts = {
  readonly kind: 'file' | 'link' | 'folder' | 'other';
  /** Whole seconds, as rsync compares them. */
  readonly mtimeSeconds: number;
  readonly bytes: number;
  /** SHA-256 of a file, `-> target` of a link. */
  readonly content?: string;
  /** Of a folder. */
  readonly isEmpty?: boolean;
};

/** `same`: nothing to do; `touch`: only its time; `leave`: edited here, and the release has nothing new; `keep`: it has, and is held back. */
export type SeedVerdict = 'copy' | 'update' | 'same' | 'touch' | 'leave' | 'keep' | 'fault';
export type SeedDecision = { readonly verdict: SeedVerdict; readonly why: string };
export type SeedRules = { readonly force: boolean; readonly checksum: boolean };

const decide = (verdict: SeedVerdict, why: string): SeedDecision => ({ verdict, why });

/** Of a folder or a thing of another kind that lies where the release has a file. Undefined when what lies there can be compared. */
const decidePlace = (source: FileFacts, found: FileFacts): SeedDecision | undefined => {
  if (found.kind === 'other') return decide('fault', 'something that is no file lies in its place');
  if (found.kind === 'folder')
    return found.isEmpty === true ? decide('update', 'an empty folder lay in its place') : decide('fault', 'a folder that is not empty lies in its place');
  return found.kind === 'link' && source.kind === 'file' ? decide('update', 'a link lay in its place') : undefined;
};

const decideByRecord = (source: FileFacts, found: FileFacts, delivered: readonly string[]): SeedDecision => {
  const isDelivered = (content: string | undefined): boolean => content !== undefined && delivered.includes(content);
  if (isDelivered(found.content)) return decide('update', 'it was as delivered');
  if (isDelivered(source.content)) return decide('leave', 'edited here');
  return decide('keep', 'edited here, and the new release changes it');
};

const decideByTimes = (source: FileFacts, found: FileFacts, { checksum }: SeedRules): SeedDecision => {
  if (source.kind === 'link') return found.kind === 'link' ? decide('update', 'another link') : decide('keep', 'a file lies in the place of the link');
  if (source.mtimeSeconds > found.mtimeSeconds) return decide('update', 'newer in the release');
  if (source.mtimeSeconds < found.mtimeSeconds) return decide('keep', 'newer here, and what was delivered before is not known');
  if (source.bytes !== found.bytes) return decide('update', 'of the same time and another size');
  return checksum ? decide('update', 'of the same time and other content') : decide('keep', 'of the same time and size, but other content');
};

/** `delivered`: every content that an earlier sync put there or was about to put there when it died. */
export const decideSeed = (
  source: FileFacts,
  found: FileFacts | undefined,
  delivered: readonly string[],
  rules: SeedRules = { force: false, checksum: false },
): SeedDecision => {
  if (found === undefined) return decide('copy', 'nothing is there');
  const place = decidePlace(source, found);
  if (place !== undefined) return place;
  if (source.content !== undefined && source.content === found.content)
    return source.kind === 'file' && source.mtimeSeconds > found.mtimeSeconds ? decide('touch', 'the same bytes') : decide('same', 'the same bytes');
  if (rules.force) return decide('update', 'forced');
  return delivered.length > 0 ? decideByRecord(source, found, delivered) : decideByTimes(source, found, rules);
};
