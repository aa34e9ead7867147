import type { Command } from 'commander';
import { readSettings, type GlobalOptions } from '../options.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & { readonly host?: string; readonly port?: string };

export const registerServe = (program: Command): void => {
  program
    .command('serve')
    .description('run the server: GraphQL at /graphql, and a worker for runs')
    .option('--host <address>', 'address to listen on; other than loopback only with API_SECRET_KEY')
    .option('--port <number>', 'port to listen on; 0 for any free one')
    .addHelpText('after', '\nExamples:\n  waybill serve\n  API_SECRET_KEY=... waybill serve --host 0.0.0.0 --port 8080')
    .action(
      action<Options>(async (_output, options) => {
        const { runServer } = await import('../../main.ts');
        const { config } = await readSettings(options, {
          ...(options.host === undefined ? {} : { host: options.host }),
          ...(options.port === undefined ? {} : { port: options.port }),
        });
        await runServer(config);
        process.exit(0);
      }),
    );
};
