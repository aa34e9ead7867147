import { isIPv6 } from 'node:net';
import { Failure } from '../domain/refusal.ts';
import { isLoopback, maskUrl, type Config, type LoadedConfig, type Origin } from './config.ts';
import { checkFolders } from './doctor-folders.ts';
import { databaseFacts, hasTable, type DatabaseFacts } from './doctor.sql.ts';
import { isDatabaseUrl } from './http/database-url.ts';
import { clusterFolder, startEmbedded } from './postgres/embedded.ts';
import { identify, placeId } from './postgres/identity.ts';
import { preflight } from './postgres/preflight.ts';
import { openSession, type Session } from './postgres/session.ts';

/** `problem`: something will not work. `warning`: it works, and somebody should know. */
export type Check = { readonly name: string; readonly state: 'ok' | 'warning' | 'problem'; readonly detail: string };

export type Diagnosis = {
  readonly healthy: boolean;
  readonly checks: readonly Check[];
  readonly settings: readonly Origin[];
};

const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail });
const warning = (name: string, detail: string): Check => ({ name, state: 'warning', detail });
const problem = (name: string, detail: string): Check => ({ name, state: 'problem', detail });

const sayFailure = (error: unknown): string =>
  error instanceof Failure ? `${error.message} (${error.code})` : error instanceof Error ? error.message : String(error);

const checkNode = (): Check => {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24
    ? ok('node', process.versions.node)
    : problem('node', `${process.versions.node}; Waybill needs 24 or newer: start it with npm run waybill, which brings its own.`);
};

const keyAdvice = 'Set API_SECRET_KEY to 16 characters or more, and give every client a key of its own with `waybill keys create`.';

/** Where the server listens, and who needs a key there (docs/ACCESS.md). */
const checkDoor = ({ host, port, roles, apiSecretKey, access }: Config): Check => {
  const name = 'door';
  if (!roles.includes('server')) return ok(name, 'none: this process works off runs only');
  const where = `${isIPv6(host) ? `[${host}]` : host}:${port === 0 ? 'any free port' : port}`;
  if (apiSecretKey === undefined) {
    if (!isLoopback(host))
      return problem(
        name,
        `${where} without API_SECRET_KEY: everybody who reaches it could do everything, so the server does not start. ${keyAdvice} Or set WAYBILL_HOST to 127.0.0.1.`,
      );
    return access.trustedProxies.length === 0
      ? ok(name, `${where}, this machine only; whoever is on it may do everything without a key`)
      : warning(
          name,
          `${where}, this machine only and without a key, but WAYBILL_TRUSTED_PROXIES says that a proxy passes on what comes from elsewhere. ${keyAdvice}`,
        );
  }
  const reach = isLoopback(host) ? 'this machine only' : 'also from other machines';
  if (apiSecretKey.length < 16)
    return warning(name, `${where}, ${reach}; every request needs a key, but API_SECRET_KEY is shorter than 16 characters. A longer one is not guessed.`);
  return ok(name, `${where}, ${reach}; every request needs a key`);
};

/** Tables that no start would fill. */
const checkSeed = ({ seed: { into }, databases }: Config): readonly Check[] =>
  into === undefined || isDatabaseUrl(into) || Object.hasOwn(databases, into)
    ? []
    : [problem('seed', `WAYBILL_SEED_INTO names the database ${JSON.stringify(into)}, which is not in the settings. Register it, or correct the name.`)];

const withSession = async (url: string, work: (session: Session) => Promise<Check[]>, name: string): Promise<Check[]> => {
  try {
    const session = await openSession(url, { purpose: 'doctor', connectTimeoutMs: 5000 });
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  } catch (error) {
    return [problem(name, `${maskUrl(url)}: ${sayFailure(error)}`)];
  }
};

const checkStore = async (config: Config): Promise<Check[]> => {
  const name = 'store';
  const look = (where: string) => async (session: Session) => {
    const facts = await session.one<DatabaseFacts>(databaseFacts());
    if (facts.standby || facts.readonly) return [problem(name, `${where} is read-only; the log needs a primary server.`)];
    return [ok(name, `${where}, PostgreSQL ${facts.version}, role ${facts.role}`)];
  };
  if (config.storeUrl !== undefined) return withSession(config.storeUrl, look(maskUrl(config.storeUrl)), name);
  try {
    const embedded = await startEmbedded({ dataDir: config.dataDir });
    try {
      return await withSession(embedded.url, look(`embedded in ${embedded.folder}${embedded.adopted ? ' (running)' : ''}`), name);
    } finally {
      await embedded.stop();
    }
  } catch (error) {
    return [problem(name, `embedded in ${clusterFolder(config.dataDir)}: ${sayFailure(error)}`)];
  }
};

/** A source that only serves reads is fine for exports; that is worth a warning, not an alarm. */
const checkSession = async (session: Session, name: string, url: string): Promise<Check> => {
  const another = (): Promise<Session> => openSession(url, { purpose: 'doctor', connectTimeoutMs: 5000 });
  const label = `${name} session`;
  try {
    await preflight(session, { purpose: 'read', another });
  } catch (error) {
    return problem(label, sayFailure(error));
  }
  try {
    await preflight(session);
    return ok(label, 'direct, read-write');
  } catch (error) {
    return warning(label, `Exports only. ${sayFailure(error)}`);
  }
};

const checkRights = (facts: DatabaseFacts, name: string, config: Config): Check[] => {
  const checks: Check[] = [];
  if (facts.unreadable > 0)
    checks.push(problem(`${name} rights`, `${facts.role} may not read ${facts.unreadable} of ${facts.tables} tables; an export would be refused.`));
  else if (facts.unwritable > 0)
    checks.push(warning(`${name} rights`, `${facts.role} may not insert into ${facts.unwritable} of ${facts.tables} tables; imports into those are refused.`));
  else checks.push(ok(`${name} rights`, `${facts.role} may read and insert into all ${facts.tables} tables`));
  if (facts.guarded > 0)
    checks.push(
      warning(
        `${name} rights`,
        `Row-level security hides rows of ${facts.guarded} tables from ${facts.role}; runs on them are refused rather than incomplete. Use their owner or a role with BYPASSRLS.`,
      ),
    );
  if (facts.registry !== null) return [...checks, ok(`${name} waybill schema`, `in ${facts.registry}`)];
  const given = config.databases[name]?.waybillSchema;
  if (facts.maycreateschema || given !== undefined) return [...checks, ok(`${name} waybill schema`, 'not there yet; the first import makes it')];
  return [
    ...checks,
    warning(
      `${name} waybill schema`,
      `${facts.role} may not make it. Let a DBA run what \`waybill install --print\` prints, or set databases.${name}.waybillSchema.`,
    ),
  ];
};

/** By which id archives, markers and the log know the database. */
const checkIdentity = async (session: Session, name: string, config: Config): Promise<Check> => {
  const schema = config.databases[name]?.waybillSchema;
  const found = await identify(session, { readOnly: true, ...(schema === undefined ? {} : { schema }) });
  const label = `${name} identity`;
  if (found.databaseId !== undefined) return ok(label, `${found.databaseId}${found.parentId === undefined ? '' : `, a copy of ${found.parentId}`}`);
  if (found.parentId !== undefined) return ok(label, `a copy of ${found.parentId}; the first run that writes gives it an id of its own`);
  const id = placeId(found.systemIdentifier, found.oid);
  return id === undefined
    ? warning(
        label,
        'The server does not tell the role which one it is, so every export counts as one of another database: grant execute on pg_control_system().',
      )
    : ok(label, `${id} (not recorded yet; the first run that writes does)`);
};

/** A rule that names a table which is not there would fail with the first file. */
const checkRuleTables = async (session: Session, name: string, config: Config): Promise<readonly Check[]> => {
  const checks: Check[] = [];
  for (const { match, into, table } of config.rules) {
    if (into !== name || table === undefined) continue;
    const { found } = await session.one<{ found: boolean }>(hasTable(table));
    if (!found) checks.push(problem('rules', `The rule for ${JSON.stringify(match)} names the table ${table}, which ${name} does not have.`));
  }
  return checks;
};

const checkDatabase = (config: Config, name: string, url: string): Promise<Check[]> =>
  withSession(
    url,
    async (session) => {
      const facts = await session.one<DatabaseFacts>(databaseFacts());
      const reached = ok(name, `${maskUrl(url)}, PostgreSQL ${facts.version}`);
      return [
        reached,
        await checkSession(session, name, url),
        ...checkRights(facts, name, config),
        await checkIdentity(session, name, config),
        ...(await checkRuleTables(session, name, config)),
      ];
    },
    name,
  );

/** Looks at everything that a run would need. An embedded server is made and started for that, and stopped again. */
export const diagnose = async ({ config, origins }: LoadedConfig): Promise<Diagnosis> => {
  const folders = await checkFolders(config);
  const store = await checkStore(config);
  const databases = await Promise.all(Object.entries(config.databases).map(([name, { url }]) => checkDatabase(config, name, url)));
  const checks = [checkNode(), checkDoor(config), ...checkSeed(config), ...folders, ...store, ...databases.flat()];
  return { healthy: checks.every(({ state }) => state !== 'problem'), checks, settings: origins };
};
