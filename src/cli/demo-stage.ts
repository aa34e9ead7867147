import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Defect } from '../domain/refusal.ts';
import type { Config } from '../infra/config.ts';
import { accepted, type Client } from './client.ts';
import { followRun, type RunDetails } from './follow-run.ts';
import { applyPlanMutation, exportMutation } from './operations/requests.ts';
import { shown, type Output } from './output.ts';
import { printOutcome } from './print-run.ts';

/** What the steps of the demo share: where they are played, and what each of them does again and again. */
export const places = ['demo_first', 'demo_second', 'demo_production', 'demo_development', 'demo_never_merged'] as const;
export type Places = Readonly<Record<(typeof places)[number], string>>;

/** The example lies beside the sources and is no part of the built package. */
export type Content = ReadonlyMap<string, ReadonlyMap<string, string>>;
export type Example = {
  readonly loadExample: (url: string, options: { readonly copy: 'first' | 'second' }) => Promise<number>;
  readonly readContent: (url: string) => Promise<Content>;
  readonly expectedAfterImport: (incoming: Content, before: Content) => Content;
  readonly contentDifferences: (expected: Content, actual: Content) => readonly string[];
};

export type Stage = {
  readonly output: Output;
  readonly example: Example;
  readonly config: Config;
  readonly client: Client;
  readonly places: Places;
};

export const heading = (output: Output, text: string): void => {
  output.line('');
  output.line(output.bold(text));
};

export const ended = async ({ client, output }: Stage, runId: string, wanted: RunDetails['state'], attemptsBefore = 0): Promise<RunDetails> => {
  const run = await followRun(client, runId, output, attemptsBefore);
  if (run.state === wanted) return run;
  printOutcome(run, output);
  throw new Defect(`Run ${runId} ended ${run.state.toLowerCase()}: ${run.failure?.message ?? ''}`);
};

export const check = ({ output }: Stage, what: string, differences: readonly string[]): void => {
  if (differences.length === 0) return output.line(`ok  ${what}`);
  for (const difference of differences.slice(0, 10)) output.line(`    ${shown(difference)}`);
  throw new Defect(`Not so: ${what}; ${differences.length} differences`);
};

export type Exported = { readonly run: RunDetails; readonly file: string; readonly bytes: number; readonly seconds: number };

export const exportPlace = async (stage: Stage, database: string): Promise<Exported> => {
  const { export: asked } = await stage.client.execute(exportMutation, {
    input: { database, compression: 'ZSTD', recipients: [] },
    idempotencyKey: randomUUID(),
  });
  const run = await ended(stage, accepted(asked).runId, 'COMPLETED');
  if (run.result?.__typename !== 'ExportResult') throw new Defect('The export has no result');
  const { file, archive, seconds } = run.result;
  return { run, file: fileURLToPath(new URL(file, `file://${stage.config.backupDir}/`)), bytes: archive.bytes, seconds };
};

export const applyPlanned = async (stage: Stage, planned: RunDetails): Promise<RunDetails> => {
  const { applyPlan } = await stage.client.execute(applyPlanMutation, {
    input: { run: planned.runId, planHash: planned.plan?.hash ?? null },
    idempotencyKey: randomUUID(),
  });
  return ended(stage, accepted(applyPlan).runId, 'COMPLETED', planned.attempt);
};
