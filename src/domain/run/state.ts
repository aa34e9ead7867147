import type { ExportInput, ImportInput, MergeInput, PlanSummary, ReplaceInput, ReplayInput, Resolution, RollbackInput, RunResult } from './run.ts';

export type Requested =
  | { readonly kind: 'import'; readonly input: ImportInput }
  | { readonly kind: 'merge'; readonly input: MergeInput }
  | { readonly kind: 'replace'; readonly input: ReplaceInput }
  | { readonly kind: 'rollback'; readonly input: RollbackInput }
  | { readonly kind: 'replay'; readonly input: ReplayInput }
  | { readonly kind: 'export'; readonly input: ExportInput };

/** What is known of a run in every state after its request. */
export type RunFacts = {
  readonly requested: Requested;
  /** Number of the attempt under way, or of the last one. */
  readonly attempt: number;
  /** Attempts that ended in a fault and were tried again. */
  readonly retries: number;
  readonly cancelRequested: boolean;
  readonly plan?: PlanSummary;
  readonly approvedPlanHash?: string;
  /** In the order in which they were given. */
  readonly resolutions: readonly Resolution[];
};

/**
 * `running` with `betweenAttempts` means: an attempt was lost or will be retried, and the next one has not started. It is
 * still running to the user, because what the lost attempt did in the target is not known until the next one has looked.
 */
export type Run =
  | { readonly state: 'none' }
  | (RunFacts & { readonly state: 'requested' })
  | (RunFacts & { readonly state: 'running'; readonly betweenAttempts: boolean })
  | (RunFacts & { readonly state: 'planned'; readonly plan: PlanSummary })
  | (RunFacts & { readonly state: 'approved'; readonly approvedPlanHash: string })
  | (RunFacts & { readonly state: 'completed'; readonly result: RunResult })
  | (RunFacts & { readonly state: 'refused'; readonly code: string; readonly message: string })
  | (RunFacts & { readonly state: 'failed'; readonly code: string; readonly message: string })
  | (RunFacts & { readonly state: 'cancelled'; readonly phase: string });

export const noRun: Run = { state: 'none' };

export const isEnded = (state: Run['state']): boolean => state === 'completed' || state === 'refused' || state === 'failed' || state === 'cancelled';
