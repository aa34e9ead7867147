import { Failure } from '../../domain/refusal.ts';

/** One thing of the initial data that did not get where it belongs. */
export type SeedFailure = { readonly path: string; readonly code: string; readonly message: string };

/** Of one file: the others go on. */
export class SeedFault extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The operating system's words are those that people search for. */
const known: Readonly<Record<string, { readonly code: string; readonly message: string }>> = {
  EACCES: { code: 'PERMISSION_DENIED', message: 'Permission denied. Look at the owner and mode of the file and its folder, and at the user of this process.' },
  EPERM: { code: 'PERMISSION_DENIED', message: 'Permission denied. Look at the owner of the file and at the user of this process.' },
  EROFS: { code: 'READ_ONLY', message: 'Read-only file system. Mount the volume so that it can be written to.' },
  ENOSPC: { code: 'DISK_FULL', message: 'No space left on device. Make the volume larger or remove what is not needed.' },
  EDQUOT: { code: 'DISK_FULL', message: 'No space left on device: the quota is used up.' },
  ENAMETOOLONG: { code: 'NAME_TOO_LONG', message: 'Its name is too long for the volume.' },
  ENOENT: { code: 'CHANGED_MEANWHILE', message: 'It was taken away during the sync. Sync again.' },
  ENOTDIR: { code: 'IN_THE_WAY', message: 'One of its folders is none on the volume. Move away what lies there.' },
};

export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** Undefined for what is no matter of files: a mistake of ours, which nobody may hide. */
export const failureOf = (path: string, error: unknown): SeedFailure | undefined => {
  if (error instanceof SeedFault) return { path, code: error.code, message: error.message };
  if (error instanceof Failure) return undefined;
  const errno = errnoOf(error);
  if (errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) return undefined;
  return { path, ...(known[errno] ?? { code: 'IO_ERROR', message: `The system says ${errno}.` }) };
};
