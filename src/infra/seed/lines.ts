import type { SyncOutcome } from './sync.ts';

/** The plain lines that operators look for in `kubectl logs` and `docker logs` (`grep -A 20 "Initiating sync"`). They do not change. */

/** One line stays one line, whatever a file is called. */
export const plain = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

export const beginLines = (from: string, to: string): readonly string[] => [
  `Initiating sync of initial data from '${plain(from)}' to '${plain(to)}'.`,
  'This operation will sync directories and their contents recursively.',
  'Files will be updated only if the source is newer (preserves manual changes).',
];

const files = (count: number): string => (count === 1 ? '1 file was' : `${count} files were`);

export const partly = ({ failed }: SyncOutcome): string => `${files(failed.length)} not transferred.`;

export const endLine = (outcome: SyncOutcome): string => {
  if (outcome.failed.length > 0) return failedLine(partly(outcome));
  return outcome.dryRun ? 'Dry run: nothing was written.' : 'Initial data sync operation completed successfully.';
};

export const failedLine = (why: string): string => `Initial data sync operation failed: ${plain(why)}`;

/** What was held back and what failed, for standard error. */
export const remarks = ({ kept, failed, notes }: SyncOutcome): readonly string[] => [
  ...notes,
  ...kept.map(({ path, why }) => `kept back ${plain(path)}: ${why}`),
  ...failed.map(({ path, code, message }) => `failed ${plain(path === '' ? '.' : path)}: ${plain(message)} (${code})`),
];
