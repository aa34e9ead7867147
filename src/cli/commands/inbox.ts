import { randomUUID } from 'node:crypto';
import { Option, type Command } from 'commander';
import { accepted, type Client } from '../client.ts';
import { withClient } from '../connect.ts';
import { exitCode, UsageError, type ExitCode } from '../exit.ts';
import { followRun } from '../follow-run.ts';
import { applyRulesMutation, importInboxFileMutation, inboxQuery, rejectInboxFileMutation, retryInboxFileMutation } from '../operations/inbox.ts';
import type { InboxLineFragment, InboxState } from '../operations/generated/graphql.ts';
import type { GlobalOptions } from '../options.ts';
import { bytes, table, type Output } from '../output.ts';
import { exitCodeOfRun, printOutcome, runAsJson } from '../print-run.ts';
import { inboxState } from '../words.ts';
import { action } from './run-command.ts';
import { into } from './import-options.ts';

type File = InboxLineFragment;
type ListOptions = GlobalOptions & { readonly state?: InboxState; readonly products?: boolean };

const page = 100;

const read = (client: Client, state: InboxState | undefined, after: string | null) =>
  client.execute(inboxQuery, { ...(state === undefined ? {} : { state }), first: page, after });

const allFiles = async (client: Client, state?: InboxState): Promise<readonly File[]> => {
  const found: File[] = [];
  for (let after: string | null = null; ;) {
    const { inboxFiles }: Awaited<ReturnType<typeof read>> = await read(client, state, after);
    found.push(...inboxFiles.edges.map(({ node }) => node));
    if (!inboxFiles.pageInfo.hasNextPage) return found;
    after = inboxFiles.pageInfo.endCursor;
  }
};

const look = async (client: Client, onlyLook: boolean) =>
  accepted((await client.execute(applyRulesMutation, { input: { onlyLook }, idempotencyKey: randomUUID() })).applyRules);

const time = (at: string): string => at.slice(0, 19).replace('T', ' ');

const print = (files: readonly File[], output: Output): void => {
  if (files.length === 0) return output.note('The inbox is empty.');
  table(
    ['file', 'state', 'size', 'arrived', 'by', 'run', ''],
    files.map((file) => [
      file.folder === 'exchange' ? `exchange/${file.name}` : file.name,
      file.state.toLowerCase(),
      bytes(file.bytes),
      time(file.arrivedAt),
      file.by === 'hand' ? 'hand' : file.actor,
      file.run?.runId ?? '',
      file.message ?? file.code ?? '',
    ]),
  ).forEach(output.line);
};

/** A server looks by itself; without one, somebody has to. */
const list = async (client: Client, options: ListOptions, output: Output): Promise<void> => {
  if (!client.isRemote) {
    const { pending } = await look(client, true);
    if (pending > 0) output.note(`${pending} more ${pending === 1 ? 'file is' : 'files are'} still being written.`);
  }
  const files = await allFiles(client, options.state);
  print(files, output);
  output.json({ files });
};

const worst = (codes: readonly ExitCode[]): ExitCode =>
  [exitCode.fault, exitCode.refused, exitCode.rejected].find((code) => codes.includes(code)) ?? exitCode.done;

/** What a rule took is followed to its end, then put away. */
const applyRules = async (client: Client, output: Output): Promise<ExitCode> => {
  const { happened, pending } = await look(client, false);
  for (const { type, name, message } of happened)
    if (type === 'failed' || type === 'rejected' || type === 'left') output.note(output.red(`${name}: ${message ?? type}`));
  const taken = happened.filter(({ type }) => type === 'taken');
  const codes: ExitCode[] = happened.some(({ type }) => type === 'failed' || type === 'rejected') ? [exitCode.refused] : [];
  for (const { name, runId } of taken) {
    if (runId === null) continue;
    output.note(`${name}: run ${runId}`);
    const run = await followRun(client, runId, output);
    printOutcome(run, output);
    codes.push(run.state === 'PLANNED' ? exitCode.refused : exitCodeOfRun(run));
  }
  if (taken.length > 0) await look(client, true);
  const waiting = await allFiles(client, 'WAITING');
  if (taken.length === 0) output.note('No rule has anything to import.');
  if (waiting.length > 0)
    output.note(`${waiting.length} ${waiting.length === 1 ? 'file waits' : 'files wait'} that no rule names: \`waybill inbox import FILE --into DB\`.`);
  output.json({ ok: worst(codes) === exitCode.done, happened, pending, waiting });
  return worst(codes);
};

type ImportOptions = GlobalOptions & {
  readonly into: string;
  readonly all?: boolean;
  readonly table?: string;
  readonly mode: 'import' | 'merge';
  readonly onError: 'reject-all' | 'reject-rows';
  readonly onConflict: 'fail' | 'incoming' | 'current';
};

const importOne = async (client: Client, file: string, options: ImportOptions, output: Output) => {
  const input = {
    file,
    database: options.into,
    ...(options.table === undefined ? {} : { table: options.table }),
    mode: options.mode,
    onError: options.onError === 'reject-rows' ? ('REJECT_ROWS' as const) : ('REJECT_ALL' as const),
    onConflict: options.onConflict,
  };
  const { runId } = accepted((await client.execute(importInboxFileMutation, { input, idempotencyKey: randomUUID() })).importInboxFile);
  const run = await followRun(client, runId, output);
  printOutcome(run, output);
  return { file, run: runAsJson(run), code: run.state === 'PLANNED' ? exitCode.refused : exitCodeOfRun(run) };
};

const importFiles = async (client: Client, names: readonly string[], options: ImportOptions, output: Output): Promise<ExitCode> => {
  if (!client.isRemote) await look(client, true);
  const files = options.all === true ? (await allFiles(client, 'WAITING')).map(({ id }) => id) : names;
  if (files.length === 0) {
    if (options.all !== true) throw new UsageError('Name a file of the inbox, or give --all for every file that waits.');
    output.note('No file waits.');
  }
  const imported = [];
  for (const file of files.toReversed()) imported.push(await importOne(client, file, options, output));
  if (!client.isRemote && imported.length > 0) await look(client, true);
  const code = worst(imported.map((each) => each.code));
  output.json({ ok: code === exitCode.done, imported: imported.map(({ file, run }) => ({ file, run })) });
  return code;
};

const only = (args: readonly string[]): string => {
  const [file] = args;
  if (file === undefined) throw new UsageError('Name a file of the inbox.');
  return file;
};

const addImport = (inbox: Command): void => {
  inbox
    .command('import')
    .description('import files that wait or failed before')
    .argument('[file...]', 'names or ids, as `waybill inbox` lists them')
    .requiredOption('--into <database>', into)
    .option('--all', 'every file that waits, oldest first')
    .option('--table <table>', 'table of a CSV or JSON-lines file, as schema.table or its name alone; default: by the name of the file')
    .addOption(new Option('--mode <mode>', 'import: rows that are new; merge: cell by cell').choices(['import', 'merge']).default('import'))
    .addOption(new Option('--on-error <policy>', 'what bad rows mean for the rest').choices(['reject-all', 'reject-rows']).default('reject-all'))
    .addOption(new Option('--on-conflict <policy>', 'for a merge').choices(['fail', 'incoming', 'current']).default('fail'))
    .addHelpText('after', '\nExamples:\n  waybill inbox import products.jsonl --into shop\n  waybill inbox import --all --into shop --table product')
    .action(action<ImportOptions>((output, options, args) => withClient(options, { worker: true }, (client) => importFiles(client, args, options, output))));
};

const addRetry = (inbox: Command): void => {
  inbox
    .command('retry')
    .description('let a file that failed wait again, for its rule or for `waybill inbox import`')
    .argument('<file>', 'its name or id')
    .action(
      action((output, options, args) =>
        withClient(options, { worker: false }, async (client) => {
          const { file, position } = accepted(
            (await client.execute(retryInboxFileMutation, { input: { file: only(args) }, idempotencyKey: randomUUID() })).retryInboxFile,
          );
          output.line(`${file.name} waits again.`);
          output.json({ ok: true, file, position });
        }),
      ),
    );
};

const addReject = (inbox: Command): void => {
  inbox
    .command('reject')
    .description('put a file into `rejected` below the inbox: nothing imports it')
    .argument('<file>', 'its name or id')
    .requiredOption('--reason <text>', 'why; the log keeps it')
    .action(
      action<GlobalOptions & { readonly reason: string }>((output, options, args) =>
        withClient(options, { worker: false }, async (client) => {
          const input = { file: only(args), reason: options.reason };
          const { file, position } = accepted((await client.execute(rejectInboxFileMutation, { input, idempotencyKey: randomUUID() })).rejectInboxFile);
          output.line(`${file.name} is rejected.`);
          output.json({ ok: true, file, position });
        }),
      ),
    );
};

export const registerInbox = (program: Command): void => {
  const inbox = program
    .command('inbox')
    .description('list the files that arrived; import, retry or reject them; or let the rules of waybill.config.ts take them')
    .option('--products', 'let the rules take what waits, now (what `update_db --products` did)')
    .addOption(new Option('--state <state>', 'only files in this state').choices(inboxState.all).argParser(inboxState.of))
    .addHelpText(
      'after',
      '\nExamples:\n  waybill inbox\n  waybill inbox --products\n  waybill inbox --state failed\n  waybill inbox import products.jsonl --into shop --table product\n  waybill inbox retry products.jsonl\n  waybill inbox reject products.jsonl --reason "sent by mistake"',
    )
    .action(
      action<ListOptions>((output, options) =>
        withClient(options, { worker: options.products === true }, async (client) =>
          options.products === true ? applyRules(client, output) : list(client, options, output),
        ),
      ),
    );
  inbox
    .command('list', { isDefault: false })
    .description('the same as `waybill inbox`')
    .action(action<ListOptions>((output, options) => withClient(options, { worker: false }, (client) => list(client, options, output))));
  addImport(inbox);
  addRetry(inbox);
  addReject(inbox);
};
