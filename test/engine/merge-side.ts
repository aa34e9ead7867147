import { Refusal } from '../../src/domain/refusal.ts';
import { query } from '../support/two-databases.ts';
import type { ModelDatabase } from './model.ts';
import { nameRows, type Named, type OriginOf } from './named-rows.ts';
import { applyEdits, idsFrom, type Edit } from './random-edits.ts';
import { readTables, type Shape } from './random-tables.ts';

/** One of the two databases of a case: what it holds, by id and by name, and what its application does to it. */
export type Side = {
  readonly url: string;
  /** What it holds now. */
  look(): Promise<Look>;
  /** Gives the statements that were run, for the story. */
  edit(edits: readonly Edit[]): Promise<readonly string[]>;
};
export type Look = { readonly rows: ModelDatabase; readonly named: Named; readonly originOf: OriginOf };

export const createSide = (url: string, tables: readonly Shape[], number: 0 | 1): Side => {
  const ids = idsFrom(tables, number);
  const run = (script: string): Promise<readonly (readonly (string | null)[])[]> => query(url, script);
  const look = async (): Promise<Look> => {
    const originOf = await readOrigins(run, number);
    const rows = await readTables(run, tables);
    ids.see(rows);
    return { rows, named: nameRows(tables, rows, originOf), originOf };
  };
  return {
    url,
    look,
    edit: async (edits) => {
      const { rows, originOf } = await look();
      const edited = applyEdits(tables, rows, edits, { originOf, nextId: ids });
      if (edited.script.length > 0) await run(edited.script.join(';\n'));
      return edited.script;
    },
  };
};

/** A row that no run brought comes from its own database. */
const readOrigins = async (run: (script: string) => Promise<readonly (readonly (string | null)[])[]>, number: 0 | 1): Promise<OriginOf> => {
  const [[installed]] = (await run(`select to_regclass('waybill.provenance')::text`)) as [[string | null]];
  if (installed === null) return (_, id) => `${number} ${id}`;
  const [own] = await run(`select database_id from waybill.database`);
  const rows = await run(`select table_name, key[1], origin_database, origin_key[1] from waybill.provenance`);
  const origins = new Map(rows.map(([table, key, database, origin]) => [`${table ?? ''} ${key ?? ''}`, `${database ?? ''} ${origin ?? ''}`]));
  return (table, id) => origins.get(`${table} ${id}`) ?? `${own?.[0] ?? number} ${id}`;
};

/** Where engine and reference part; `what` says in which way, so that a smaller case can be seen to fail alike. */
export class Disagreement extends Error {
  readonly what: string;
  constructor(what: string, detail: string) {
    super(`${what}\n${detail}`);
    this.what = what;
  }
}

/** A fault of the engine, as a way of disagreeing: numbers and names aside. */
export const asDisagreement = (error: unknown): Disagreement => {
  if (error instanceof Disagreement) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Refusal ? error.code : message.replaceAll(/"[^"]*"|\d+/g, '_').slice(0, 60);
  return new Disagreement(`failed: ${code}`, error instanceof Error ? (error.stack ?? message) : message);
};

export const expectEqual = (what: string, found: unknown, expected: unknown): void => {
  const [left, right] = [JSON.stringify(found, undefined, 1), JSON.stringify(expected, undefined, 1)];
  if (left !== right) throw new Disagreement(what, `found ${left}\nexpected ${right}`);
};
