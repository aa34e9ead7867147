import { expect, test } from 'vitest';
import { decideDatabase, evolveDatabase, noDatabase, type DatabaseCommand } from '../../src/domain/database/database.ts';
import { decideUpload, evolveUpload, noUpload } from '../../src/domain/upload/upload.ts';

const file = { sha256: 'a'.repeat(64), bytes: 3, name: 'a.tar.zst' };

test('a file received again is one more event of the same upload', () => {
  const once = decideUpload(noUpload, file).reduce(evolveUpload, noUpload);
  const twice = decideUpload(once, { ...file, name: 'b.tar.zst' }).reduce(evolveUpload, once);
  expect(twice).toMatchObject({ state: 'stored', times: 2, name: 'b.tar.zst' });
});

test('an upload whose hash is none is refused', () => {
  expect(() => decideUpload(noUpload, { ...file, sha256: 'A'.repeat(64) })).toThrow('SHA-256');
});

test('one hash with two sizes is refused', () => {
  const known = decideUpload(noUpload, file).reduce(evolveUpload, noUpload);
  expect(() => decideUpload(known, { ...file, bytes: 4 })).toThrow('not 4');
});

const register: DatabaseCommand = { type: 'RegisterDatabase', name: 'shop', server: 'postgres://***@db/shop' };
const identify: DatabaseCommand = { type: 'IdentifyDatabase', name: 'shop', identity: { databaseId: 'd1', systemIdentifier: '7', oid: 5 } };

test('a database registered and identified as before appends nothing', () => {
  const registered = decideDatabase(noDatabase, register).reduce(evolveDatabase, noDatabase);
  const identified = decideDatabase(registered, identify).reduce(evolveDatabase, registered);
  expect(decideDatabase(identified, register)).toEqual([]);
  expect(decideDatabase(identified, identify)).toEqual([]);
});

test('a database that moved is registered again and keeps its identity', () => {
  const known = [register, identify].reduce((database, command) => decideDatabase(database, command).reduce(evolveDatabase, database), noDatabase);
  const moved = decideDatabase(known, { ...register, server: 'postgres://***@other/shop' }).reduce(evolveDatabase, known);
  expect(moved).toMatchObject({ server: 'postgres://***@other/shop', identity: { databaseId: 'd1' } });
});

test('an unknown database cannot be identified', () => {
  expect(() => decideDatabase(noDatabase, identify)).toThrow('no database shop');
});

const restore = (...lostRuns: readonly string[]): DatabaseCommand => ({ type: 'RestoreDatabase', name: 'shop', databaseId: 'd1', lostRuns });

test('a restored database names each lost run once', () => {
  const known = [register, identify].reduce((database, command) => decideDatabase(database, command).reduce(evolveDatabase, database), noDatabase);
  const first = decideDatabase(known, restore('R1', 'R2'));
  expect(first).toEqual([{ type: 'DatabaseRestored', data: { name: 'shop', databaseId: 'd1', lostRuns: ['R1', 'R2'] } }]);
  const restored = first.reduce(evolveDatabase, known);
  expect(decideDatabase(restored, restore('R2', 'R1'))).toEqual([]);
  expect(decideDatabase(restored, restore('R2', 'R3'))).toMatchObject([{ data: { lostRuns: ['R3'] } }]);
});

test('a database that was never registered cannot be restored', () => {
  expect(() => decideDatabase(noDatabase, restore('R1'))).toThrow('no database shop');
});
