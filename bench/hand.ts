import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import { cpuSeconds } from './cpu.ts';
import { valueColumns, withClient } from './table.ts';

/**
 * The best merge that somebody would write by hand for this one table: typed staging by COPY, statistics, parents found by
 * code, one upsert that leaves equal rows alone, memory enough for its joins. It checks nothing, records nothing, cannot be
 * undone, and overwrites what was edited here. Returns the seconds of processor that it took PostgreSQL.
 */
export const mergeByHand = async (url: string, file: string): Promise<number> =>
  withClient(url, async (client) => {
    await client.query(`begin; set local work_mem = '256MB'; set local temp_buffers = '64MB'; set local jit = off`);
    await client.query(
      `create temporary table staging (code text, parent_code text, title text, note text, category text, amount numeric(12,2), taken_at timestamptz, active boolean, attrs jsonb) on commit drop`,
    );
    await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), client.query(copyFrom('copy staging from stdin csv')));
    await client.query('analyze staging (code, parent_code)');
    const written = ['parent_id', ...valueColumns];
    await client.query(
      `insert into t (code, ${written.join(', ')})
       select s.code, p.id, ${valueColumns.map((name) => `s.${name}`).join(', ')} from staging s join parent p on p.code = s.parent_code
       on conflict (code) do update set ${written.map((name) => `${name} = excluded.${name}`).join(', ')}
       where (${written.map((name) => `t.${name}`).join(', ')}) is distinct from (${written.map((name) => `excluded.${name}`).join(', ')})`,
    );
    await client.query('commit');
    return cpuSeconds((await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid);
  });
