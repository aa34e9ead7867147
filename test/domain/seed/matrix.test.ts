import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { decideSeed, type FileFacts, type SeedRules, type SeedVerdict } from '../../../src/domain/seed/decide.ts';
import { corporaMissing, corporaPath } from '../../support/corpora.ts';

type Side = readonly [kind: 'file' | 'link' | 'dir', text: string, seconds: number, nanoseconds?: number];
type Case = { readonly case: string; readonly source: Side | null; readonly dest: Side | null; readonly options: readonly string[]; readonly after: string };

const kinds = { file: 'file', link: 'link', dir: 'folder' } as const;
const facts = ([kind, text, seconds]: Side): FileFacts => ({
  kind: kinds[kind],
  mtimeSeconds: seconds,
  bytes: text.length,
  content: kind === 'link' ? `-> ${text}` : text,
  ...(kind === 'dir' ? { isEmpty: false } : {}),
});

const missing = corporaMissing();
const cases = missing === undefined ? (JSON.parse(readFileSync(corporaPath('rsync-u-matrix.json'), 'utf8')) as Case[]) : [];

/** What the place says afterwards, in the words of the recording. */
const outcome = (source: Side, dest: Side | null, verdict: SeedVerdict): string =>
  verdict === 'copy' || verdict === 'update' ? source[1] : dest === null ? 'absent' : dest[0] === 'dir' ? 'dir' : dest[1];

/** How each option of the recording is said here; `undefined` where it is declined. */
const expressed: Readonly<Record<string, Partial<SeedRules> | undefined>> = { '-c': { checksum: true } };
const declined = ['--ignore-times', '--ignore-existing', '--existing', '--delete', '--force', '--modify-window=2'];

describe.skipIf(missing !== undefined)(`the recorded matrix of rsync -au ${missing ?? ''}`, () => {
  it.each(
    cases.filter(({ options, source, dest }) => options.length === 0 && source !== null && !(dest?.[0] === 'dir')).map((each) => [each.case, each] as const),
  )('without options: %s', (_, { source, dest, after }) => {
    if (source === null) throw new Error('filtered above');
    const { verdict } = decideSeed(facts(source), dest === null ? undefined : facts(dest), []);
    expect(verdict).not.toBe('fault');
    expect(outcome(source, dest, verdict)).toBe(after);
  });

  it.each(cases.filter(({ options }) => options.some((option) => expressed[option] !== undefined)).map((each) => [`${each.case}`, each] as const))(
    'with an option that is expressed: %s',
    (_, { source, dest, options, after }) => {
      if (source === null || dest === null) throw new Error('both sides are recorded');
      const rules = { force: false, checksum: false, ...Object.assign({}, ...options.map((option) => expressed[option])) } as SeedRules;
      expect(outcome(source, dest, decideSeed(facts(source), facts(dest), [], rules).verdict)).toBe(after);
    },
  );

  it('has no option that is neither expressed nor declined, and docs/SEED.md names every one', () => {
    const options = new Set(cases.flatMap((each) => each.options));
    expect([...options].filter((option) => !(option in expressed) && !declined.includes(option))).toEqual([]);
    const page = readFileSync(new URL('../../../docs/SEED.md', import.meta.url), 'utf8');
    for (const option of options) expect(page, option).toContain(`\`${option}\``);
  });
});

test('a folder that is not empty is a fault also when forced, as rsync without --force; an empty one makes way', () => {
  const source: FileFacts = { kind: 'file', mtimeSeconds: 2, bytes: 3, content: 'new' };
  const folder: FileFacts = { kind: 'folder', mtimeSeconds: 1, bytes: 0, isEmpty: false };
  expect(decideSeed(source, folder, [], { force: true, checksum: false }).verdict).toBe('fault');
  expect(decideSeed(source, { ...folder, isEmpty: true }, []).verdict).toBe('update');
  expect(decideSeed(source, { kind: 'other', mtimeSeconds: 1, bytes: 0 }, []).verdict).toBe('fault');
});

/** Whatever the clocks say: each row with the destination an hour older, of the same time, and an hour newer. */
const byRecord: readonly (readonly [why: string, source: string, found: string, delivered: readonly string[], SeedVerdict])[] = [
  ['as delivered, and the release is new', 'r2', 'r1', ['r1'], 'update'],
  ['edited here, and the release is new', 'r2', 'my', ['r1'], 'keep'],
  ['edited here, and the release is the old one', 'r1', 'my', ['r1'], 'leave'],
  ['what a sync was about to deliver when it died', 'r3', 'r2', ['r1', 'r2'], 'update'],
  ['what was there before the sync that died', 'r3', 'r1', ['r1', 'r2'], 'update'],
  ['an older release again', 'r1', 'r2', ['r2'], 'update'],
];

describe.each([-3600, 0, 3600])('with a record, the destination by a clock %i s apart', (skew) => {
  it.each(byRecord)('%s', (...[, source, found, delivered, verdict]) => {
    const at = (content: string, mtimeSeconds: number): FileFacts => ({ kind: 'file', mtimeSeconds, bytes: content.length, content });
    expect(decideSeed(at(source, 1_700_000_000), at(found, 1_700_000_000 + skew), delivered).verdict).toBe(verdict);
    expect(decideSeed(at(source, 1_700_000_000), at(found, 1_700_000_000 + skew), delivered, { force: true, checksum: false }).verdict).toBe('update');
  });

  it('the same bytes stay, with the time of the release where that is newer', () => {
    const at = (mtimeSeconds: number): FileFacts => ({ kind: 'file', mtimeSeconds, bytes: 3, content: 'same' });
    expect(decideSeed(at(1_700_000_000), at(1_700_000_000 + skew), []).verdict).toBe(skew < 0 ? 'touch' : 'same');
  });
});

test('a link is replaced by another link, not what somebody put in its place', () => {
  const link = (target: string): FileFacts => ({ kind: 'link', mtimeSeconds: 1, bytes: 1, content: `-> ${target}` });
  const file: FileFacts = { kind: 'file', mtimeSeconds: 0, bytes: 1, content: 'x' };
  expect(decideSeed(link('a'), link('a'), []).verdict).toBe('same');
  expect(decideSeed(link('a'), link('b'), []).verdict).toBe('update');
  expect(decideSeed(link('a'), link('my'), ['-> b']).verdict).toBe('keep');
  expect(decideSeed(link('a'), file, []).verdict).toBe('keep');
  expect(decideSeed(link('a'), file, ['x']).verdict).toBe('update');
});
