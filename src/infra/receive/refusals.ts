import { Refusal } from '../../domain/refusal.ts';
import { escaped } from '../archive/refusals.ts';

/** Why a file was not taken. Nothing of it is kept then. */
export const tooLarge = (name: string, maxBytes: number): Refusal =>
  new Refusal(
    'UPLOAD_TOO_LARGE',
    `The file ${escaped(name)} has more than the ${maxBytes} bytes allowed. Nothing was stored. Send it in parts, or raise maxFileBytes on the server.`,
    { name: escaped(name), limit: maxBytes },
  );

export const hashDiffers = (name: string, hashes: { readonly announced: string; readonly arrived: string; readonly wire: string }): Refusal =>
  new Refusal(
    'UPLOAD_HASH_DIFFERS',
    `The file ${escaped(name)} arrived with SHA-256 ${hashes.arrived}, but ${hashes.announced} was announced. Nothing was stored. ${
      hashes.wire === hashes.announced && hashes.wire !== hashes.arrived
        ? 'That is the hash of the compressed file: announce the one of its content.'
        : 'Send it again, and see that nothing changes it on its way.'
    }`,
    { name: escaped(name), ...hashes },
  );

export const lengthDiffers = (name: string, announced: number, arrived: number): Refusal =>
  new Refusal(
    'UPLOAD_HASH_DIFFERS',
    `The file ${escaped(name)} arrived with ${arrived} bytes, but ${announced} were announced. Nothing was stored. Send it again.`,
    {
      name: escaped(name),
      announced,
      arrived,
    },
  );

export const bodyDiffers = (): Refusal =>
  new Refusal('SIGNATURE_BODY_DIFFERS', 'The body is not the one that was signed. Nothing was stored. Sign the bytes as they are sent, and send them again.');

export const notCompressed = (name: string): Refusal =>
  new Refusal(
    'ARCHIVE_UNSUPPORTED',
    `The file ${escaped(name)} is named as a compressed one, but its first bytes are neither gzip nor zstd. Nothing was stored. Compress it again, or send it under the name of what it is.`,
    { name: escaped(name) },
  );

export const notAsDeclared = (name: string, declared: string): Refusal =>
  new Refusal(
    'ARCHIVE_CORRUPT',
    `The file ${escaped(name)} was declared as ${declared}, which it is not. Nothing was stored. Leave Content-Encoding out, or send what it says.`,
    { name: escaped(name), declared },
  );
