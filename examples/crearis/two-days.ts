import type { Content } from './content.ts';

/**
 * The two days of a platform with two copies: development took production's rows in, and then both sides went on. Each
 * script is plain SQL for its copy; together they hold whatever makes a merge back hard.
 */

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

/** Its name is of development and its page of production after the merge. */
export const combinedProject = `select name || ' / ' || page_md as combined from projects where domaincode = (select min(domaincode) from projects)`;
export const combined = 'Renamed in development / Written in production';

/** What production gave to a row of its own, and development to another one. */
export const newPosts = `select count(distinct id)::text as ids from posts where xmlid in ('post_of_development', 'post_of_production')`;

/**
 * What the merge must leave in production: every row that development changed as development has it, everything else as
 * production has it. The row that both changed in different cells is checked by `combinedProject`.
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

const staysWithProduction = (table: string, key: string): boolean => (table === 'participants' && key === 'participant_0002') || table === 'projects';
