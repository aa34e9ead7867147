import pg from 'pg';
import type { WriteResult, TablePlan } from '../../src/domain/run/run.ts';
import { createTestDatabase, type TestDatabase } from './cluster.ts';
import type { Imported } from './engine.ts';

/** Runs a script as it stands and gives the rows of its last statement, every value as text. */
export const query = async (url: string, script: string): Promise<readonly (readonly (string | null)[])[]> => {
  const client = new pg.Client({ connectionString: url, types: { getTypeParser: () => (value: string) => value } });
  await client.connect();
  try {
    const found = (await client.query({ text: script, rowMode: 'array' })) as unknown as
      | pg.QueryArrayResult<(string | null)[]>
      | readonly pg.QueryArrayResult<(string | null)[]>[];
    return Array.isArray(found)
      ? ((found as readonly pg.QueryArrayResult<(string | null)[]>[]).at(-1)?.rows ?? [])
      : (found as pg.QueryArrayResult<(string | null)[]>).rows;
  } finally {
    await client.end();
  }
};

export type TwoDatabases = { readonly source: TestDatabase; readonly target: TestDatabase };

/** A source and a target with the same schema, each with rows of its own. */
export const twoDatabases = async (
  schema: string,
  rows: { readonly source: string; readonly target?: string; readonly targetSchema?: string },
): Promise<TwoDatabases> => {
  const [source, target] = [await createTestDatabase(), await createTestDatabase()];
  await query(source.url, `${schema};\n${rows.source}`);
  await query(target.url, `${rows.targetSchema ?? schema};\n${rows.target ?? 'select 1'}`);
  return { source, target };
};

/** Verdicts that are not zero, as a small text table: `public.author insert 2, keep 1`. */
export const verdictsOf = (tables: readonly TablePlan[]): readonly string[] =>
  tables.map(({ table, counts }) =>
    `${table} ${Object.entries(counts)
      .flatMap(([verdict, count]) => (count === 0 ? [] : [`${verdict} ${count}`]))
      .join(', ')}`.trimEnd(),
  );

export const resultOf = (imported: Imported): WriteResult => {
  if (imported.outcome.state !== 'completed') throw new Error(`The run ended as ${imported.outcome.state}: ${JSON.stringify(imported.outcome)}`);
  const { result } = imported.outcome;
  if (result.kind === 'export' || result.kind === 'replay') throw new Error(`Not a run that writes rows of its own: ${result.kind}`);
  return result;
};
