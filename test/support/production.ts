import { loadExample } from '../../examples/crearis/load.ts';
import { createTestDatabase, type TestDatabase } from './cluster.ts';
import type { Server, Waybill } from './scenario.ts';
import { query } from './two-databases.ts';

/**
 * The example in production, and the archives of a development that took it over: `base` is what both held, `home` what
 * development made of it, while production was edited too.
 */
export type Production = { readonly database: TestDatabase; readonly archives: { readonly base: string; readonly home: string } };

const developmentEdits = `
  update participants set name = name || ' (dev)' where id % 3 = 0;
  update posts set title = title || ' (dev)', tags_seen = tags_seen + 1 where id % 4 = 0;
  delete from posts_tags where post_id % 5 = 0;
  delete from participants where id % 11 = 0;
  insert into tags (name) values ('dev tag');
  insert into posts_tags select min(p.id), t.id from posts p, tags t where t.name = 'dev tag' group by t.id;
  insert into participants (xmlid, name, status_id) select 'dev_' || n, 'New ' || n, (select min(status_id) from participants) from generate_series(1, 20) n;
  update pages set page_md = 'edited in development' where id % 2 = 0`;
const productionEdits = `
  update participants set name = name || ' (prod)' where id % 5 = 0;
  update posts set md = coalesce(md, '') || ' (prod)' where id % 6 = 0;
  insert into participants (xmlid, name, status_id) select 'prod_' || n, 'Own ' || n, (select min(status_id) from participants) from generate_series(1, 5) n`;

export const createProduction = async (waybill: Waybill, scale: number): Promise<Production> => {
  const database = await waybill.database();
  await loadExample(database.url, { copy: 'first', scale });
  await query(database.url, 'alter table posts add tags_seen integer not null default 0');
  await exported(waybill, database.url, 'base.tar.zst');
  const development = await createTestDatabase(database.name);
  await query(development.url, developmentEdits);
  await exported(waybill, development.url, 'home.tar.zst');
  await development.drop();
  await query(database.url, productionEdits);
  const server = await waybill.serve();
  const archives = { base: await upload(server, 'base.tar.zst'), home: await upload(server, 'home.tar.zst') };
  server.kill('SIGTERM');
  await server.ended;
  return { database, archives };
};

/** The same tables without a row. */
export const createEmptyProduction = async (waybill: Waybill): Promise<TestDatabase> => {
  const database = await waybill.database();
  await loadExample(database.url, { copy: 'first', scale: 0.01 });
  await query(
    database.url,
    `alter table posts add tags_seen integer not null default 0;
     do $$ declare t text; begin
       for t in select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop execute format('truncate %I cascade', t); end loop;
     end $$`,
  );
  return database;
};

const exported = async (waybill: Waybill, url: string, name: string): Promise<void> => {
  const done = await waybill.cli(['export', '--from', url, '--out', `${waybill.env['WAYBILL_BACKUP_DIR'] ?? ''}/${name}`]);
  if (done.status !== 0) throw new Error(done.stderr);
};

const upload = async (server: Server, name: string): Promise<string> => {
  const { answer } = await server.graphql<{ answer: { readonly upload: { readonly sha256: string } } }>(
    'mutation ($file: String!, $key: String!) { answer: upload(input: { serverPath: $file }, idempotencyKey: $key) { ... on UploadPayload { upload { sha256 } } } }',
    { file: `backup/${name}`, key: `upload ${name}` },
  );
  return answer.upload.sha256;
};

export type Asking = { readonly mutation: 'import' | 'merge' | 'rollback' | 'replay'; readonly input: Readonly<Record<string, unknown>>; readonly key: string };

/** The same key is the same run, however often the answer was lost. */
export const ask = async (server: Server, { mutation, input, key }: Asking): Promise<string> => {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const { answer } = await server.graphql<{ answer: { readonly runId?: string; readonly code?: string; readonly message?: string } }>(
    `mutation ($input: ${type}!, $key: String!) { answer: ${mutation}(input: $input, idempotencyKey: $key) { ... on RunPayload { runId } ... on Refusal { code message } } }`,
    { input, key },
  );
  if (answer.runId === undefined) throw new Error(`The ${mutation} was refused: ${answer.code} ${answer.message}`);
  return answer.runId;
};
