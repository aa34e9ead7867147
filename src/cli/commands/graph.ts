import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { withClient } from '../connect.ts';
import { graphQuery } from '../operations/graph.ts';
import { collect, type GlobalOptions } from '../options.ts';
import { nameOf } from '../target.ts';
import { action } from './run-command.ts';

type Options = GlobalOptions & { readonly table?: readonly string[]; readonly out?: string };

const words = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`;

export const registerGraph = (program: Command): void => {
  program
    .command('graph')
    .description('what refers to what, as an SVG picture: import phases in columns, circles marked, tables by kind of key')
    .argument('<database>', 'registered name or postgres:// URL')
    .option('--table <table>', 'only this table, as schema.table or by its name alone; repeat for more', collect)
    .option('--out <file>', 'write the picture to this file; default: standard output')
    .addHelpText(
      'after',
      '\nExamples:\n  waybill graph shop --out shop.svg\n  waybill graph shop --table customer --table purchase > part.svg\n  waybill graph shop --json',
    )
    .action(
      action<Options>((output, options, [database = '']) =>
        withClient(options, { worker: false }, async (client) => {
          const { svg, phases, circles } = (await client.execute(graphQuery, { database, tables: options.table ?? null })).graph;
          const out = options.out === undefined || options.out === '-' ? undefined : resolve(options.out);
          if (out !== undefined) {
            const { writeAtomically } = await import('../../infra/files/atomic-file.ts');
            await writeAtomically(out, Readable.from([Buffer.from(svg)]));
          } else if (!output.isJson) process.stdout.write(svg);
          const tables = phases.reduce((sum, phase) => sum + phase.tables.length, 0);
          output.note(
            `${words(tables, 'table', 'tables')} in ${words(phases.length, 'phase', 'phases')}, ${circles.length === 0 ? 'no circle' : words(circles.length, 'circle', 'circles')}.`,
          );
          if (out !== undefined) output.line(`The picture of ${nameOf(database)} is in ${out}.`);
          output.json({
            ok: true,
            database: nameOf(database),
            phases,
            circles: circles.map(({ tables: own }) => own),
            ...(out === undefined ? { svg } : { out }),
          });
        }),
      ),
    );
};
