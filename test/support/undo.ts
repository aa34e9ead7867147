import type { RowChange, WriteResult } from '../../src/domain/run/run.ts';
import type { Imported } from './engine.ts';
import { readFile } from 'node:fs/promises';
import type { EngineRig } from './engine.ts';

/** The result of a run that must have been completed. */
export const completed = ({ outcome }: Imported): WriteResult => {
  if (outcome.state !== 'completed' || outcome.result.kind === 'export' || outcome.result.kind === 'replay')
    throw new Error(`The run ended as ${outcome.state}: ${JSON.stringify(outcome, undefined, 1)}`);
  return outcome.result;
};

export const refusalOf = ({ outcome }: Imported): string => (outcome.state === 'refused' ? `${outcome.code}: ${outcome.message}` : outcome.state);

/** The row file of the last plan, as short lines. */
export const rowLines = async (rig: EngineRig, { plans }: Imported): Promise<readonly string[]> => {
  const file = plans.at(-1)?.rowFile;
  if (file === undefined) return [];
  const text = await readFile(rig.blobs.path(file.sha256), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { table, row, verdict, cells } = JSON.parse(line) as RowChange;
      return `${table} ${row} ${verdict} ${cells.map(({ column, current, incoming, outcome }) => `${column}: ${current ?? 'NULL'} -> ${incoming ?? 'NULL'} ${outcome}`).join('; ')}`.trimEnd();
    });
};
