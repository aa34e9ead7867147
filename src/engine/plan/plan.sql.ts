import { sql, type Statement } from '../../infra/postgres/sql.ts';
import type { Load } from '../load.ts';
import { temporary } from '../temporary.ts';

/**
 * Verdicts of the rows that the target has already, and an order-free sum over their places in the archive: its hash is
 * known, so a place says which row it is, and the inserts are the rest of it (ENGINE-RULES 9).
 */
export const countMatched = (load: Load): Statement => sql`
/* engine.plan.count-matched */
select m.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.sum(pg_catalog.hashtidextended(m.src, 0))::pg_catalog.text as keys
from ${temporary('match', load.index)} as m
group by 1 order by 1`;

export const countBlocked = (load: Load): Statement => sql`
/* engine.plan.count-blocked */
select pg_catalog.count(distinct i.src)::bigint as count, coalesce(pg_catalog.sum(pg_catalog.hashtextextended(i.src::pg_catalog.text operator(pg_catalog.||) i.code, 0)), 0)::pg_catalog.text as keys
from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) ${sql.lit(load.index)} and i.src is not null`;

export const countIssues: Statement = sql`
/* engine.plan.count-issues */
select load, code, pg_catalog.count(*)::integer as count from pg_temp.wb_issue group by 1, 2 order by 1, 2`;

/** Rows that only one side has: left deleted here, or deleted there; their verdicts, and an order-free sum over what is known of them. */
export const countStaying = (load: Load): Statement => sql`
/* engine.plan.count-staying */
select y.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.sum(pg_catalog.hashtidextended(y.src, 0))::pg_catalog.text as keys
from ${temporary('stay', load.index)} as y
group by 1 order by 1`;

export const countGone = (load: Load): Statement => sql`
/* engine.plan.count-gone */
select g.verdict, pg_catalog.count(*)::bigint as count, pg_catalog.sum(pg_catalog.hashtextextended(g.name, 0))::pg_catalog.text as keys
from ${temporary('gone', load.index)} as g group by 1 order by 1`;

/** A changed row with an issue stays as it is. */
export const markBlocked = (load: Load): Statement => sql`
/* engine.plan.mark-blocked */
update ${temporary('change', load.index)} as ch set verdict = 'blocked'
where exists (select 1 from pg_temp.wb_issue as i where i.load operator(pg_catalog.=) ${sql.lit(load.index)} and i.src operator(pg_catalog.=) ch.src)`;
