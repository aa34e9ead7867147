import type { Command } from 'commander';
import { exitCode, reportFailure, type ExitCode } from '../exit.ts';
import type { GlobalOptions } from '../options.ts';
import { createOutput, type Output } from '../output.ts';

type Work<Options extends GlobalOptions> = (output: Output, options: Options, args: readonly string[]) => Promise<ExitCode | void>;

/** One wrapper around every command: prints the failure and sets the exit code. */
export const action =
  <Options extends GlobalOptions>(work: Work<Options>) =>
  async (...given: readonly unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals() as Options;
    const output = createOutput(options.json === true);
    try {
      process.exitCode = (await work(output, options, command.args)) ?? exitCode.done;
    } catch (error) {
      process.exitCode = reportFailure(error, output);
    }
  };
