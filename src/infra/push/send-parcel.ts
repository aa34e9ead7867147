import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import { confirmed, isWorthIt, refuseChanged, type Carrier, type Delivered } from './carrier.ts';
import type { Parcel } from './parcel.ts';
import { sendLarge } from './send-large.ts';

const compressed = promisify(zstdCompress);

const wrapped = async ({ form }: Parcel, whole: Buffer): Promise<Uint8Array> => {
  if (form !== 'plain') return whole;
  // With its size in the header, whoever expands it takes no more memory than it needs.
  const body = await compressed(whole, { pledgedSrcSize: whole.byteLength });
  return isWorthIt(body.byteLength, whole.byteLength) ? body : whole;
};

/** To send so little costs no more than to ask whether it is there. */
const tinyBytes = 64 * 1024;

const sendSmall = async ({ server, line }: Carrier, parcel: Parcel, whole: Buffer): Promise<Delivered> => {
  const { name, sha256 } = parcel;
  const once = whole.byteLength < tinyBytes;
  let body: Uint8Array | undefined;
  return line.try(async () => {
    const found = once ? undefined : await server.find(sha256);
    // Found after it was posted: only the answer had been lost.
    if (found !== undefined) return { receipt: found, isKnown: body === undefined, wireBytes: body?.byteLength ?? 0 };
    const isFirst = body === undefined;
    body ??= await wrapped(parcel, whole);
    const receipt = confirmed(await server.post({ name, sha256, body, once }), parcel);
    return { receipt, isKnown: isFirst && receipt.known, wireBytes: body.byteLength };
  });
};

/**
 * One file to the server, until the server says that it holds the same bytes and the file is still the one that was sent. It
 * asks first, by hash: what is there is not sent, whoever sent it, and after a lost answer too. A tiny file goes with the question.
 */
export const sendParcel = async (carrier: Carrier, parcel: Parcel): Promise<Delivered> => {
  const delivered = await (parcel.whole === undefined ? sendLarge(carrier, parcel) : sendSmall(carrier, parcel, parcel.whole));
  await refuseChanged(parcel);
  return delivered;
};
