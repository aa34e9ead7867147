import { readFile } from 'node:fs/promises';
import pg from 'pg';
import type { Content } from './content.ts';
import { schemaFile } from './load.ts';

/**
 * The two days of a platform with two copies: development took production's rows in, and then both sides went on. Each
 * script is plain SQL for its copy; together they hold whatever makes a merge back hard.
 */

/** Runs a script as it stands and gives the first cell of its last row. */
export const runScript = async (url: string, script: string): Promise<string | undefined> => {
  const client = new pg.Client({ connectionString: url, application_name: 'crearis two days' });
  await client.connect();
  try {
    const results = await client.query<Record<string, unknown>>(script);
    const cell = Object.values(results.rows?.[0] ?? {})[0];
    return typeof cell === 'string' ? cell : undefined;
  } finally {
    await client.end();
  }
};

/** The tables alone: a database that was migrated and holds nothing yet. */
export const createTables = async (url: string): Promise<void> => void (await runScript(url, await readFile(schemaFile, 'utf8')));

/** What developers did: edits, new rows (a user and an instructor that refer to each other among them), and rows that are gone. */
export const developmentEdits = `
  update projects set name = 'Renamed in development' where domaincode = (select min(domaincode) from projects);
  update events set price = 12.50 where xmlid = 'event_0001';
  update users set prefs = prefs || '{"theme": "development"}' where sysmail = (select min(sysmail) from users);
  update pages set page_md = 'Written in development' where id = (select min(id) from pages);
  update posts set title = 'The title of development' where xmlid = 'post_0001';
  insert into posts (xmlid, project_id, title, status_id)
    select 'post_of_development', (select min(id) from projects), 'New in development', (select min(id) from status where tbl = 'posts');
  insert into tags (name) values ('of development');
  insert into posts_tags (post_id, tag_id) select p.id, t.id from posts p, tags t where p.xmlid = 'post_of_development' and t.name = 'of development';
  insert into users (sysmail, name, status_id) values ('dev@example.org', 'Dev', 1);
  insert into instructors (xmlid, name, user_id, status_id) select 'instructor_of_development', 'Dev', u.id, u.status_id from users u where u.sysmail = 'dev@example.org';
  update users set instructor_id = (select id from instructors where xmlid = 'instructor_of_development') where sysmail = 'dev@example.org';
  delete from posts where xmlid = 'post_0002';
  delete from participants where xmlid = 'participant_0002';`;

/** What happened in production meanwhile. */
export const productionEdits = `
  update projects set page_md = 'Written in production' where domaincode = (select min(domaincode) from projects);
  update events set title = 'Renamed in production' where xmlid = 'event_0002';
  update posts set title = 'The title of production' where xmlid = 'post_0001';
  insert into posts (xmlid, project_id, title, status_id)
    select 'post_of_production', (select max(id) from projects), 'New in production', (select min(id) from status where tbl = 'posts');
  update posts set updated_at = '2026-11-21 09:00:00Z' where xmlid = 'post_of_production';
  insert into tags (name) values ('of production');
  update participants set name = 'Still needed in production' where xmlid = 'participant_0002';
  delete from participants where xmlid = 'participant_0001';`;

/** And after the merge: a cell that the merge had changed too, another cell of such a row, and a row of its own. */
export const laterEdits = `
  update events set price = 99 where xmlid = 'event_0001';
  update posts set md = 'Edited after the merge' where xmlid = 'post_0001';
  update posts set title = 'Edited after the merge' where xmlid = 'post_0004';`;

/** What both sides changed: the title of one post, and a participant that development deleted and production changed. */
export const conflicts = ['participant_0002', 'post_0001'] as const;

/** Decided by hand: development's title; for everything else production's word counts. */
export const decisions = [{ take: 'CURRENT' }, { table: 'public.posts', row: 'post_0001', column: 'title', take: 'INCOMING' }] as const;

/** The project that both sides changed, in different cells: the merge takes both. */
export const combinedProject = `select domaincode || ': ' || name || ' / ' || page_md from projects where domaincode = (select min(domaincode) from projects)`;
export const combined = 'Renamed in development / Written in production';

/** A row of its own on each side, under the same id. */
export const newPostIds = `select string_agg(distinct id::text, ' ') from posts where xmlid in ('post_of_development', 'post_of_production')`;

/**
 * What the merge must leave in production: every row that development changed as development has it, everything else as
 * production has it. The project that both changed stays out here: `combinedProject` looks at it.
 */
export const expectedAfterMerge = (start: Content, development: Content, production: Content): Content =>
  new Map(
    [...production].map(([table, rows]) => {
      const [before, after] = [start.get(table) ?? new Map<string, string>(), development.get(table) ?? new Map<string, string>()];
      const merged = new Map(rows);
      for (const key of new Set([...before.keys(), ...after.keys()])) {
        const image = after.get(key);
        if (before.get(key) === image || staysWithProduction(table, key)) continue;
        if (image === undefined) merged.delete(key);
        else merged.set(key, image);
      }
      return [table, merged];
    }),
  );

const staysWithProduction = (table: string, key: string): boolean => table === 'projects' || (table === 'participants' && key === 'participant_0002');
