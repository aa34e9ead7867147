/** Frozen once released: a later change is a new migration (STYLE, How SQL lives here). */
export const createTables: readonly string[] = [
  `create table waybill.event (
  position bigint not null,
  id text not null,
  stream text not null,
  version bigint not null,
  type text not null,
  schema_version integer not null,
  data jsonb not null,
  metadata jsonb not null,
  at timestamptz not null,
  hash bytea not null,
  constraint event_pkey primary key (position),
  constraint event_id_key unique (id),
  constraint event_stream_version_key unique (stream, version),
  constraint event_position_check check (position > 0),
  constraint event_version_check check (version > 0),
  constraint event_id_check check (id ~ '^[0-9A-HJKMNP-TV-Z]{26}$'),
  constraint event_hash_check check (octet_length(hash) = 32)
)`,
  `create index event_type_position on waybill.event (type, position)`,
  `create index event_actor_position on waybill.event ((metadata ->> 'actor'), position)`,

  `create table waybill.head (
  singleton boolean not null default true,
  position bigint not null,
  hash bytea not null,
  at timestamptz,
  constraint head_pkey primary key (singleton),
  constraint head_singleton_check check (singleton)
)`,
  `insert into waybill.head (position, hash, at) values (0, decode(repeat('00', 32), 'hex'), null)`,

  `create table waybill.run_state (
  run_id text not null,
  kind text not null,
  state text not null,
  database_name text not null,
  upload text,
  tables text[] not null,
  input jsonb not null,
  actor text not null,
  api_key text,
  client text not null,
  attempt integer not null default 0,
  attempts_lost integer not null default 0,
  retries integer not null default 0,
  drifts integer not null default 0,
  between_attempts boolean not null default false,
  cancel_requested boolean not null default false,
  plan jsonb,
  approved_plan_hash text,
  result jsonb,
  failure jsonb,
  requested_position bigint not null,
  requested_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  version bigint not null,
  position bigint not null,
  constraint run_state_pkey primary key (run_id)
)`,
  `create unique index run_state_requested_position on waybill.run_state (requested_position)`,
  `create index run_state_open on waybill.run_state (state) where state in ('requested', 'running', 'planned', 'approved')`,
  `create index run_state_tables on waybill.run_state using gin (tables)`,

  `create table waybill.upload (
  upload_id text not null,
  sha256 text not null,
  bytes bigint not null,
  name text not null,
  actor text not null,
  times integer not null,
  first_position bigint not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  version bigint not null,
  position bigint not null,
  constraint upload_pkey primary key (upload_id),
  constraint upload_sha256_key unique (sha256)
)`,

  `create table waybill.known_database (
  stream text not null,
  name text not null,
  server text not null,
  database_id text,
  system_identifier text,
  oid bigint,
  first_position bigint not null,
  registered_at timestamptz not null,
  identified_at timestamptz,
  version bigint not null,
  position bigint not null,
  constraint known_database_pkey primary key (stream),
  constraint known_database_name_key unique (name)
)`,

  `create table waybill.run_progress (
  run_id text not null,
  attempt integer not null,
  sequence bigint not null,
  progress jsonb not null,
  at timestamptz not null,
  constraint run_progress_pkey primary key (run_id)
)`,

  `create table waybill.idempotency (
  actor text not null,
  key text not null,
  input_hash text not null,
  event_id text not null,
  result jsonb not null,
  at timestamptz not null,
  constraint idempotency_pkey primary key (actor, key)
)`,

  `create table waybill.lease (
  run_id text not null,
  attempt integer not null,
  worker text not null,
  worker_lock integer not null,
  expires_at timestamptz not null,
  constraint lease_pkey primary key (run_id)
)`,

  `create table waybill.database_secret (
  name text not null,
  url bytea not null,
  sealed boolean not null,
  at timestamptz not null,
  constraint database_secret_pkey primary key (name)
)`,
];
