import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import { Refusal } from '../../domain/refusal.ts';
import { databaseOfVariable } from './databases.ts';
import { internalPrefixes, internalVariables, metaOf, settingNames, type SettingName } from './settings.ts';

/** Where settings come from, strongest first, each read into a plain record that knows nothing of the others. */
export type Source = {
  readonly from: 'flag' | 'environment' | '.env' | 'waybill.config.ts';
  readonly values: ReadonlyMap<SettingName, { readonly value: unknown; readonly shownAs: string }>;
  readonly databases: Readonly<Record<string, unknown>>;
  /** Of the configuration file alone: what becomes of files that arrive. */
  readonly rules?: unknown;
};

const distance = (one: string, two: string): number => {
  let row = Array.from({ length: two.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= two.length; j += 1) {
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (one[i - 1] === two[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
};

const suggestion = (name: string, known: readonly string[]): string => {
  const [best] = known.map((candidate) => ({ candidate, distance: distance(name, candidate) })).sort((one, two) => one.distance - two.distance);
  return best !== undefined && best.distance <= 4 ? ` Did you mean ${best.candidate}?` : ' `waybill doctor` lists the settings.';
};

const unknown = (what: string, name: string, known: readonly string[]): Refusal =>
  new Refusal('SETTING_UNKNOWN', `${what} ${name} is no setting of Waybill.${suggestion(name, known)}`, { setting: name });

const variables = new Map(settingNames.flatMap((name) => metaOf(name).env.map((variable) => [variable, name] as const)));

const isOurs = (variable: string): boolean =>
  (variable.startsWith('WAYBILL_') || variable.startsWith('DB_EXPORT_')) &&
  !internalVariables.has(variable) &&
  !internalPrefixes.some((prefix) => variable.startsWith(prefix));

/** An empty value means absent, as in compose files that pass on `${NAME:-}`. */
export const readVariables = (from: 'environment' | '.env', env: Readonly<Record<string, string | undefined>>): Source => {
  const values = new Map<SettingName, { value: unknown; shownAs: string }>();
  const databases: Record<string, unknown> = {};
  for (const [variable, value] of Object.entries(env)) {
    const name = variables.get(variable);
    const database = name === undefined ? databaseOfVariable(variable) : undefined;
    if (name === undefined && database === undefined && isOurs(variable)) throw unknown(`The variable (${from})`, variable, [...variables.keys()]);
    if (value === undefined || value.trim() === '') continue;
    if (database !== undefined) databases[database] = { url: value };
    else if (name !== undefined && (variable === metaOf(name).env[0] || !values.has(name))) values.set(name, { value, shownAs: variable });
  }
  return { from, values, databases };
};

const namesOf = (record: Readonly<Record<string, unknown>>, what: string): ReadonlyMap<SettingName, { value: unknown; shownAs: string }> => {
  const values = new Map<SettingName, { value: unknown; shownAs: string }>();
  for (const [key, value] of Object.entries(record)) {
    const name = settingNames.find((candidate) => candidate === key);
    if (name === undefined) throw unknown(what, key, settingNames);
    if (value !== undefined) values.set(name, { value, shownAs: key });
  }
  return values;
};

export const readFlags = (flags: Readonly<Record<string, string | undefined>>): Source => ({ from: 'flag', values: namesOf(flags, 'The flag'), databases: {} });

export const readDotEnv = async (cwd: string): Promise<Source> => readVariables('.env', parseEnv(await readFile(join(cwd, '.env'), 'utf8').catch(() => '')));

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);

const importConfig = async (path: string): Promise<unknown> => {
  try {
    const loaded: unknown = await import(pathToFileURL(path).href);
    return isRecord(loaded) ? loaded['default'] : undefined;
  } catch (error) {
    throw Object.assign(new Refusal('SETTINGS_UNREADABLE', `${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`), {
      cause: error,
    });
  }
};

const fileNames = ['waybill.config.ts', 'waybill.config.mjs', 'waybill.config.js'];

export const readConfigFile = async (cwd: string): Promise<Source> => {
  for (const fileName of fileNames) {
    const path = join(cwd, fileName);
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (!exists) continue;
    const content = await importConfig(path);
    if (!isRecord(content)) throw new Refusal('SETTINGS_UNREADABLE', `${path} has no default export with settings: export default defineConfig({ ... })`);
    const { databases, rules, ...rest } = content;
    if (databases !== undefined && !isRecord(databases))
      throw new Refusal('SETTING_INVALID', `databases in ${path} is no object of named databases.`, { setting: 'databases' });
    return { from: 'waybill.config.ts', values: namesOf(rest, `In ${fileName},`), databases: databases ?? {}, rules };
  }
  return { from: 'waybill.config.ts', values: new Map(), databases: {} };
};
