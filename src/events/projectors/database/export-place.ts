import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, lstat, mkdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { decodeTime, isValid } from 'ulid';
import type { QualifiedName } from '../../../domain/catalogue/catalogue.ts';
import type { ExportInput } from '../../../domain/run/run.ts';
import { createAtomicFile, removeStaleFiles } from '../../../infra/files/atomic-file.ts';
import type { ExportAttempt, ExportPorts } from './export-run.ts';

/** Archives go to the backup folder, files for people to the folder that they share, unless somebody says otherwise. */
export const placeOf = ({ to, format = 'archive' }: ExportInput): NonNullable<ExportInput['to']> => to ?? (format === 'archive' ? 'backup' : 'exchange');

export const folderOf = (input: ExportInput, { backupDir, exchangeDir }: ExportPorts): string =>
  resolve(placeOf(input) === 'exchange' ? exchangeDir : backupDir);

/** Where a file of this name goes. A caller in process may have named a path. */
export const targetOf = (input: ExportInput, ports: ExportPorts, name: string): string =>
  input.out !== undefined && isAbsolute(input.out) ? input.out : join(folderOf(input, ports), basename(name));

/** Folders of the server are nobody's business; a caller who named a path gets that path back. */
export const shownName = ({ out }: ExportInput, target: string): string => (out !== undefined && isAbsolute(out) ? target : basename(target));

/** The same name for every attempt of a run, so that a second one replaces what the first may have left. */
export const archiveName = ({ job: { input, runId }, startedAt }: ExportAttempt): string => {
  if (input.out !== undefined) return input.out;
  const id = runId.slice(-26);
  const requestedAt = isValid(id) ? decodeTime(id) : startedAt;
  return `backup_${input.database.replaceAll(/[^A-Za-z0-9._-]+/g, '_')}_${requestedAt}.tar.${input.compression === 'zstd' ? 'zst' : 'gz'}`;
};

/**
 * `<table>.csv`, with its schema where that is not `public`. What a file system or a shell could misread becomes `_`, and
 * names that differ only in case, which some file systems cannot hold beside each other, are numbered.
 */
export const createNames = (ending: string): ((table: QualifiedName) => string) => {
  const taken = new Set<string>();
  return ({ schema, name }) => {
    const plain = `${schema === 'public' ? '' : `${schema}.`}${name}`.replaceAll(/[\p{Cc}\p{Cf}/\\:*?"<>|~]/gu, '_').replace(/^[.\s-]/, '_');
    for (let number = 1; ; number += 1) {
      const wished = `${plain}${number === 1 ? '' : `_${number}`}.${ending}`;
      if (taken.has(wished.toLowerCase())) continue;
      taken.add(wished.toLowerCase());
      return wished;
    }
  };
};

/**
 * A copy of a stored file under its name, whole or not at all. Not the stored file itself: whoever edits it would edit the
 * blob. In the exchange folder everybody may read it, since people of the machine are whom it is for. What was there, and
 * is nowhere else, is kept in the blob store first: somebody may have edited it. Its hash, if that was so.
 */
export const publishCopy = async (attempt: ExportAttempt, sha256: string, target: string): Promise<string | undefined> => {
  const { ports, job, mayPublish } = attempt;
  await mkdir(dirname(target), { recursive: true });
  await removeStaleFiles(dirname(target));
  const file = await createAtomicFile(dirname(target));
  try {
    for await (const chunk of ports.blobs.open(sha256)) await file.write(chunk);
    if (placeOf(job.input) === 'exchange') await chmod(file.temporaryPath, 0o644);
    const replaced = await keepReplaced(ports, target);
    await file.publish(target, mayPublish);
    return replaced;
  } finally {
    await file.discard();
  }
};

export const replacedNote = (name: string, sha256: string): string =>
  `${name} was there before and was not Waybill's; it is kept in the blob store as ${sha256}.`;

const keepReplaced = async ({ blobs }: ExportPorts, target: string): Promise<string | undefined> => {
  const found = await lstat(target).catch(() => undefined);
  if (found?.isFile() !== true) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(target, { highWaterMark: 256 * 1024 })) hash.update(chunk as Uint8Array);
  if (await blobs.has(hash.digest('hex'))) return undefined;
  return (await blobs.put(createReadStream(target, { highWaterMark: 256 * 1024 }))).sha256;
};
