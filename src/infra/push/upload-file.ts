import { nameOfContent } from '../../domain/upload/name.ts';
import type { Receipt } from './answers.ts';
import { createLine, usualPatience } from './backoff.ts';
import { createExchange } from './http-exchange.ts';
import { forgetfulJournal } from './journal.ts';
import { readParcel } from './parcel.ts';
import { usualPieceBytes } from './push-session.ts';
import { sendLarge } from './send-large.ts';
import { createUploadServer, serverBase, type UploadServer } from './upload-server.ts';

export type UploadFileOptions = {
  readonly server: string;
  readonly key: string | undefined;
  readonly path: string;
  readonly name: string;
  readonly signal: AbortSignal;
};

const idleMs = 60_000;

/**
 * One file of any size for a caller that goes on with it: only stored, not put into the inbox. It outlives breaks of the
 * network, not the end of this process.
 */
export const uploadFile = async ({ server, key, path, name, signal }: UploadFileOptions): Promise<Receipt> => {
  const base = serverBase(server);
  const { exchange, close } = createExchange({ connections: 1, idleMs, signal });
  try {
    const parcel = await readParcel({ name, path, smallBytes: 0, signal });
    const uploads = createUploadServer({ base, key, sign: false, intoInbox: false, idleMs, exchange });
    // The name tells the table: the same content under another one is not what is asked for.
    const wanted = parcel.form === 'compressed' ? nameOfContent(name) : name;
    const find: UploadServer['find'] = async (sha256) => {
      const found = await uploads.find(sha256);
      return found?.name === wanted.normalize('NFC') ? found : undefined;
    };
    const carrier = {
      server: { ...uploads, find },
      serverUrl: base.href,
      line: createLine({ patience: usualPatience, signal, onPause: () => undefined }),
      journal: forgetfulJournal(),
      outbox: undefined,
      pieceBytes: usualPieceBytes,
    };
    return (await sendLarge(carrier, parcel)).receipt;
  } finally {
    close();
  }
};
