import type { KeyedTable } from '../../domain/catalogue/key.ts';
import type { Progress } from '../../domain/run/run.ts';

/** Tells how far an export is, a few times a second. */
export type Meter = {
  start(table: string): void;
  seen(rows: number, bytes: number): void;
  finish(written: { readonly rows: number; readonly bytes: number }): void;
};

const tickMs = 100;

export const createMeter = (keyed: readonly KeyedTable[], tablesTotal: number, progress: (progress: Progress) => void): Meter => {
  const estimated = keyed.reduce((total, table) => total + Math.max(0, table.estimatedRows), 0);
  const done = { tables: 0, rows: 0, bytes: 0 };
  let [table, told] = ['', 0];
  const tell = (rows: number, bytes: number): void => {
    told = performance.now();
    progress({
      phase: 'exporting',
      table,
      tablesDone: done.tables,
      tablesTotal,
      rows,
      bytes,
      ...(estimated === 0 ? {} : { rowsTotal: Math.max(estimated, rows) }),
    });
  };
  return {
    start: (name) => {
      table = name;
      tell(done.rows, done.bytes);
    },
    seen: (rows, bytes) => {
      if (performance.now() - told >= tickMs) tell(done.rows + rows, done.bytes + bytes);
    },
    finish: (written) => {
      done.rows += written.rows;
      done.bytes += written.bytes;
      done.tables += 1;
      tell(done.rows, done.bytes);
    },
  };
};
