import { resolve } from 'node:path';
import type { Seen } from '../infra/folders/scan.ts';
import { contentHash } from '../infra/folders/take-in.ts';
import { exportsOf, type OwnExportRow } from './own-export.sql.ts';
import { pathOf, type Turning } from './watch-turn.ts';

/**
 * Whether a file of the exchange folder is what an export put there, name and content, so that no rule takes it in. `perhaps`:
 * an export that has not ended yet may have; it has its files in the blob store before it puts them into a folder.
 */
export const isOwnExport = async (turning: Turning, { name, bytes }: Seen): Promise<'yes' | 'perhaps' | 'no'> => {
  const { store, blobs, config } = turning;
  const path = resolve(pathOf(turning, 'exchange', name));
  const exports = await store.context.queries.many<OwnExportRow>(exportsOf(name, path));
  if (exports.length === 0 || bytes > config.limits.maxFileBytes) return 'no';
  // What cannot be read is told by whoever takes it in.
  const sha256 = await contentHash(blobs, path, { name, limits: config.limits }).catch(() => undefined);
  if (sha256 === undefined) return 'no';
  if (exports.some((written) => written.sha256 === sha256)) return 'yes';
  return exports.some(({ state }) => state !== 'completed') && (await blobs.has(sha256)) ? 'perhaps' : 'no';
};
