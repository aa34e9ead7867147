import { Fault } from '../../domain/refusal.ts';
import type { Receipt } from './answers.ts';
import type { Line } from './backoff.ts';
import type { Journal } from './journal.ts';
import { isSameStamp, StillChanging, stampOf, type Parcel } from './parcel.ts';
import type { UploadServer } from './upload-server.ts';

/** What files are sent with. */
export type Carrier = {
  readonly server: UploadServer;
  readonly serverUrl: string;
  readonly line: Line;
  readonly journal: Journal;
  /** Where a compressed copy may lie; without one the file goes as it is. */
  readonly outbox: string | undefined;
  readonly pieceBytes: number;
};
export type Delivered = { readonly receipt: Receipt; readonly isKnown: boolean; /** 0 when nothing was sent. */ readonly wireBytes: number };

/** Servers refuse what expands too far, as they must; such a file is sent as it is. */
const highestRatio = 100;
export const isWorthIt = (wireBytes: number, bytes: number): boolean => wireBytes < bytes && wireBytes * highestRatio > bytes;

export const confirmed = (receipt: Receipt, { name, sha256 }: Parcel): Receipt => {
  if (receipt.sha256 === sha256) return receipt;
  throw new Fault('SENT_HASH_DIFFERS', `The server holds ${name} with SHA-256 ${receipt.sha256}, but ${sha256} was sent. It stays in the outbox.`, {
    retryable: true,
  });
};

export const refuseChanged = async ({ name, path, stamp }: Parcel): Promise<void> => {
  const now = await stampOf(path);
  if (now === undefined || !isSameStamp(now, stamp)) throw new StillChanging(name);
};
