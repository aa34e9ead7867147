import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { accepted, type Client } from '../client.ts';
import { withClient } from '../connect.ts';
import { UsageError } from '../exit.ts';
import type { KeyLineFragment, MintedFragment, Scope } from '../operations/generated/graphql.ts';
import { createKeyMutation, keysQuery, revokeKeyMutation, rotateKeyMutation } from '../operations/keys.ts';
import { collect, type GlobalOptions } from '../options.ts';
import { table, type Output } from '../output.ts';
import { keyScope } from '../words.ts';
import { action } from './run-command.ts';

const page = 100;

const allKeys = async (client: Client): Promise<readonly KeyLineFragment[]> => {
  const found: KeyLineFragment[] = [];
  for (let after: string | null = null; ;) {
    const { keys }: Awaited<ReturnType<typeof readKeys>> = await readKeys(client, after);
    found.push(...keys.edges.map(({ node }) => node));
    if (!keys.pageInfo.hasNextPage) return found;
    after = keys.pageInfo.endCursor;
  }
};
const readKeys = (client: Client, after: string | null) => client.execute(keysQuery, { first: page, after });

const time = (at: string | null): string => (at === null ? '' : at.slice(0, 16).replace('T', ' '));

const stateOf = ({ revokedAt, expiresAt, overlapUntil, generation }: KeyLineFragment): string => {
  if (revokedAt !== null) return `revoked ${time(revokedAt)}`;
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) return `expired ${time(expiresAt)}`;
  if (overlapUntil !== null && Date.parse(overlapUntil) > Date.now()) return `valid, the one before until ${time(overlapUntil)}`;
  return `valid${generation > 1 ? `, rotated ${generation - 1}x` : ''}${expiresAt === null ? '' : ` until ${time(expiresAt)}`}`;
};

const listKeys = async (client: Client, output: Output): Promise<void> => {
  const keys = await allKeys(client);
  const rows = keys.map((key) => [
    key.name,
    stateOf(key),
    key.scopes.map((scope) => scope.toLowerCase()).join(' ') + (key.signed ? ', signed' : ''),
    key.databases?.join(' ') ?? 'all',
    key.tables?.join(' ') ?? 'all',
    key.lastUsedAt === null ? 'never' : `${time(key.lastUsedAt)} ${key.lastAddress ?? ''}`,
  ]);
  if (keys.length === 0) output.note('There are no keys yet. `waybill keys create NAME --scope SCOPE` makes one.');
  else table(['key', 'state', 'may', 'databases', 'tables', 'last used'], rows).forEach(output.line);
  output.json({ keys });
};

const tell = ({ key, secret, position }: MintedFragment, output: Output): void => {
  if (secret !== null) {
    output.note(`The key ${key.name}, shown this once and kept nowhere:`);
    output.line(secret);
  }
  output.json({ ok: true, key, ...(secret === null ? {} : { secret }), position });
};

const hours: Readonly<Record<string, number>> = { m: 1 / 60, h: 1, d: 24, w: 168 };
const spanOf =
  (name: string) =>
  (text: string): number => {
    const [, number, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
    const each = hours[unit];
    if (number === undefined || each === undefined)
      throw new UsageError(`${name} is a number and m, h, d or w, such as 24h or 90d, not ${JSON.stringify(text)}.`);
    return Number(number) * each;
  };

type CreateOptions = GlobalOptions & {
  readonly scope?: readonly Scope[];
  readonly database?: readonly string[];
  readonly table?: readonly string[];
  readonly signed?: boolean;
  readonly expires?: number;
};

const inputOf = (name: string, options: CreateOptions) => {
  if (options.scope === undefined) throw new UsageError(`Say what the key may do: --scope ${keyScope.all.join('|')}, once for each.`);
  return {
    name,
    scopes: options.scope,
    ...(options.database === undefined ? {} : { databases: options.database }),
    ...(options.table === undefined ? {} : { tables: options.table }),
    signed: options.signed === true,
    ...(options.expires === undefined ? {} : { expiresAt: new Date(Date.now() + options.expires * 3_600_000).toISOString() }),
  };
};

const only = (args: readonly string[]): string => {
  const [name] = args;
  if (name === undefined) throw new UsageError('Name the key.');
  return name;
};

const registerCreate = (keys: Command): void => {
  keys
    .command('create')
    .description('make a key; it is printed this once')
    .argument('<name>', 'what the log calls it')
    .addOption(
      new Option('--scope <scope>', 'what it may do; repeat for more')
        .choices(keyScope.all)
        .argParser((word: string, before: readonly Scope[] | undefined) => [...(before ?? []), keyScope.of(word)]),
    )
    .option('--database <name>', 'only this registered database; repeat for more', collect)
    .option('--table <schema.table>', 'only this table; repeat for more', collect)
    .option('--signed', 'its mutations and uploads must be signed')
    .option('--expires <time>', 'when it stops working, from now: 12h, 90d', spanOf('--expires'))
    .action(
      action<CreateOptions>((output, options, args) => {
        const input = inputOf(only(args), options);
        return withClient(options, { worker: false }, async (client) => {
          const { createKey } = await client.execute(createKeyMutation, { input, idempotencyKey: randomUUID() });
          tell(accepted(createKey), output);
        });
      }),
    );
};

const registerRotate = (keys: Command): void => {
  keys
    .command('rotate')
    .description('give a key a new secret; the one before works on for a while')
    .argument('<name>', 'the key, by name or id')
    .option('--overlap <time>', 'how long the one before works too: 0m, 24h, 7d', spanOf('--overlap'), 24)
    .action(
      action<GlobalOptions & { readonly overlap: number }>((output, options, args) =>
        withClient(options, { worker: false }, async (client) => {
          const input = { key: only(args), overlapHours: options.overlap };
          const { rotateKey } = await client.execute(rotateKeyMutation, { input, idempotencyKey: randomUUID() });
          const minted = accepted(rotateKey);
          tell(minted, output);
          const { overlapUntil } = minted.key;
          output.note(options.overlap === 0 ? 'The one before does not work any more.' : `The one before works until ${time(overlapUntil)} (UTC).`);
        }),
      ),
    );
};

const registerRevoke = (keys: Command): void => {
  keys
    .command('revoke')
    .description('make a key stop working; this cannot be taken back')
    .argument('<name>', 'the key, by name or id')
    .option('--reason <text>', 'why; for the log')
    .action(
      action<GlobalOptions & { readonly reason?: string }>((output, options, args) =>
        withClient(options, { worker: false }, async (client) => {
          const input = { key: only(args), ...(options.reason === undefined ? {} : { reason: options.reason }) };
          const { revokeKey } = await client.execute(revokeKeyMutation, { input, idempotencyKey: randomUUID() });
          const revoked = accepted(revokeKey);
          output.line(`revoked ${revoked.key.name}`);
          output.json({ ok: true, key: revoked.key, position: revoked.position });
        }),
      ),
    );
};

export const registerKeys = (program: Command): void => {
  const keys = program
    .command('keys')
    .description('API keys of the server: list, create, rotate, revoke')
    .addHelpText(
      'after',
      '\nExamples:\n  waybill keys\n  waybill keys create shop --scope upload --scope import --database shop --expires 90d\n  waybill keys rotate shop --overlap 7d\n  waybill keys revoke shop --reason "laptop lost"',
    );
  const list = action<GlobalOptions>((output, options) => withClient(options, { worker: false }, (client) => listKeys(client, output)));
  keys.command('list', { isDefault: true }).description('list keys, newest first').action(list);
  registerCreate(keys);
  registerRotate(keys);
  registerRevoke(keys);
};
