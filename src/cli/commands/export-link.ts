import { randomUUID } from 'node:crypto';
import { accepted, type Client } from '../client.ts';
import { wholeNumber } from '../options.ts';
import type { RunDetails } from '../follow-run.ts';
import { downloadLinkMutation } from '../operations/link.ts';
import { shown, type Output } from '../output.ts';

export type FileLink = { readonly name: string; readonly url: string; readonly expiresAt: string };

/** `--link`, or `--link HOURS`. */
export const linkHours = wholeNumber('--link', 1);

/** A link to each file that the run wrote; none where it came to nothing. */
export const makeLinks = async (client: Client, { runId, result }: RunDetails, link: true | number): Promise<readonly FileLink[]> => {
  if (result?.__typename !== 'ExportResult') return [];
  const files = result.files.length === 0 ? [{ name: result.file, sha256: result.archive.sha256 }] : result.files;
  const links: FileLink[] = [];
  for (const { name, sha256 } of files) {
    const input = { run: runId, sha256, ...(link === true ? {} : { hours: link }) };
    const { downloadLink } = await client.execute(downloadLinkMutation, { input, idempotencyKey: randomUUID() });
    const { url, expiresAt } = accepted(downloadLink);
    links.push({ name, url: client.urlOf(url), expiresAt });
  }
  return links;
};

export const printLinks = (links: readonly FileLink[], { isRemote }: Client, output: Output): void => {
  for (const { name, url, expiresAt } of links) output.line(`${shown(name)} until ${expiresAt}: ${url}`);
  if (!isRemote && links.length > 0) output.note(output.dim('put it behind the URL of the server (waybill serve) that has this store'));
};
