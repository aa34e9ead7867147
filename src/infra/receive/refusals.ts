import { Refusal } from '../../domain/refusal.ts';
import { escaped } from '../archive/refusals.ts';

/** Why a file was not taken. Nothing of it is kept then. */
export const tooLarge = (name: string, maxBytes: number): Refusal =>
  new Refusal(
    'UPLOAD_TOO_LARGE',
    `The file ${escaped(name)} has more than the ${maxBytes} bytes allowed. Nothing was stored. Split it, or raise WAYBILL_MAX_FILE_BYTES on the server.`,
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

type Expansion = { readonly maxFileBytes: number; readonly maxRatio: number };

const whyNotExpanded = (code: string, setting: unknown, { maxFileBytes, maxRatio }: Expansion): string | undefined => {
  if (code === 'ARCHIVE_TRUNCATED') return 'stops in the middle of its compressed data. Nothing was stored. Send it again, all of it.';
  if (code === 'ARCHIVE_CORRUPT') return 'does not decode, or something follows its end. Nothing was stored. Compress it again, in one go, and send that.';
  if (code === 'ARCHIVE_UNSUPPORTED')
    return 'was compressed with a window of more than 16 MB. Nothing was stored. Compress it again without --long and --ultra.';
  if (code !== 'ARCHIVE_LIMIT') return undefined;
  return setting === 'limits.maxRatio'
    ? `expands to more than ${maxRatio} times its size. Nothing was stored. If you trust it, send it expanded, or raise WAYBILL_MAX_RATIO on the server.`
    : `expands to more than the ${maxFileBytes} bytes allowed. Nothing was stored. Split it, or raise WAYBILL_MAX_FILE_BYTES on the server.`;
};

/** The reader of archives speaks of archives; what is sent here is a file that its sender knows by name. */
export const notExpanded = (name: string, limits: Expansion, error: unknown): unknown => {
  if (!(error instanceof Refusal)) return error;
  const { code, details } = error;
  const why = whyNotExpanded(code, details['setting'], limits);
  return why === undefined ? error : new Refusal(code, `The file ${escaped(name)} ${why}`, { ...details, name: escaped(name) });
};

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
