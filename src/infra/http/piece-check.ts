import type { IncomingMessage } from 'node:http';
import { Refusal } from '../../domain/refusal.ts';
import type { PieceCheck } from '../receive/part-store.ts';
import { bodyDiffers } from '../receive/refusals.ts';
import { Declined } from './answers.ts';
import type { RequestCaller } from './request-scope.ts';
import { header } from './upload-request.ts';

/** Of the extension `checksum`, in the order in which the server would have them. */
export const checksumAlgorithms = ['sha256', 'sha1', 'md5'] as const;

const checksumDiffers = (): Refusal =>
  new Refusal('UPLOAD_HASH_DIFFERS', 'The piece does not have the checksum of its Upload-Checksum. It was not taken; send it again from the same offset.');

/** What the bytes of this request must hash to: `Upload-Checksum: sha1 BASE64`, and what its signature promises. */
export const pieceChecksOf = (request: IncomingMessage, { bodyHash }: RequestCaller): readonly PieceCheck[] => {
  const signed: readonly PieceCheck[] = bodyHash === undefined ? [] : [{ algorithm: 'sha256', digest: bodyHash, refusal: bodyDiffers }];
  const given = header(request, 'upload-checksum');
  if (given === undefined) return signed;
  const [name = '', checksum = ''] = given.trim().split(/\s+/, 2);
  const algorithm = checksumAlgorithms.find((known) => known === name.toLowerCase());
  if (algorithm === undefined)
    throw new Declined({ status: 400, code: 'CHECKSUM_UNSUPPORTED', message: `Upload-Checksum knows ${checksumAlgorithms.join(', ')}.` });
  return [...signed, { algorithm, digest: Buffer.from(checksum, 'base64').toString('hex'), refusal: checksumDiffers }];
};
