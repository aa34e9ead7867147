import { Refusal } from '../refusal.ts';
import type { UploadEvent } from '../run/events.ts';

/** A received file, addressed by its SHA-256. The same content stored again is another event of the same upload. */
export type Upload =
  | { readonly state: 'none' }
  | { readonly state: 'stored'; readonly sha256: string; readonly bytes: number; readonly name: string; readonly times: number };

export type StoreUpload = UploadEvent['data'];

export const noUpload: Upload = { state: 'none' };

export const evolveUpload = (upload: Upload, event: UploadEvent): Upload => ({
  state: 'stored',
  ...event.data,
  times: upload.state === 'none' ? 1 : upload.times + 1,
});

export const decideUpload = (upload: Upload, command: StoreUpload): readonly UploadEvent[] => {
  if (!/^[0-9a-f]{64}$/.test(command.sha256)) throw new Refusal('UPLOAD_HASH_INVALID', 'An upload is addressed by its SHA-256 in lower-case hexadecimal.');
  if (upload.state === 'stored' && upload.bytes !== command.bytes) {
    throw new Refusal('UPLOAD_SIZE_DIFFERS', `The upload ${command.sha256} is known with ${upload.bytes} bytes, not ${command.bytes}.`);
  }
  return [{ type: 'UploadStored', data: command }];
};
