import { readFile } from 'node:fs/promises';
import type { Issue } from '../../src/domain/issue.ts';
import type { PlanSummary } from '../../src/domain/run/run.ts';
import { createTestDatabase, type TestDatabase } from './cluster.ts';
import { createEngineRig, type EngineRig, type Imported } from './engine.ts';
import { query } from './two-databases.ts';

/** Two databases for all tests of one file, emptied before each: creating one costs more than a whole import. */
export type Arena = EngineRig & {
  readonly source: string;
  readonly target: string;
  /** The schema on both sides (or another one in the target), and rows of each. */
  set(schema: string, rows?: { readonly source?: string; readonly target?: string; readonly targetSchema?: string }): Promise<void>;
  inSource(script: string): Promise<readonly (readonly (string | null)[])[]>;
  inTarget(script: string): Promise<readonly (readonly (string | null)[])[]>;
  /** Every issue of a plan: `table row 2: code column constraint = value | message`. */
  issues(plan: PlanSummary | undefined): Promise<readonly string[]>;
  close(): Promise<void>;
};

const empty = `do $$ declare s name; begin
  for s in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop execute format('drop schema %I cascade', s); end loop;
end $$; create schema public`;

export const openArena = async (): Promise<Arena> => {
  const rig = await createEngineRig();
  const databases: readonly [TestDatabase, TestDatabase] = [await createTestDatabase(), await createTestDatabase()];
  const [source, target] = databases.map(({ url }) => url) as [string, string];
  return {
    ...rig,
    source,
    target,
    set: async (schema, rows = {}) => {
      await Promise.all([
        query(source, `${empty};\n${schema};\n${rows.source ?? 'select 1'}`),
        query(target, `${empty};\n${rows.targetSchema ?? schema};\n${rows.target ?? 'select 1'}`),
      ]);
    },
    inSource: (script) => query(source, script),
    inTarget: (script) => query(target, script),
    issues: async (plan) => {
      if (plan?.issueFile === undefined) return [];
      const lines = (await readFile(rig.blobs.path(plan.issueFile.sha256), 'utf8')).trim().split('\n');
      return lines.map((line) => {
        const { table, row, code, column, constraint, value, message } = JSON.parse(line) as Issue;
        return `${table} row ${row ?? '?'}: ${code} ${column ?? '-'} ${constraint ?? '-'} = ${value ?? 'NULL'} | ${message}`;
      });
    },
    close: async () => {
      for (const database of databases) await database.drop();
    },
  };
};

/** The last plan that a run made. */
export const lastPlan = ({ plans }: Imported): PlanSummary => {
  const plan = plans.at(-1);
  if (plan === undefined) throw new Error('The run made no plan');
  return plan;
};
