import { expect, test } from 'vitest';
import type { DomainEvent, StoredEvent } from '../../src/domain/run/events.ts';
import type { ReplayInput, WriteResult } from '../../src/domain/run/run.ts';
import { chooseRuns, notIn, readHistory, type History } from '../../src/events/projectors/database/replay-history.ts';
import type { Manifest } from '../../src/infra/archive/manifest.ts';
import { archiveHash, importInput } from '../support/store.ts';

const plan = { planHash: 'p', catalogueFingerprint: 'c', tables: [], issues: [], notes: [] };
const written: WriteResult = { kind: 'import', plan, tables: [], rejected: 0, seconds: 1, notes: [] };
type Happened = readonly [run: string, event: DomainEvent];

const requested = (run: string, change: Parameters<typeof importInput>[0] = {}): Happened => [run, { type: 'ImportRequested', data: importInput(change) }];
const planned = (run: string): Happened => [run, { type: 'RunPlanned', data: plan }];
const approved = (run: string): Happened => [run, { type: 'PlanApproved', data: { planHash: 'p' } }];
const completed = (run: string, data: WriteResult = written): Happened => [run, { type: 'RunCompleted', data }];
const identified = (databaseId: string): Happened => ['-', { type: 'DatabaseIdentified', data: { name: 'shop', databaseId, systemIdentifier: '1', oid: 1 } }];

const historyOf = (events: readonly Happened[], ownReplays: readonly string[] = []): Promise<History> => {
  const log = events.map(([run, event], index): StoredEvent => ({
    position: index + 1,
    id: `event-${index}`,
    stream: `run-${run}`,
    version: 1,
    schemaVersion: 1,
    event,
    metadata: { actor: 'ada', requestId: 'r', client: 'test' },
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, index + 1)).toISOString(),
    hash: '',
  }));
  return readHistory(
    async ({ after = 0, limit = 100, types }) =>
      log.filter(({ position, event }) => position > after && types?.includes(event.type) !== false).slice(0, Math.min(limit, 3)),
    'shop',
    new Set(ownReplays),
  );
};
const order = ({ runs }: History): string => runs.map(({ run }) => run).join('');
const input = (change: Partial<ReplayInput> = {}): ReplayInput => ({ database: 'fresh', of: 'shop', ...change });

test('runs come in the order in which they wrote, though a completion is told late', async () => {
  const history = await historyOf([requested('a'), requested('b'), planned('a'), planned('b'), completed('b'), completed('a')]);
  expect(order(history)).toBe('ab');
});

test('a plan that waited for approval was made long before: its completion counts', async () => {
  const waiting = [requested('a', { approval: 'required' }), planned('a'), requested('b'), planned('b'), completed('b'), approved('a'), completed('a')];
  expect(order(await historyOf(waiting))).toBe('ba');
  const conflicts = [requested('a'), planned('a'), requested('b'), planned('b'), completed('b'), approved('a'), completed('a')];
  expect(order(await historyOf(conflicts))).toBe('ba');
});

test('runs of other databases, exports, and runs that did not end are none of it', async () => {
  const history = await historyOf([
    requested('a', { database: 'other' }),
    completed('a'),
    ['b', { type: 'ExportRequested', data: { database: 'shop', compression: 'zstd', recipients: [] } }],
    ['b', { type: 'RunCompleted', data: { kind: 'export', file: 'f', archive: { sha256: archiveHash, bytes: 1 }, tables: [], seconds: 1, notes: [] } }],
    requested('c'),
    planned('c'),
    requested('d'),
    completed('d'),
  ]);
  expect(order(history)).toBe('d');
});

test('runs that a restored database lost are left out', async () => {
  const lost: Happened = ['-', { type: 'DatabaseRestored', data: { name: 'shop', databaseId: 'one', lostRuns: ['b'] } }];
  expect(order(await historyOf([requested('a'), completed('a'), requested('b'), completed('b'), lost, requested('c'), completed('c')]))).toBe('ac');
});

test('a database that was itself made by a replay has the runs of the other one first', async () => {
  const replay: readonly Happened[] = [
    ['r', { type: 'ReplayRequested', data: { database: 'shop', of: 'old' } }],
    [
      'r',
      { type: 'RunCompleted', data: { kind: 'replay', runs: [{ run: 'a', kind: 'import', position: 2 }], tables: [], foreign: [], seconds: 1, notes: [] } },
    ],
  ];
  expect(order(await historyOf([requested('a', { database: 'old' }), completed('a'), ...replay, requested('b'), completed('b')]))).toBe('ab');
});

test('a database that was filled anew under its own name has what was replayed, not what came after in the old one', async () => {
  const replay: readonly Happened[] = [
    identified('two'),
    ['r', { type: 'ReplayRequested', data: { database: 'shop', of: 'shop' } }],
    [
      'r',
      { type: 'RunCompleted', data: { kind: 'replay', runs: [{ run: 'a', kind: 'import', position: 3 }], tables: [], foreign: [], seconds: 1, notes: [] } },
    ],
  ];
  const history = await historyOf([
    identified('one'),
    requested('a'),
    completed('a'),
    requested('b'),
    completed('b'),
    ...replay,
    requested('c'),
    completed('c'),
  ]);
  expect(order(history)).toBe('ac');
  expect(order(await historyOf([requested('a'), completed('a'), requested('b'), completed('b'), ...replay], ['r']))).toBe('ab');
  expect([...(await historyOf([identified('one'), requested('a'), completed('a'), ...replay])).writers]).toEqual(['one']);
});

test('knows under which id the database went at the time of each run', async () => {
  const history = await historyOf([identified('one'), requested('a'), completed('a'), identified('two'), requested('b'), completed('b')]);
  expect(history.runs.map(({ databaseId }) => databaseId)).toEqual(['one', 'two']);
  expect([...history.databaseIds]).toEqual(['one', 'two']);
});

test('until a position, until a time, chosen ones; an unknown one is refused', async () => {
  const history = await historyOf([requested('a'), completed('a'), requested('b'), completed('b'), requested('c'), completed('c')]);
  const chosen = (change: Partial<ReplayInput>): string =>
    chooseRuns(history, input(change))
      .map(({ run }) => run)
      .join('');
  expect(chosen({ until: { position: 4 } })).toBe('ab');
  expect(chosen({ until: { position: 3 } })).toBe('a');
  expect(chosen({ until: { at: '2026-01-01T00:00:04.500Z' } })).toBe('ab');
  expect(chosen({ runs: ['c', 'a'] })).toBe('ac');
  expect(() => chooseRuns(history, input({ runs: ['a', 'x'] }))).toThrow(/^x: the log has no such completed run that wrote shop/);
});

test('a full export has the runs that it lists, whatever became of them; an older one those before it', async () => {
  const { runs } = await historyOf([requested('a'), completed('a'), requested('b'), completed('b'), requested('c'), completed('c')]);
  const manifest = (lineage: Manifest['lineage']): Manifest => ({ lineage, metadata: { timestamp: '2026-01-01T00:00:05.000Z' } }) as Manifest;
  const taken = { run: 'c', at: '', archive: { sha256: archiveHash, databaseId: 'x' }, tables: [], exceptions: {} };
  const left = (lineage: Manifest['lineage']): string =>
    notIn(runs, manifest(lineage))
      .map(({ run }) => run)
      .join('');
  expect(left({ tookIn: [taken], otherRuns: ['a'] })).toBe('b');
  expect(left({ tookIn: [] })).toBe('c');
});
