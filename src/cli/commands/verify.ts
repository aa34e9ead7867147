import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Refusal } from '../../domain/refusal.ts';
import { withClient } from '../connect.ts';
import { exitCode, UsageError } from '../exit.ts';
import { verifyLogQuery } from '../operations/log.ts';
import { readSettings, type GlobalOptions } from '../options.ts';
import { bytes, count, table } from '../output.ts';
import { action } from './run-command.ts';
import { registerVerifyData } from './verify-data.ts';

type LogOptions = GlobalOptions & { readonly head?: string; readonly saveHead?: string; readonly blobs: boolean };
type ArchiveOptions = GlobalOptions & { readonly identity?: string };

const readHead = async (path: string): Promise<{ readonly position: number; readonly hash: string }> => {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`The head file ${path} cannot be read.`);
  });
  try {
    const { position, hash } = JSON.parse(text) as { position?: unknown; hash?: unknown };
    if (typeof position === 'number' && typeof hash === 'string') return { position, hash };
  } catch {
    // Told below, like a file of another shape.
  }
  throw new UsageError(`The file ${path} is no head that \`waybill verify log --save-head\` wrote.`);
};

const registerVerifyLog = (verify: Command): void => {
  verify
    .command('log')
    .description('recompute the chain of hashes over the whole log, and the files that it names')
    .option('--head <file>', 'also that the log still contains this head, saved earlier and kept elsewhere')
    .option('--save-head <file>', 'write the head of the log to a file')
    .option('--no-blobs', 'leave out the files that events name')
    .action(
      action<LogOptions>((output, options) =>
        withClient(options, { worker: false }, async (client) => {
          const head = options.head === undefined ? undefined : await readHead(options.head);
          const { verifyLog, logHead } = await client.execute(verifyLogQuery, { checkBlobs: options.blobs, ...(head === undefined ? {} : { head }) });
          if (verifyLog.ok && options.saveHead !== undefined) await writeFile(options.saveHead, `${JSON.stringify(logHead)}\n`);
          if (verifyLog.ok) output.line(`The log is whole: ${count(verifyLog.position)} events, each as it was written.`);
          else output.line(output.red(`The log is not as it was written, first at position ${verifyLog.position}: ${verifyLog.reason ?? ''}.`));
          output.json({ ...verifyLog, head: logHead });
          return verifyLog.ok ? exitCode.done : exitCode.refused;
        }),
      ),
    );
};

const registerVerifyArchive = (verify: Command): void => {
  verify
    .command('archive')
    .description('read an archive to its end and hold every count and hash against what it says')
    .argument('<file>', 'the archive')
    .option('--identity <file>', 'age identity file that opens an encrypted archive')
    .action(
      action<ArchiveOptions>(async (output, options, [file = '']) => {
        const { config } = await readSettings(options, options.identity === undefined ? {} : { identityFile: options.identity });
        const [{ verifyArchive }, { readIdentities }] = await Promise.all([
          import('../../infra/archive/read-archive.ts'),
          import('../../infra/archive/identities.ts'),
        ]);
        const { maxExpandedBytes, maxRatio, maxEntries, maxManifestBytes } = config.limits;
        const found = await verifyArchive(file, {
          identities: await readIdentities(config.identityFile),
          limits: { maxExpandedBytes, maxRatio, maxEntries, maxManifestBytes },
        }).catch((error: unknown) => {
          if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new Refusal('FILE_MISSING', `There is no file ${file}.`);
          throw error;
        });
        table(
          ['table', 'rows', 'size', 'sha256'],
          found.tables.map((each) => [each.table, each.rows, bytes(each.bytes), each.sha256.slice(0, 16)]),
        ).forEach(output.line);
        output.line('');
        output.line(
          `The archive is whole: ${found.tables.length} tables, ${count(found.rows)} rows, ${bytes(found.bytes)}${found.encrypted ? ', encrypted' : ''}${found.complete ? '' : ', a part of its database'}.`,
        );
        output.json({ ok: true, ...found });
      }),
    );
};

export const registerVerify = (program: Command): void => {
  const verify = program
    .command('verify')
    .description('check that the log or an archive is as it was written, or that two databases say the same')
    .addHelpText('after', '\nExamples:\n  waybill verify log\n  waybill verify archive shop.tar.zst\n  waybill verify data production staging');
  registerVerifyLog(verify);
  registerVerifyArchive(verify);
  registerVerifyData(verify);
};
