import { createHash } from 'node:crypto';
import { access, constants, mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import type { FileRule } from '../domain/inbox/rules.ts';
import { Fault, Refusal } from '../domain/refusal.ts';
import { completeDatabase, databaseEntry, databaseName, type DatabaseEntry, type DatabaseSettings } from './config/databases.ts';
import {
  defaults,
  environments,
  metaOf,
  presets,
  settingNames,
  settings,
  settingsSchema,
  type Environment,
  type SettingInputs,
  type SettingName,
  type SettingValues,
} from './config/settings.ts';
import { parseRules, type FileRuleEntry } from './config/rules.ts';
import { assembleSnapshots, type SnapshotOverride, type SnapshotSettings } from './config/snapshots.ts';
import { readConfigFile, readDotEnv, readFlags, readVariables, type Source } from './config/sources.ts';
import { canHoldCluster } from './postgres/embedded/account.ts';

/**
 * Settings: flag > environment > .env > waybill.config.ts > preset of the environment > default. Each value knows where
 * it came from; `waybill doctor` prints that. Paths are relative to the working directory.
 */
export type Config = {
  readonly environment: Environment;
  readonly dataDir: string;
  readonly blobDir: string;
  /** Undefined: embedded. */
  readonly storeUrl: string | undefined;
  readonly embeddedPort: number | undefined;
  readonly databases: Readonly<Record<string, DatabaseSettings>>;
  readonly backupDir: string;
  readonly exchangeDir: string;
  readonly inboxDir: string;
  readonly outboxDir: string;
  readonly sentDir: string;
  readonly apiSecretKey: string | undefined;
  readonly apiServerUrl: string | undefined;
  readonly databaseHosts: readonly string[];
  readonly identityFile: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly roles: SettingValues['roles'];
  readonly logLevel: SettingValues['logLevel'];
  readonly limits: {
    readonly maxUploadBytes: number;
    readonly maxRequestBodyBytes: number;
    readonly maxExpandedBytes: number;
    readonly maxRatio: number;
    readonly maxEntries: number;
    readonly maxManifestBytes: number;
    readonly maxFileBytes: number;
    readonly maxLineBytes: number;
  };
  readonly uploads: { readonly partExpiryHours: number; readonly idleSeconds: number };
  /** Cost units in a minute; 0 for no limit. */
  readonly access: {
    readonly rateLimit: number;
    readonly rateLimitAddress: number;
    readonly requireSignatures: boolean;
    readonly trustedProxies: readonly string[];
  };
  readonly watch: { readonly exchange: boolean; readonly seconds: number; readonly settleSeconds: number };
  /** Days; 0 keeps. */
  readonly retention: { readonly exchange: number; readonly inbox: number; readonly sent: number };
  readonly links: { readonly hours: number };
  readonly push: { readonly concurrency: number; readonly resumableBytes: number };
  readonly seed: {
    readonly from: string;
    /** Undefined: nothing is synced at start. */
    readonly to: string | undefined;
    readonly into: string | undefined;
    readonly tables: string;
    readonly onFailure: SettingValues['seedOnFailure'];
  };
  readonly snapshot: SnapshotSettings;
  readonly rules: readonly FileRule[];
  readonly lease: { readonly heartbeatSeconds: number };
};

export type Origin = {
  readonly setting: string;
  /** Passwords and keys are masked. */
  readonly value: string;
  readonly from: Source['from'] | 'preset' | 'default';
};

export type LoadedConfig = { readonly config: Config; readonly origins: readonly Origin[] };

export type LoadOptions = {
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
};

/** What `waybill.config.ts` may hold: any setting by its name, databases by theirs, and rules for files that arrive. */
export type ConfigFile = Partial<z.input<typeof settingsSchema>> & {
  readonly databases?: Readonly<Record<string, z.input<typeof databaseEntry>>>;
  readonly rules?: readonly FileRuleEntry[];
};

/** @public For `waybill.config.ts`. */
export const defineConfig = (config: ConfigFile): ConfigFile => config;

type Chosen = { readonly value: unknown; readonly from: Origin['from']; readonly shownAs: string };

const choose = (name: SettingName, sources: readonly Source[], preset: SettingInputs, fallback: SettingInputs): Chosen => {
  for (const source of sources) {
    const found = source.values.get(name);
    if (found !== undefined) return { ...found, from: source.from };
  }
  if (preset[name] !== undefined) return { value: preset[name], from: 'preset', shownAs: name };
  return { value: fallback[name], from: 'default', shownAs: name };
};

const whereOf = (chosen: Chosen): string => (chosen.from === 'preset' || chosen.from === 'default' ? `the ${chosen.from}` : chosen.from);

const invalid = (name: SettingName, chosen: Chosen, message: string): Refusal => {
  const shown = metaOf(name).secret === undefined ? ` (${JSON.stringify(chosen.value)})` : '';
  return new Refusal('SETTING_INVALID', `The setting ${chosen.shownAs}${shown} from ${whereOf(chosen)} is not usable: ${message}. ${metaOf(name).about}`, {
    setting: name,
  });
};

const parsePreset = (chosen: Chosen, name: SettingName): Environment => {
  const parsed = settings.environment.safeParse(chosen.value);
  if (!parsed.success) throw invalid(name, chosen, `it is none of ${environments.join(', ')}`);
  return parsed.data;
};

const chooseAll = (sources: readonly Source[], fallback: SettingInputs): ReadonlyMap<SettingName, Chosen> => {
  const environment = choose('environment', sources, {}, fallback);
  const main = presets[parsePreset(environment, 'environment')];
  // Snapshots have had a preset of their own since before Waybill (DB_EXPORT_ENVIRONMENT).
  const snapshotEnvironment = choose('snapshotEnvironment', sources, {}, {});
  const snapshots = snapshotEnvironment.value === undefined ? main : presets[parsePreset(snapshotEnvironment, 'snapshotEnvironment')];
  return new Map(settingNames.map((name) => [name, choose(name, sources, name.startsWith('snapshot') ? snapshots : main, fallback)]));
};

/** The preset of snapshots gives way to what is said explicitly; where the two differ, the start-up log tells. */
const overridesOf = (values: SettingValues, chosen: ReadonlyMap<SettingName, Chosen>): readonly SnapshotOverride[] => {
  const preset = presets[values.snapshotEnvironment ?? values.environment];
  return settingNames.flatMap((name) => {
    const choice = chosen.get(name);
    if (!name.startsWith('snapshot') || preset[name] === undefined || choice === undefined || choice.from === 'preset') return [];
    const [value, usual] = [show(name, values[name]), show(name, preset[name])];
    return value === usual ? [] : [{ setting: choice.shownAs, value, preset: usual }];
  });
};

const parseAll = (chosen: ReadonlyMap<SettingName, Chosen>): SettingValues => {
  const parsed = settingsSchema.safeParse(Object.fromEntries([...chosen].map(([name, { value }]) => [name, value])));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = settingNames.find((candidate) => candidate === issue?.path[0]);
  const choice = name === undefined ? undefined : chosen.get(name);
  if (name === undefined || choice === undefined) throw parsed.error;
  throw invalid(name, choice, issue?.message ?? 'invalid');
};

/** `postgres://user:***@host/db`. */
export const maskUrl = (value: string): string => {
  try {
    const url = new URL(value);
    if (url.password !== '') url.password = '***';
    for (const key of Array.from(url.searchParams.keys())) if (/password|secret|token|key/i.test(key)) url.searchParams.set(key, '***');
    return url.href;
  } catch {
    return '***';
  }
};

const show = (name: SettingName, value: unknown): string => {
  if (value === undefined) return '';
  const secret = metaOf(name).secret;
  if (secret === 'all') return '***';
  const text = Array.isArray(value) ? value.join(',') : typeof value === 'string' ? value : JSON.stringify(value);
  return secret === 'password' ? maskUrl(text) : text;
};

const parseEntry = (name: string, source: Source): DatabaseEntry => {
  const checkedName = databaseName.safeParse(name);
  if (!checkedName.success)
    throw new Refusal('SETTING_INVALID', `databases.${name} (${source.from}): the name ${checkedName.error.issues[0]?.message ?? 'is invalid'}.`, {
      setting: 'databases',
    });
  const parsed = databaseEntry.safeParse(source.databases[name]);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = ['databases', name, ...(issue?.path ?? [])].join('.');
  throw new Refusal('SETTING_INVALID', `The setting ${path} from ${source.from} is not usable: ${issue?.message ?? 'invalid'}.`, { setting: path });
};

const databasesOf = (
  sources: readonly Source[],
  values: SettingValues,
  chosen: ReadonlyMap<SettingName, Chosen>,
): { databases: Config['databases']; origins: Origin[] } => {
  const names = new Set(sources.flatMap((source) => Object.keys(source.databases)));
  if (values.databaseUrl !== undefined) names.add('default');
  const databases: Record<string, DatabaseSettings> = {};
  const origins: Origin[] = [];
  for (const name of [...names].sort()) {
    const entries = sources.filter((source) => Object.hasOwn(source.databases, name)).map((source) => ({ from: source.from, entry: parseEntry(name, source) }));
    const ofVariable =
      name === 'default' && values.databaseUrl !== undefined ? { url: values.databaseUrl, from: chosen.get('databaseUrl')?.from ?? 'default' } : undefined;
    const found = ofVariable ?? entries.flatMap(({ from, entry }) => (entry.url === undefined ? [] : [{ url: entry.url, from }]))[0];
    if (found === undefined) {
      const variable = name === 'default' ? 'DATABASE_URL' : `WAYBILL_DATABASE_${name.toUpperCase()}`;
      throw new Refusal('SETTING_INVALID', `The database ${name} has no URL. Set databases.${name}.url or the variable ${variable}.`, {
        setting: `databases.${name}`,
      });
    }
    databases[name] = completeDatabase(entries.find(({ from }) => from === 'waybill.config.ts')?.entry, found.url);
    origins.push({ setting: `databases.${name}`, value: maskUrl(found.url), from: found.from });
  }
  return { databases, origins };
};

/** `.waybill` here, or, for root in a checkout that the server's account may not enter, a folder of this checkout's own. */
const defaultDataDir = async (cwd: string): Promise<string> => {
  const here = join(cwd, '.waybill');
  return (await canHoldCluster(here)) ? here : join('/var/lib/waybill', createHash('sha256').update(cwd).digest('hex').slice(0, 12));
};

/** How files come in, and who may send them. */
const assembleFilesIn = (values: SettingValues, at: (folder: string) => string) => ({
  uploads: { partExpiryHours: values.partExpiryHours, idleSeconds: values.uploadIdleSeconds },
  access: {
    rateLimit: values.rateLimit,
    rateLimitAddress: values.rateLimitAddress,
    requireSignatures: values.requireSignatures,
    trustedProxies: values.trustedProxies,
  },
  watch: { exchange: values.watchExchange, seconds: values.watchSeconds, settleSeconds: values.settleSeconds },
  retention: { exchange: values.exchangeRetentionDays, inbox: values.inboxRetentionDays, sent: values.sentRetentionDays },
  links: { hours: values.linkHours },
  push: { concurrency: values.pushConcurrency, resumableBytes: values.pushResumableBytes },
  seed: {
    from: at(values.seedFrom),
    to: values.dataDirPath === undefined ? undefined : join(at(values.dataDirPath), 'common'),
    into: values.seedInto,
    tables: values.seedTables,
    onFailure: values.seedOnFailure,
  },
});

type Named = Pick<Config, 'databases' | 'rules'> & { readonly overrides: readonly SnapshotOverride[] };

const assemble = (values: SettingValues, { databases, rules, overrides }: Named, cwd: string): Config => {
  const at = (folder: string): string => resolve(cwd, folder);
  return {
    environment: values.environment,
    dataDir: at(values.dataDir),
    blobDir: at(values.blobDir),
    storeUrl: values.storeUrl,
    embeddedPort: values.embeddedPort,
    databases,
    backupDir: at(values.backupDir),
    exchangeDir: at(values.exchangeDir),
    inboxDir: at(values.inboxDir),
    outboxDir: at(values.outboxDir),
    sentDir: at(values.sentDir),
    apiSecretKey: values.apiSecretKey,
    apiServerUrl: values.apiServerUrl,
    databaseHosts: values.databaseHosts,
    identityFile: values.identityFile === undefined ? undefined : at(values.identityFile),
    host: values.host,
    port: values.port,
    roles: values.roles,
    logLevel: values.logLevel,
    limits: {
      maxUploadBytes: values.maxUploadBytes,
      maxRequestBodyBytes: values.maxRequestBodyBytes,
      maxExpandedBytes: values.maxExpandedBytes,
      maxRatio: values.maxRatio,
      maxEntries: values.maxEntries,
      maxManifestBytes: values.maxManifestBytes,
      maxFileBytes: values.maxFileBytes,
      maxLineBytes: values.maxLineBytes,
    },
    ...assembleFilesIn(values, at),
    snapshot: assembleSnapshots(values, overrides, at),
    rules,
    lease: { heartbeatSeconds: values.heartbeatSeconds },
  };
};

export const loadConfig = async (options: LoadOptions = {}): Promise<LoadedConfig> => {
  const cwd = resolve(options.cwd ?? process.cwd());
  const sources = [readFlags(options.flags ?? {}), readVariables('environment', options.env ?? process.env), await readDotEnv(cwd), await readConfigFile(cwd)];
  const dataDir = await defaultDataDir(cwd);
  const chosenDataDir = choose('dataDir', sources, {}, { dataDir }).value;
  const chosen = chooseAll(sources, { ...defaults, dataDir, blobDir: join(String(chosenDataDir), 'blobs') });
  const values = parseAll(chosen);
  const { databases, origins } = databasesOf(sources, values, chosen);
  const ofSettings = settingNames.map((name) => ({ setting: name, value: show(name, values[name]), from: chosen.get(name)?.from ?? 'default' }));
  return {
    config: assemble(
      values,
      { databases, rules: parseRules(sources.find(({ rules }) => rules !== undefined)?.rules), overrides: overridesOf(values, chosen) },
      cwd,
    ),
    origins: [...ofSettings, ...origins],
  };
};

export const dataFolders = (config: Config): Readonly<Record<string, string>> => ({
  dataDir: config.dataDir,
  blobDir: config.blobDir,
  backupDir: config.backupDir,
  exchangeDir: config.exchangeDir,
  inboxDir: config.inboxDir,
  'imported of inboxDir': join(config.inboxDir, 'imported'),
  'rejected of inboxDir': join(config.inboxDir, 'rejected'),
  'parts of dataDir': partsDir(config),
});

/** Uploads that are not whole yet; as private as the blobs. */
export const partsDir = (config: Config): string => join(config.dataDir, 'parts');

const privateFolders: ReadonlySet<string> = new Set(['blobDir', 'parts of dataDir']);

/** Makes every data folder and checks that it can be written to. Called at start, before anything is promised to a client. */
export const prepareDataFolders = async (config: Config): Promise<void> => {
  for (const [setting, folder] of Object.entries(dataFolders(config))) {
    try {
      await mkdir(folder, { recursive: true, ...(privateFolders.has(setting) ? { mode: 0o700 } : {}) });
      await access(folder, constants.W_OK | constants.X_OK);
    } catch (error) {
      const variable = settingNames.filter((name) => name === setting.split(' ').at(-1)).map((name) => metaOf(name).env[0])[0];
      throw new Fault(
        'FOLDER_NOT_WRITABLE',
        `The folder ${folder} (${setting}) cannot be written to. Change its owner or mode, or set ${variable ?? setting} to another folder.`,
        { cause: error },
      );
    }
  }
};

export const isLoopback = (host: string): boolean => host === 'localhost' || (isIP(host) === 4 ? host.startsWith('127.') : host === '::1' || host === '[::1]');

/** Without an API key everybody who can connect may do everything, so only this machine may connect. */
export const refuseOpenDoor = (config: Config): void => {
  if (config.apiSecretKey !== undefined || isLoopback(config.host)) return;
  throw new Refusal(
    'API_KEY_REQUIRED',
    `Without an API key the server listens on this machine only, not on ${config.host}. Set API_SECRET_KEY, or WAYBILL_HOST to 127.0.0.1.`,
    { setting: 'host' },
  );
};
