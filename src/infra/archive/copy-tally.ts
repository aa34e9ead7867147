import { createHash } from 'node:crypto';

/** Counts and hashes COPY text as it passes. In COPY text a raw newline always ends a row: those in values are escaped. */
export type CopyTally = {
  add(chunk: Uint8Array): void;
  readonly rows: number;
  readonly bytes: number;
  /** False when the last row has no end. */
  readonly endsRow: boolean;
  /** Once, at the end. */
  sha256(): string;
};

export const createCopyTally = (): CopyTally => {
  const hash = createHash('sha256');
  let rows = 0;
  let bytes = 0;
  let last = 0x0a;
  return {
    add: (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
      last = chunk[chunk.length - 1] ?? last;
      for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) rows += 1;
    },
    get rows() {
      return rows;
    },
    get bytes() {
      return bytes;
    },
    get endsRow() {
      return last === 0x0a;
    },
    sha256: () => hash.digest('hex'),
  };
};
