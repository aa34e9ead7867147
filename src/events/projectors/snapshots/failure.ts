import { Failure, Fault } from '../../../domain/refusal.ts';
import { isDiskFull } from '../../../infra/files/disk-full.ts';

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');

const ofFolder = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ELOOP']);

/** What the file system says of the folder, in words that name the setting; paths stay out of them. */
export const snapshotFailure = (error: unknown): Error => {
  if (error instanceof Failure) return error;
  if (isDiskFull(error))
    return new Fault('DISK_FULL', 'The disk of the snapshots is full. Free space; it is tried again until there is some.', { cause: error, retryable: true });
  if (ofFolder.has(codeOf(error)))
    return new Fault(
      'FOLDER_NOT_WRITABLE',
      `The folder of the snapshots cannot be written to (${codeOf(error)}). Change its owner or mode, or set DB_EXPORT_EXPORT_DIRECTORY to another folder; it is tried again until it can.`,
      { cause: error, retryable: true },
    );
  return error instanceof Error ? error : new Error(String(error));
};
