import { dirname } from 'node:path';
import { Failure, Fault } from '../../domain/refusal.ts';
import type { Config } from '../config.ts';
import { beginLines, endLine, failedLine, partly, plain, remarks } from './lines.ts';
import { syncSeed, type SyncOutcome } from './sync.ts';

/** What a server has to know of its sync: what it did, and whether to go on. */
export type SeedStart = { readonly outcome?: SyncOutcome; readonly stop?: Failure };

type Write = (line: string) => void;

const concluding = (failure: Failure, { onFailure }: Config['seed'], write: Write): Pick<SeedStart, 'stop'> => {
  write(onFailure === 'start' ? 'The server starts all the same.' : 'The server does not start.');
  return onFailure === 'start' ? {} : { stop: failure };
};

/** As an entrypoint does it: before anything else, in plain lines. Nothing when no volume is configured. */
export const syncAtStart = async (
  seed: Config['seed'],
  write: Write = (line) => void process.stdout.write(`${line}\n`),
  remark: Write = (line) => void process.stderr.write(`${line}\n`),
): Promise<SeedStart> => {
  const { from, to } = seed;
  if (to === undefined) return {};
  beginLines(from, to).forEach(write);
  try {
    const outcome = await syncSeed({ from, to, dataDirPath: dirname(to), onDelivered: (path) => write(plain(path)) });
    write(endLine(outcome));
    remarks(outcome).forEach(remark);
    if (outcome.failed.length === 0) return { outcome };
    const failure = new Fault('SEED_PARTIAL', `The initial data is not complete: ${partly(outcome)}`, { details: { failed: outcome.failed } });
    return { outcome, ...concluding(failure, seed, write) };
  } catch (error) {
    write(failedLine(error instanceof Error ? error.message : String(error)));
    if (error instanceof Failure) return concluding(error, seed, write);
    write('The server does not start.');
    throw error;
  }
};
