import { z } from 'zod';

/**
 * Every setting, once: this table drives parsing, `waybill doctor` and docs/SETTINGS.md. A setting's name here is its
 * name in `waybill.config.ts` and as a flag; `env` are the variables that set it, the first one being the one we print.
 */
export type SettingMeta = { readonly env: readonly string[]; readonly about: string; readonly secret?: 'all' | 'password' };

export const settingMeta = z.registry<SettingMeta>();

const text = z.string().trim().min(1);
const folder = text;
const port = z.coerce.number().int().min(0).max(65_535);
const positive = z.coerce.number().int().positive();
/** 0 switches off. */
const orNone = z.coerce.number().int().min(0);
const seconds = z.coerce.number().positive().max(3600);

const isUrlOf =
  (...protocols: readonly string[]) =>
  (value: string): boolean => {
    try {
      return protocols.includes(new URL(value).protocol);
    } catch {
      return false;
    }
  };

export const databaseUrl = z.string().trim().refine(isUrlOf('postgres:', 'postgresql:'), 'is no postgres:// or postgresql:// URL');
const httpUrl = z.string().trim().refine(isUrlOf('http:', 'https:'), 'is no http:// or https:// URL');

const sizeUnits: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** `1048576`, `512kB`, `100MB`, `2 GiB`: units are powers of 1024. */
const bytes = z.union([z.number().int().positive(), z.string()]).transform((value, context) => {
  if (typeof value === 'number') return value;
  const found = /^([0-9]{1,15})\s*([kmgt]?)(?:i?b)?$/i.exec(value.trim());
  const size = Number(found?.[1]) * (sizeUnits[found?.[2]?.toLowerCase() ?? ''] ?? Number.NaN);
  if (Number.isSafeInteger(size) && size > 0) return size;
  context.addIssue({ code: 'custom', message: 'is no size such as 1048576, 100MB or 2GB' });
  return z.NEVER;
});

const flag = z.union([z.boolean(), z.stringbool()]);

export const environments = ['development', 'production', 'testing'] as const;
export type Environment = (typeof environments)[number];
const environment = z.enum(environments);

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export const roles = ['server', 'worker'] as const;

const roleList = z
  .union([z.string().transform((value) => value.split(',').map((role) => role.trim())), z.array(z.string())])
  .pipe(z.array(z.enum(roles)).min(1));

const hostList = z
  .union([
    z.string().transform((value) =>
      value
        .split(',')
        .map((host) => host.trim())
        .filter((host) => host !== ''),
    ),
    z.array(z.string()),
  ])
  .transform((hosts) => hosts.map((host) => host.toLowerCase()));

const setting = <Schema extends z.ZodType>(schema: Schema, env: readonly string[], about: string, secret?: SettingMeta['secret']): Schema => {
  // A registry entry belongs to one schema object, so each setting gets a copy of the shared ones.
  const own = schema.clone();
  settingMeta.add(own, { env, about, ...(secret === undefined ? {} : { secret }) });
  return own;
};

export const settings = {
  environment: setting(environment, ['WAYBILL_ENVIRONMENT'], 'Chooses the preset: development, production or testing.'),
  dataDir: setting(folder, ['WAYBILL_DATA_DIR'], 'Folder of the embedded PostgreSQL and of the blobs.'),
  blobDir: setting(folder, ['WAYBILL_BLOB_DIR'], 'Folder of the files that events name; default: blobs in the data folder.'),
  storeUrl: setting(databaseUrl.optional(), ['WAYBILL_STORE_URL'], 'Database of the log, the read models and the job queue; default: embedded.', 'password'),
  databaseUrl: setting(databaseUrl.optional(), ['DATABASE_URL'], 'Registers the database `default`.', 'password'),
  embeddedPort: setting(port.optional(), ['WAYBILL_EMBEDDED_PORT'], 'Port of the embedded PostgreSQL on 127.0.0.1; default: a free one.'),
  host: setting(text, ['WAYBILL_HOST'], 'Address that the server listens on. Without API_SECRET_KEY only a loopback address.'),
  port: setting(port, ['WAYBILL_PORT', 'PORT'], 'Port that the server listens on; 0 for any free one.'),
  roles: setting(roleList, ['WAYBILL_ROLES'], 'What this process does: server (GraphQL), worker (runs), or both.'),
  apiSecretKey: setting(text.optional(), ['API_SECRET_KEY'], 'The first API key. Requests carry it as `Authorization: Bearer`.', 'all'),
  databaseHosts: setting(
    hostList,
    ['WAYBILL_ALLOWED_DATABASE_HOSTS'],
    'Hosts inside the network that callers from outside may name in a database URL, separated by commas; registered databases need no entry.',
  ),
  identityFile: setting(text.optional(), ['WAYBILL_IDENTITY_FILE'], 'File with the age identities that open encrypted archives.'),
  apiServerUrl: setting(httpUrl.optional(), ['API_SERVER_URL'], 'Server that CLI commands talk to; default: none, they work in process.'),
  logLevel: setting(z.enum(logLevels), ['WAYBILL_LOG_LEVEL'], 'trace, debug, info, warn, error or silent.'),
  backupDir: setting(folder, ['WAYBILL_BACKUP_DIR'], 'Folder that archives are written to.'),
  exchangeDir: setting(folder, ['WAYBILL_EXCHANGE_DIR'], 'Folder shared with other programs and people; never served over HTTP.'),
  inboxDir: setting(folder, ['WAYBILL_INBOX_DIR'], 'Folder that received files arrive in, whole and under their own name.'),
  outboxDir: setting(folder, ['WAYBILL_OUTBOX_DIR'], 'Folder that `waybill push` sends from.'),
  sentDir: setting(folder, ['WAYBILL_SENT_DIR'], 'Folder that sent files are moved to.'),
  maxUploadBytes: setting(bytes, ['WAYBILL_MAX_UPLOAD_BYTES'], 'Largest file that the mutation `upload` takes.'),
  maxFileBytes: setting(bytes, ['WAYBILL_MAX_FILE_BYTES'], 'Largest file that `/api/upload/` takes, as it is sent and expanded.'),
  maxLineBytes: setting(bytes, ['WAYBILL_MAX_LINE_BYTES'], 'Longest record of a CSV file, and longest line of JSON.'),
  partExpiryHours: setting(positive, ['WAYBILL_PART_EXPIRY_HOURS'], 'Hours after which an unfinished upload is removed.'),
  uploadIdleSeconds: setting(positive, ['WAYBILL_UPLOAD_IDLE_SECONDS'], 'Seconds without a byte after which an upload is broken off.'),
  rateLimit: setting(orNone, ['WAYBILL_RATE_LIMIT'], 'Cost units that a key may spend in a minute, per process; 0 for no limit.'),
  rateLimitAddress: setting(orNone, ['WAYBILL_RATE_LIMIT_ADDRESS'], 'Cost units that an address may spend in a minute, per process; 0 for no limit.'),
  requireSignatures: setting(flag, ['WAYBILL_REQUIRE_SIGNATURES'], 'Whether mutations and uploads must be signed, whatever their key says.'),
  trustedProxies: setting(hostList, ['WAYBILL_TRUSTED_PROXIES'], 'Addresses of proxies whose `X-Forwarded-For` counts, separated by commas.'),
  watchExchange: setting(flag, ['WAYBILL_WATCH_EXCHANGE'], 'Whether the exchange folder is watched.'),
  watchSeconds: setting(seconds, ['WAYBILL_WATCH_SECONDS'], 'Seconds between two looks at a watched folder.'),
  settleSeconds: setting(
    z.coerce.number().min(0).max(3600),
    ['WAYBILL_SETTLE_SECONDS'],
    'Seconds for which size and time of a file must stay the same before it counts as whole.',
  ),
  exchangeRetentionDays: setting(orNone, ['WAYBILL_EXCHANGE_RETENTION_DAYS'], 'Days after which files leave the exchange folder; 0 keeps them.'),
  inboxRetentionDays: setting(orNone, ['WAYBILL_INBOX_RETENTION_DAYS'], 'Days after which imported and rejected files leave the inbox; 0 keeps them.'),
  sentRetentionDays: setting(orNone, ['WAYBILL_SENT_RETENTION_DAYS'], 'Days after which sent files are removed; 0 keeps them.'),
  linkHours: setting(positive, ['WAYBILL_LINK_HOURS'], 'Hours that a download link holds.'),
  pushConcurrency: setting(
    z.coerce.number().int().min(1).max(64),
    ['WAYBILL_PUSH_CONCURRENCY'],
    'How many files `waybill push` sends at a time; of those below 64 kB eight times as many.',
  ),
  pushResumableBytes: setting(bytes, ['WAYBILL_PUSH_RESUMABLE_BYTES'], 'Size from which `waybill push` sends a file in pieces that can be resumed.'),
  seedFrom: setting(folder, ['WAYBILL_SEED_FROM'], 'Folder of the initial data that a release brings.'),
  dataDirPath: setting(
    folder.optional(),
    ['DATA_DIR_PATH'],
    'Folder whose `common` receives the initial data when the server starts; default: none, nothing is synced at start.',
  ),
  seedInto: setting(text.optional(), ['WAYBILL_SEED_INTO'], 'Database whose tables are filled from the initial data; default: none.'),
  seedTables: setting(text, ['WAYBILL_SEED_TABLES'], 'Which files of the initial data are tables, as a glob below its folder.'),
  seedOnFailure: setting(z.enum(['stop', 'start']), ['WAYBILL_SEED_ON_FAILURE'], 'Whether the server starts (`start`) or not (`stop`) after a failed sync.'),
  maxRequestBodyBytes: setting(bytes, ['WAYBILL_MAX_REQUEST_BODY_BYTES'], 'Largest GraphQL request without files.'),
  maxExpandedBytes: setting(bytes, ['WAYBILL_MAX_EXPANDED_BYTES'], 'Largest size that an archive may expand to.'),
  maxRatio: setting(positive, ['WAYBILL_MAX_RATIO'], 'Highest ratio of expanded to stored size of an archive.'),
  maxEntries: setting(positive, ['WAYBILL_MAX_ENTRIES'], 'Highest number of entries of an archive.'),
  maxManifestBytes: setting(bytes, ['WAYBILL_MAX_MANIFEST_BYTES'], 'Largest manifest of an archive.'),
  heartbeatSeconds: setting(
    z.coerce.number().int().min(10).max(3600),
    ['WAYBILL_HEARTBEAT_SECONDS'],
    'A worker that is silent for this long has lost its run; at least 10.',
  ),
  snapshotAuto: setting(
    flag,
    ['DB_EXPORT_ENABLE_AUTO_EXPORT'],
    'Whether snapshots are made without being asked; `false` leaves `waybill snapshot` and the mutation.',
  ),
  snapshotMonitoring: setting(flag, ['DB_EXPORT_ENABLE_MONITORING'], 'Whether databases are watched for changes, each of which makes a snapshot.'),
  snapshotEnvironment: setting(environment.optional(), ['DB_EXPORT_ENVIRONMENT'], 'Preset of the snapshot settings alone; default: the environment.'),
  snapshotDir: setting(folder, ['DB_EXPORT_EXPORT_DIRECTORY'], 'Folder of the snapshots; of several databases each has one below it.'),
  snapshotIntervalSeconds: setting(seconds, ['DB_EXPORT_CHECK_INTERVAL'], 'Seconds between two looks for changes.'),
  snapshotHooks: setting(
    flag,
    ['WAYBILL_SNAPSHOT_HOOKS'],
    'Whether changes are learned at once, by logical decoding or by the triggers that `waybill snapshot DB --install-hooks` made, where there is either; `false` leaves polling.',
  ),
  snapshotJson: setting(flag, ['DB_EXPORT_EXPORT_JSON'], 'Whether a snapshot has the document, `database_export.json`.'),
  snapshotCsv: setting(flag, ['DB_EXPORT_EXPORT_CSV'], 'Whether a snapshot has CSV files.'),
} as const;

export type SettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as SettingName[];
export const settingsSchema = z.object(settings);
export type SettingValues = z.output<typeof settingsSchema>;
export type SettingInputs = Partial<Readonly<Record<SettingName, unknown>>>;

export const metaOf = (name: SettingName): SettingMeta => settingMeta.get(settings[name]) ?? { env: [], about: '' };

/** `dataDir` and `blobDir` depend on the machine and on each other; they are completed by `loadConfig`. */
export const defaults: SettingInputs = {
  environment: 'development',
  host: '127.0.0.1',
  port: 4000,
  roles: ['server', 'worker'],
  databaseHosts: [],
  logLevel: 'info',
  backupDir: 'backup',
  exchangeDir: 'data_exchange',
  inboxDir: 'product_inbox',
  outboxDir: 'product_outbox',
  sentDir: 'temp_jsonl_product_storage',
  maxUploadBytes: '25MB',
  maxFileBytes: '100GB',
  maxLineBytes: '16MB',
  partExpiryHours: 24,
  uploadIdleSeconds: 60,
  rateLimit: 6000,
  rateLimitAddress: 12_000,
  requireSignatures: false,
  trustedProxies: [],
  watchExchange: true,
  watchSeconds: 0.5,
  settleSeconds: 1,
  exchangeRetentionDays: 0,
  inboxRetentionDays: 0,
  sentRetentionDays: 0,
  linkHours: 24,
  pushConcurrency: 8,
  pushResumableBytes: '8MB',
  seedFrom: '/var/initialdata/common',
  seedTables: 'tables/*.csv',
  seedOnFailure: 'stop',
  maxRequestBodyBytes: '1MB',
  maxExpandedBytes: '1TB',
  maxRatio: 500,
  maxEntries: 100_000,
  maxManifestBytes: '64MB',
  heartbeatSeconds: 10,
  snapshotAuto: true,
  snapshotMonitoring: true,
  snapshotDir: 'database_exports',
  snapshotIntervalSeconds: 10,
  snapshotHooks: true,
  snapshotJson: true,
  snapshotCsv: true,
};

export const presets: Readonly<Record<Environment, SettingInputs>> = {
  development: { logLevel: 'debug' },
  production: { logLevel: 'info', snapshotMonitoring: false, snapshotIntervalSeconds: 30 },
  testing: { logLevel: 'warn', snapshotIntervalSeconds: 5 },
};

/** Variables with our prefix that are no settings: read by tests, the kill loops and the benchmark. */
export const internalVariables: ReadonlySet<string> = new Set(['WAYBILL_CRASH_AT', 'WAYBILL_STOP_AT']);
export const internalPrefixes: readonly string[] = ['WAYBILL_TEST_', 'WAYBILL_BENCH_'];
