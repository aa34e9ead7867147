import type { QualifiedName } from '../../domain/catalogue/catalogue.ts';
import { relation, sql, type Statement } from '../../infra/postgres/sql.ts';

/** Runs that the database has, and what a replay found when it put them there. */
export const replayMarkers = (runs: QualifiedName): Statement => sql`
/* engine.replay.markers */
select r.run_id as run, r.summary operator(pg_catalog.->>) 'kind' as kind, r.summary operator(pg_catalog.#>>) '{archive,sha256}' as upload, r.summary operator(pg_catalog.->) 'replayed' as replayed
from ${relation(runs)} as r where r.state operator(pg_catalog.=) 'applied' order by r.at, r.run_id`;
