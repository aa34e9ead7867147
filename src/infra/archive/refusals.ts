import { Refusal } from '../../domain/refusal.ts';

/** What is wrong with an archive, and what to do. Names of entries come from strangers: they are shown escaped and cut. */
export const escaped = (name: string): string => {
  const quoted = JSON.stringify(name).replaceAll(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return quoted.length > 160 ? `${quoted.slice(0, 160)}..."` : quoted;
};

export const corrupt = (what: string): Refusal =>
  new Refusal('ARCHIVE_CORRUPT', `The archive is damaged: ${what}. Nothing was imported. Take another copy of the file, or export again.`);

export const truncated = (what: string): Refusal =>
  new Refusal('ARCHIVE_TRUNCATED', `The archive ends too early: ${what}. Nothing was imported. Transfer the file again, or export again.`);

export const incomplete = (what: string): Refusal =>
  new Refusal('ARCHIVE_INCOMPLETE', `The archive is not complete: ${what}. Nothing was imported. Export again.`);

export const forbidden = (entry: string, reason: string): Refusal =>
  new Refusal(
    'ARCHIVE_ENTRY_FORBIDDEN',
    `The archive holds the entry ${escaped(entry)}, which ${reason}. Nothing was imported. Use the file as Waybill wrote it.`,
    { entry: escaped(entry), reason },
  );

export const unsupported = (what: string, advice: string): Refusal =>
  new Refusal('ARCHIVE_UNSUPPORTED', `This is no archive that Waybill reads: ${what}. ${advice}`);

export const newer = (version: string, known: string): Refusal =>
  new Refusal(
    'ARCHIVE_NEWER',
    `The archive has format ${version.slice(0, 40)}, this Waybill reads up to ${known}. Update Waybill, or export with the older version.`,
    { version: version.slice(0, 40), known },
  );

export const overLimit = (what: string, setting: string): Refusal =>
  new Refusal('ARCHIVE_LIMIT', `The archive is over a limit: ${what}. If you trust the file, raise ${setting}.`, { setting });

export const encrypted = (what: string): Refusal =>
  new Refusal('ARCHIVE_ENCRYPTED', `The archive is encrypted with age: ${what}. Give the identity it was encrypted for (--identity FILE).`);
