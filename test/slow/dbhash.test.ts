import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/cluster.ts';
import { corporaDatabases, corporaPath, loadCorpora, recordedHashes } from '../support/corpora.ts';
import { dbhash, hashLines } from '../support/dbhash.ts';

const script = corporaPath('..', 'tools', 'dbhash.sh');
const runs = existsSync(script) && spawnSync('psql', ['--version']).status === 0;
if (!runs) console.warn('skipped: psql or ../shared/tools/dbhash.sh is not on this machine');

test.skipIf(!runs)('our hashes are those of the shell script', async () => {
  for (const name of ['shapes', 'crearis']) {
    const database = await createTestDatabase();
    await loadCorpora(name, database.url, 'whole');
    const lines = hashLines(await dbhash(database.url));
    expect(lines).toBe(execFileSync(script, ['-d', database.url], { encoding: 'utf8' }));
    await database.drop();
  }
});

test.skipIf(corporaDatabases().length === 0)('each sample database loads with the content that was recorded', async () => {
  for (const name of corporaDatabases()) {
    const database = await createTestDatabase();
    await loadCorpora(name, database.url, 'whole');
    expect(hashLines(await dbhash(database.url)), name).toBe(recordedHashes(name));
    await database.drop();
  }
});
