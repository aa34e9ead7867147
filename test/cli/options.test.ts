import { describe, expect, test } from 'vitest';
import { conflictPolicy, percent, tablePolicy } from '../../src/cli/commands/merge-options.ts';
import { parseUntil } from '../../src/cli/commands/replay.ts';
import { parseResolutions } from '../../src/cli/commands/resolve.ts';
import { listedVerdict, runKind, runState } from '../../src/cli/words.ts';
import { verdicts, runKinds, runStates } from '../../src/domain/run/run.ts';

const policy = conflictPolicy('--on-conflict');

describe('a policy for conflicts', () => {
  test('is one of four', () => {
    expect(['fail', 'incoming', 'current', 'newest:updated_at', 'newest:Changed At'].map(policy)).toHaveLength(5);
    for (const wrong of ['', 'newest', 'newest:', 'INCOMING', 'both']) expect(() => policy(wrong)).toThrow(/fail, incoming, current or newest:COLUMN/);
  });

  test('of one table comes behind its name, and several tables add up', () => {
    const first = tablePolicy('public.page=current', undefined);
    expect(tablePolicy('public.a=b=newest:at', first)).toEqual([
      { table: 'public.page', policy: 'current' },
      { table: 'public.a=b', policy: 'newest:at' },
    ]);
    for (const wrong of ['public.page', '=current', 'public.page=', 'public.page=shrug']) expect(() => tablePolicy(wrong, undefined)).toThrow(/--conflict/);
  });
});

test('how much may be deleted is a percentage, or any', () => {
  expect(['0', '10', '10%', '100%', 'any'].map(percent)).toEqual([0, 10, 10, 100, 100]);
  for (const wrong of ['', '101', '-1', '1.5', '10 %', 'all', '1e1']) expect(() => percent(wrong)).toThrow(/--max-deletes/);
});

test('until is a position of the log, or a time', () => {
  expect(parseUntil('120')).toEqual({ untilPosition: 120 });
  expect(parseUntil('2026-11-21T09:00:00+01:00')).toEqual({ untilTime: '2026-11-21T08:00:00.000Z' });
  for (const wrong of ['', 'yesterday', '12-1', '99999999999999999999', '2026-13-41']) expect(() => parseUntil(wrong)).toThrow(/--until/);
});

describe('a file of decisions', () => {
  test('says for each how far it goes and which side it takes', () => {
    const text = JSON.stringify([{ take: 'current' }, { table: 'public.page', row: 'home', column: 'title', take: 'INCOMING', note: 'by phone' }]);
    expect(parseResolutions(text, 'x.json')).toEqual([{ take: 'CURRENT' }, { take: 'INCOMING', table: 'public.page', row: 'home', column: 'title' }]);
  });

  test('is refused with the entry that is wrong', () => {
    for (const wrong of ['no json', '{}', '[]', 'null']) expect(() => parseResolutions(wrong, 'x.json')).toThrow(/x\.json/);
    expect(() => parseResolutions('[{"take":"incoming"},{"take":"mine"}]', 'x.json')).toThrow(/Entry 2/);
    expect(() => parseResolutions('[{"take":"incoming","row":7}]', 'x.json')).toThrow(/Entry 1/);
    expect(() => parseResolutions('[null]', 'x.json')).toThrow(/Entry 1/);
  });
});

test('kinds, states and verdicts have the words that the log has', () => {
  expect(runKind.all.toSorted()).toEqual([...runKinds].toSorted());
  expect(runState.all.toSorted()).toEqual([...runStates].toSorted());
  expect(listedVerdict.all.filter((word) => !verdicts.some((verdict) => verdict === word))).toEqual([]);
  expect(runKind.of('rollback')).toBe('ROLLBACK');
  expect(() => runKind.of('sync')).toThrow(/--kind is one of/);
});
