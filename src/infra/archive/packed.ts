import { open } from 'node:fs/promises';

/** Beginnings of what only an archive has: zstd, gzip, age, and a tar's own mark. */
export const isPackedHead = (head: Buffer): boolean =>
  head.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])) ||
  head.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b])) ||
  head.subarray(0, 21).toString('latin1') === 'age-encryption.org/v1' ||
  head.subarray(257, 262).toString('latin1') === 'ustar';

export const readHead = async (path: string, bytes: number): Promise<Buffer> => {
  const file = await open(path);
  try {
    const head = Buffer.alloc(bytes);
    const { bytesRead } = await file.read(head, 0, bytes, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

export const isPacked = async (path: string): Promise<boolean> => isPackedHead(await readHead(path, 512));
