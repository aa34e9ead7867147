import { access, constants, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import picomatch from 'picomatch';
import { Failure, Fault, Refusal } from '../../domain/refusal.ts';
import { removeStaleFiles } from '../files/atomic-file.ts';
import { moveFile } from '../folders/place.ts';
import { createScan, type Scan, type Seen } from '../folders/scan.ts';
import { withProcessLock } from '../postgres/embedded/process-lock.ts';
import { createLine, type Patience } from './backoff.ts';
import type { Carrier } from './carrier.ts';
import { createExchange } from './http-exchange.ts';
import { lockName, openJournal } from './journal.ts';
import { readParcel } from './parcel.ts';
import { sendParcel } from './send-parcel.ts';
import { createUploadServer, serverBase } from './upload-server.ts';

/**
 * Sends the files of an outbox and moves each to another folder once the server has confirmed its hash; never before, and
 * never two processes at once. What goes wrong with one file leaves it where it is and does not keep the others; what goes
 * wrong with the server or the key stops all of them. Whoever kills it may start it again: what arrived is known by hash.
 */
export type PushOptions = {
  readonly server: string;
  readonly key: string | undefined;
  /** From the first request on; otherwise once the server asks for it. */
  readonly sign: boolean;
  readonly outboxDir: string;
  readonly sentDir: string;
  readonly concurrency: number;
  /** From this size on in pieces. */
  readonly resumableBytes: number;
  /** As large as what a break may cost. */
  readonly pieceBytes?: number;
  /** Globs over names; none: all. */
  readonly match: readonly string[];
  readonly settleSeconds: number;
  /** Between two looks at the outbox. */
  readonly lookSeconds: number;
  /** Longest silence of the network. */
  readonly idleSeconds: number;
  readonly patience?: Patience;
  readonly signal: AbortSignal;
  onEvent(event: PushEvent): void;
};

export type Sent = {
  readonly name: string;
  readonly bytes: number;
  readonly wireBytes: number;
  readonly sha256: string;
  /** Its name in the folder of sent files. */ readonly as: string;
};
export type NotSent = {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  /** The same again would be refused again. */ readonly isFinal: boolean;
};
export type PushEvent =
  | { readonly type: 'sent' | 'known'; readonly file: Sent }
  | { readonly type: 'failed'; readonly file: NotSent }
  | { readonly type: 'pause'; readonly seconds: number; readonly message: string };

export type Outcome = { readonly sent?: Sent; readonly known?: Sent; readonly failed?: NotSent; readonly pending?: string };

type Post = { readonly options: PushOptions; readonly carrier: Carrier; readonly signal: AbortSignal; stop(why: Failure): void };

const notSent = (name: string, error: unknown): NotSent => {
  if (error instanceof Failure) return { name, code: error.code, message: error.message, isFinal: !error.retryable && error.kind === 'refusal' };
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'INTERNAL_ERROR';
  return { name, code, message: `${name} cannot be sent: ${error instanceof Error ? error.message : String(error)}.`, isFinal: false };
};

/** Everybody waits for the same thing: the right key, the right server. */
const stopsAll = (error: unknown, { carrier }: Post): error is Failure =>
  error instanceof Failure &&
  (error.code === 'KEY_REFUSED' || ((error.code === 'SERVER_UNREACHABLE' || error.code === 'RATE_LIMITED') && carrier.line.isDown()));

const sendOne = async (post: Post, { name }: Seen): Promise<Outcome> => {
  const { options, carrier, signal } = post;
  const path = join(options.outboxDir, name);
  try {
    if (signal.aborted) return { pending: name };
    const parcel = await readParcel({ name, path, smallBytes: options.resumableBytes, signal });
    const { isKnown, wireBytes } = await sendParcel(carrier, parcel);
    const as = await moveFile(path, { folder: options.sentDir, name, sha256: parcel.sha256 });
    const file = { name, bytes: parcel.stamp.bytes, wireBytes, sha256: parcel.sha256, as: as ?? name };
    options.onEvent({ type: isKnown ? 'known' : 'sent', file });
    return isKnown ? { known: file } : { sent: file };
  } catch (error) {
    if (signal.aborted || (error instanceof Failure && error.code === 'FILE_STILL_CHANGES')) return { pending: name };
    if (stopsAll(error, post)) {
      post.stop(error);
      return { pending: name };
    }
    const file = notSent(name, error);
    options.onEvent({ type: 'failed', file });
    return { failed: file };
  }
};

export const usualPieceBytes = 8 * 1024 * 1024;
/** Pieces of so many large files are in memory at a time. */
const mostLarge = 2;
/** Of files that are mostly waited for, not sent, so many times as many are under way. */
const tinyTimes = 8;
const tinyBytes = 64 * 1024;

/** Begins with one, and takes another one in with each that went well: a wrong key or a dead network is met by few. */
const pool = async (files: readonly Seen[], width: number, work: (file: Seen) => Promise<boolean>): Promise<void> => {
  const waiting = files.values();
  const workers: Promise<void>[] = [];
  const worker = async (): Promise<void> => {
    for (const file of waiting) if ((await work(file)) && workers.length < width) workers.push(worker());
  };
  workers.push(worker());
  // The list grows while it is gone through.
  for (const each of workers) await each;
};

const sendAll = async (post: Post, files: readonly Seen[]): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  const work = async (file: Seen): Promise<boolean> => {
    const outcome = await sendOne(post, file);
    outcomes.push(outcome);
    return outcome.sent !== undefined || outcome.known !== undefined;
  };
  const { concurrency, resumableBytes } = post.options;
  const isLarge = ({ bytes }: Seen): boolean => bytes >= resumableBytes;
  const isTiny = (file: Seen): boolean => file.bytes < tinyBytes && !isLarge(file);
  await Promise.all([
    pool(files.filter(isTiny), concurrency * tinyTimes, work),
    pool(
      files.filter((file) => !isTiny(file) && !isLarge(file)),
      concurrency,
      work,
    ),
    pool(files.filter(isLarge), Math.min(mostLarge, concurrency), work),
  ]);
  return outcomes;
};

const nameMatcher = (match: readonly string[]): ((name: string) => boolean) => {
  const crossing = match.find((glob) => /[/\\]/.test(glob));
  if (crossing !== undefined) throw new Refusal('USAGE', `--match is held against names, which have no folder in them, not ${JSON.stringify(crossing)}.`);
  return match.length === 0 ? () => true : picomatch([...match], { nonegate: true });
};

const prepareFolders = async ({ outboxDir, sentDir }: PushOptions): Promise<void> => {
  if (resolve(outboxDir) === resolve(sentDir))
    throw new Refusal('USAGE', `Outbox and folder of sent files are the same (${outboxDir}). Set WAYBILL_SENT_DIR to another one.`);
  for (const folder of [outboxDir, sentDir]) {
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw new Fault('FOLDER_NOT_WRITABLE', `The folder ${folder} cannot be written to, so sent files could not be moved. Change its owner or mode.`, {
        cause: error,
      });
    }
  }
};

const lockPatienceMs = 250;

/** Held by a process of this machine; two machines on one shared folder are kept apart by the server's hashes alone. */
const alone = async <Result>({ outboxDir }: PushOptions, work: () => Promise<Result>): Promise<Result> => {
  let isIn = false;
  try {
    return await withProcessLock(join(outboxDir, lockName), lockPatienceMs, () => {
      isIn = true;
      return work();
    });
  } catch (error) {
    if (isIn || !(error instanceof Fault) || error.code !== 'LOCK_TIMEOUT') throw error;
    throw new Refusal('PUSH_LOCKED', `Another push sends from ${outboxDir} already. Wait for it, or end it.`);
  }
};

export type Session = {
  readonly scan: Scan;
  readonly matches: (name: string) => boolean;
  round(files: readonly Seen[]): Promise<readonly Outcome[]>;
  stopped(): Failure | undefined;
};

export const withSession = async <Result>(options: PushOptions, patience: Patience, work: (session: Session) => Promise<Result>): Promise<Result> => {
  const base = serverBase(options.server);
  const matches = nameMatcher(options.match);
  await prepareFolders(options);
  return alone(options, async () => {
    // Of a push that was killed while it moved a file to another disk.
    await removeStaleFiles(options.sentDir);
    const stopping = new AbortController();
    let stopped: Failure | undefined;
    const signal = AbortSignal.any([options.signal, stopping.signal]);
    const { exchange, close } = createExchange({ connections: options.concurrency * (tinyTimes + 1) + mostLarge, idleMs: options.idleSeconds * 1000, signal });
    const { key, sign, idleSeconds, onEvent } = options;
    const post: Post = {
      options,
      signal,
      carrier: {
        server: createUploadServer({ base, key, sign, intoInbox: true, idleMs: idleSeconds * 1000, exchange }),
        serverUrl: base.href,
        line: createLine({ patience, signal, onPause: ({ ms, message }) => onEvent({ type: 'pause', seconds: ms / 1000, message }) }),
        journal: await openJournal(options.outboxDir),
        outbox: options.outboxDir,
        pieceBytes: options.pieceBytes ?? usualPieceBytes,
      },
      stop: (why) => {
        stopped ??= why;
        stopping.abort(why);
      },
    };
    const scan = createScan(options.outboxDir, { settleSeconds: options.settleSeconds, clock: Date.now });
    try {
      return await work({ scan, matches, round: (files) => sendAll(post, files), stopped: () => stopped });
    } finally {
      close();
    }
  });
};
