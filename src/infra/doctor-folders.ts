import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../domain/refusal.ts';
import { dataFolders, partsDir, type Config } from './config.ts';
import type { Check } from './doctor.ts';
import { isOld, oldAfterDays } from './folders/exchange.ts';
import { createRuleFinder } from './folders/rules.ts';
import { listFiles, listUnfinished } from './folders/scan.ts';

const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail });
const warning = (name: string, detail: string): Check => ({ name, state: 'warning', detail });
const problem = (name: string, detail: string): Check => ({ name, state: 'problem', detail });

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

const account = (): string => `${process.getuid?.() ?? 'UID'}:${process.getgid?.() ?? 'GID'}`;

/** Docker makes a missing folder of a bind mount for root, and the service is somebody else. */
const notWritable = (setting: string, folder: string, { uid }: { readonly uid: number }, code: unknown): Check => {
  if (code === 'EROFS')
    return setting === 'exchangeDir'
      ? warning(setting, `${folder} is mounted read-only here: right for a service that only reads. Server and worker have to write to it.`)
      : problem(setting, `${folder} is mounted read-only. Mount it for writing.`);
  const advice =
    uid === 0 && process.getuid?.() !== 0 ? `It belongs to root, as Docker makes it: sudo chown ${account()} ${folder}` : 'Change its owner or mode.';
  return problem(setting, `${folder} cannot be written to. ${advice}`);
};

export const checkFolder = async (setting: string, folder: string): Promise<Check> => {
  const entry = await stat(folder).catch(() => undefined);
  if (entry === undefined) return ok(setting, `${folder} (made at start)`);
  if (!entry.isDirectory()) return problem(setting, `${folder} is no folder.`);
  const refused = await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(() => undefined, codeOf);
  if (refused !== undefined) return notWritable(setting, folder, entry, refused);
  if ((entry.mode & 0o1002) === 0o002)
    return warning(setting, `${folder} may be written to by everybody on this machine, who may thus put files into it or take them away: chmod 755 ${folder}`);
  return ok(setting, folder);
};

const dayMs = 86_400_000;
const named = (names: readonly string[]): string => `${names.slice(0, 3).join(', ')}${names.length > 3 ? `, and ${names.length - 3} more` : ''}`;

const leftovers = async (label: string, folder: string, retention: string): Promise<readonly Check[]> => {
  const now = Date.now();
  const [files, unfinished] = await Promise.all([listFiles(folder), listUnfinished(folder)]).catch(() => [[], []] as const);
  const old = files.filter((seen) => isOld(seen, now, oldAfterDays)).map(({ name }) => name);
  const abandoned = unfinished.filter(({ mtimeMs }) => now - mtimeMs > dayMs).map(({ name }) => name);
  return [
    ...(old.length === 0
      ? []
      : [
          warning(
            label,
            `${old.length} ${old.length === 1 ? 'file has' : 'files have'} lain in ${folder} for more than ${oldAfterDays} days: ${named(old)}. Remove what nobody needs, or set ${retention}.`,
          ),
        ]),
    ...(abandoned.length === 0
      ? []
      : [
          warning(
            label,
            `${abandoned.length} half-written ${abandoned.length === 1 ? 'file' : 'files'} in ${folder} that nobody has touched for a day: ${named(abandoned)}.`,
          ),
        ]),
  ];
};

const checkLeftovers = async (config: Config): Promise<readonly Check[]> => {
  const { exchangeDir, inboxDir, sentDir } = config;
  const found = await Promise.all([
    leftovers('exchange files', exchangeDir, 'WAYBILL_EXCHANGE_RETENTION_DAYS'),
    leftovers('inbox files', inboxDir, 'rules for them, import or reject them (`waybill inbox`)'),
    leftovers('imported files', join(inboxDir, 'imported'), 'WAYBILL_INBOX_RETENTION_DAYS'),
    leftovers('rejected files', join(inboxDir, 'rejected'), 'WAYBILL_INBOX_RETENTION_DAYS'),
    leftovers('sent files', sentDir, 'WAYBILL_SENT_RETENTION_DAYS'),
  ]);
  return found.flat();
};

const checkParts = async (config: Config): Promise<readonly Check[]> => {
  const files = await listFiles(partsDir(config)).catch(() => []);
  const until = Date.now() - config.uploads.partExpiryHours * 3_600_000;
  const late = files.filter(({ mtimeMs }) => mtimeMs < until);
  return late.length === 0 ? [] : [warning('unfinished uploads', `${late.length} in ${partsDir(config)} have expired; a server that runs removes them.`)];
};

const checkRules = (config: Config): readonly Check[] => {
  if (config.rules.length === 0) return [];
  const strangers = config.rules.filter(({ into }) => !Object.hasOwn(config.databases, into));
  const ofExchange = config.rules.filter(({ folder }) => folder === 'exchange');
  try {
    createRuleFinder(config.rules);
  } catch (error) {
    return [problem('rules', error instanceof Refusal ? error.message : String(error))];
  }
  return [
    ...strangers.map(({ match, into }) => problem('rules', `The rule for ${JSON.stringify(match)} names the database ${into}, which is not in the settings.`)),
    ...(ofExchange.length > 0 && !config.watch.exchange
      ? [warning('rules', `${ofExchange.length} rules are for the exchange folder, which is not watched: set WAYBILL_WATCH_EXCHANGE to true.`)]
      : []),
    ...(strangers.length === 0
      ? [ok('rules', config.rules.map(({ match, into, table }) => `${match} -> ${into}${table === undefined ? '' : ` ${table}`}`).join('; '))]
      : []),
  ];
};

/** The folders that files come and go through: whether they can be used, and what was forgotten in them. */
export const checkFolders = async (config: Config): Promise<readonly Check[]> => [
  ...(await Promise.all(Object.entries(dataFolders(config)).map(([setting, folder]) => checkFolder(setting, folder)))),
  ...(await checkLeftovers(config)),
  ...(await checkParts(config)),
  ...checkRules(config),
];
