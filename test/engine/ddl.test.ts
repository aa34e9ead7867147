import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Phase } from '../../src/domain/run/run.ts';
import { openArena, type Arena } from '../support/arena.ts';
import type { Imported } from '../support/engine.ts';

/** Tables are altered while an import runs: what was read of them holds until COMMIT, or nothing is written. */
let arena: Arena;
beforeAll(async () => {
  arena = await openArena();
});
afterAll(() => arena.close());

const schema = `create table p (id serial primary key, k text not null unique); create table c (id serial primary key, k text not null unique, p_id int, v text)`;
const set = async (): Promise<string> => {
  const referenced = `${schema}; alter table c add constraint to_p foreign key (p_id) references p`;
  await arena.set(referenced, {
    source: `insert into p (k) values ('a'), ('b'); insert into c (k, p_id, v) values ('x', 1, 'v'), ('y', 2, 'w')`,
    target: `insert into p (k) values ('b'), ('a'); insert into c (k, v) values ('z', 'v')`,
  });
  return arena.export(arena.source);
};

const altering = async (statement: string, at: Phase): Promise<{ readonly run: Imported; readonly altered: unknown }> => {
  const archive = await set();
  let altered: Promise<unknown> | undefined;
  const run = await arena.import(arena.target, archive, {
    onProgress: ({ phase }) => {
      if (phase === at) altered ??= arena.inTarget(`set lock_timeout = '10s'; ${statement}`).catch((error: unknown) => error);
    },
  });
  return { run, altered: await altered };
};

const statements: readonly string[] = [
  `alter table c drop column v`,
  `alter table c rename column v to w`,
  `alter table c add column needed int not null default 1`,
  `alter table c alter v type int using null`,
  `alter table c add unique (v)`,
  `alter table c add check (v <> 'w')`,
  `alter table c drop constraint to_p`,
  `alter table c drop constraint to_p, add constraint again foreign key (p_id) references c (id)`,
  `alter table p rename to q`,
  `drop table c`,
  `create function f() returns trigger language plpgsql as $$ begin new.p_id := 1; return new; end $$; create trigger f before insert on c for each row execute function f()`,
  `create rule r as on insert to c do instead nothing`,
];

test.each(statements)('%s: the run is refused and nothing is written', async (statement) => {
  const archive = await set();
  const holder = new pg.Client({ connectionString: arena.target });
  await holder.connect();
  await holder.query('begin; select pg_advisory_xact_lock(1463900482, 1)');
  // The run has read the catalogue and staged by the time it waits for its turn.
  let altered: Promise<unknown> | undefined;
  const run = await arena.import(arena.target, archive, {
    onProgress: ({ waitingFor }) => {
      if (waitingFor !== undefined) altered ??= holder.query(`${statement}; commit`);
    },
  });
  await altered;
  await holder.end();
  expect(run.outcome).toMatchObject({ state: 'refused', code: 'CATALOGUE_CHANGED' });
  if (statement !== `drop table c`) expect(await arena.inTarget(`select count(*) from c`)).toEqual([['1']]);
});

test.each(['staging', 'resolving', 'validating', 'applying'] as const)(
  'an ALTER TABLE that comes while the phase is %s waits for the end, or ends the run',
  async (phase) => {
    for (const statement of [`alter table c add constraint again foreign key (p_id) references p (id)`, `alter table c drop column v`]) {
      const { run, altered } = await altering(statement, phase);
      expect(altered).not.toBeInstanceOf(Error);
      if (run.outcome.state === 'refused') expect(run.outcome.code).toBe('CATALOGUE_CHANGED');
      else expect(run.outcome.state).toBe('completed');
      expect(await arena.inTarget(`select c.k, p.k from c join p on p.id = p_id order by 1`)).toEqual(
        run.outcome.state === 'completed'
          ? [
              ['x', 'a'],
              ['y', 'b'],
            ]
          : [],
      );
    }
  },
);
