import { hookComment } from './own-relations.ts';
import { sql, type Statement } from './sql.ts';

/** Of `pg_trigger as t`: none of the triggers by which snapshots learn of changes. They write nothing and are no user's. */
export const isNoHook: Statement = sql`coalesce(pg_catalog.obj_description(t.tgfoid, 'pg_proc'), '') operator(pg_catalog.<>) ${sql.lit(hookComment)}`;
