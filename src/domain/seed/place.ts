/** Personal overrides lie beside the common data, in `users/<email>/`; no release writes there, however a file system folds the name. */
export const isOfUsers = (path: string): boolean => (path.split('/')[0] ?? '').normalize('NFKC').toLowerCase() === 'users';

/** Names that a sync uses itself: what it delivered, its lock, and files that are not whole yet. */
export const manifestName = '.waybill-sync.json';
export const lockName = '.waybill-sync.lock';
export const isReserved = (path: string): boolean =>
  path === manifestName || path === lockName || path.startsWith(`${lockName}.`) || path.endsWith('.waybill-part');

/** Whether one of the names given for a forced sync means this file: itself, or a folder above it. */
export const isNamed = (path: string, names: readonly string[]): boolean => names.some((name) => path === name || path.startsWith(`${name}/`));
