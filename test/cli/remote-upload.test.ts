import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRemote } from '../../src/cli/remote.ts';
import { createTestApp } from '../support/app.ts';

test('a file that is too large for a request goes to the server in pieces, under its own name each time', async () => {
  const key = 'a-secret-key-of-the-test';
  const rig = await createTestApp({ API_SECRET_KEY: key, WAYBILL_MAX_UPLOAD_BYTES: '2kB' });
  const { url } = await rig.app.listen();
  const client = openRemote(url, key);
  const content = randomBytes(50_000);
  const sha256 = createHash('sha256').update(content).digest('hex');
  try {
    for (const name of ['products.csv', 'prices.csv', 'prices.csv']) {
      await writeFile(join(rig.folder, name), content);
      expect(await client.upload(join(rig.folder, name))).toMatchObject({ id: expect.stringMatching(/^upload-/), sha256, bytes: content.length, name });
    }
    expect(await rig.app.blobs.verify(sha256)).toBe(true);
  } finally {
    await client.close();
    await rig.close();
  }
});
