import type { IssueCode } from '../../domain/issue.ts';
import type { Place } from './refusals.ts';

/** One row that cannot go in as it stands. It is put out all the same, padded, so that rows keep their numbers. */
export type RowFault = {
  readonly code: IssueCode;
  readonly row: number;
  readonly line: number;
  readonly position: number;
  readonly column?: string;
  readonly value?: string;
  readonly message: string;
};

/**
 * Bytes of UTF-8 in, COPY text out, in whatever chunks they come; the same bytes give the same text however they are cut.
 * What is broken for the whole file is thrown; what is wrong with one row is a fault.
 */
export type TableMachine = {
  /** COPY text that this chunk completes. */
  feed(chunk: Uint8Array): Buffer;
  end(): Buffer;
  readonly rows: number;
  faults(): readonly RowFault[];
  /** Where reading stands. */
  place(): Place;
  /** Lines on which the records begin that ended since this was last asked. */
  takeLines(): readonly number[];
};

export type MachineLimits = { readonly maxLineBytes: number; readonly maxFaults: number };

export const defaultMachineLimits: MachineLimits = { maxLineBytes: 16 * 1024 * 1024, maxFaults: 100_000 };

/** Bytes that begin a character. */
export const charactersIn = (bytes: Uint8Array, from: number, to: number): number => {
  let found = 0;
  for (let at = from; at < to; at += 1) if (((bytes[at] ?? 0) & 0xc0) !== 0x80) found += 1;
  return found;
};
