import type { Command } from 'commander';
import { withClient } from '../connect.ts';
import { exchangeQuery, exchangeSubscription } from '../operations/inbox.ts';
import type { ExchangeLineFragment } from '../operations/generated/graphql.ts';
import type { GlobalOptions } from '../options.ts';
import { bytes, shown, table } from '../output.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & { readonly follow?: boolean };

const note = ({ pending, old }: ExchangeLineFragment): string => (pending ? 'being written' : old ? 'older than 30 days' : '');
const time = (at: string): string => at.slice(0, 19).replace('T', ' ');

const untilInterrupted = (): AbortSignal => {
  const left = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => left.abort());
  return left.signal;
};

export const registerExchange = (program: Command): void => {
  program
    .command('exchange')
    .description('list the files of the exchange folder, which host and containers share')
    .argument('[list]', 'the same as without it')
    .option('--follow', 'go on, with a line for each file that appears')
    .addHelpText(
      'after',
      '\nExamples:\n  waybill exchange\n  waybill exchange --follow --server http://localhost:8040\n  waybill doctor --exchange --server http://localhost:8040',
    )
    .action(
      action<Options>((output, options) =>
        withClient(options, { worker: false }, async (client) => {
          const { exchangeFiles } = await client.execute(exchangeQuery, {});
          if (exchangeFiles.length === 0) output.note('The exchange folder is empty.');
          else
            table(
              ['file', 'size', 'written', ''],
              exchangeFiles.map((file) => [file.path, bytes(file.bytes), time(file.modifiedAt), note(file)]),
            ).forEach(output.line);
          output.json({ files: exchangeFiles });
          if (options.follow !== true) return;
          for await (const { exchangeFileAppeared: file } of client.subscribe(exchangeSubscription, {}, untilInterrupted()))
            output.line(`${time(file.modifiedAt)}  ${shown(file.path)}  ${bytes(file.bytes)}  ${file.pending ? 'being written' : 'complete'}`);
        }),
      ),
    );
};
