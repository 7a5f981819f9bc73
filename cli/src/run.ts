import { Command, CommanderError } from 'commander';
import { Cli, type Surroundings } from './cli.js';
import { CommandProblem } from './command-problem.js';
import { addCommands } from './commands/index.js';

/** The exit code: 0 for done, 1 for what the platform refused or couldn't do, 2 for a command that makes no sense. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command line (without the name of the program). A bug is thrown. */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const program = new Command('ringdown')
    .description(
      'Operates a Ringdown platform over its REST API.\n' +
        'RINGDOWN_API_URL says where it is (default http://127.0.0.1:8080), RINGDOWN_ADMIN_TOKEN opens it.',
    )
    .option('--json', 'print JSON instead of tables')
    .option('--api <url>', 'where the REST API is, instead of RINGDOWN_API_URL')
    .exitOverride()
    .configureOutput({ writeOut: surroundings.out, writeErr: surroundings.err })
    .showHelpAfterError('(--help says what there is)');
  addCommands(program, new Cli(program, surroundings));
  try {
    await program.parseAsync(words, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof CommandProblem)) throw error;
    surroundings.err([`ringdown: ${error.message}`, ...error.hints.map((hint) => `  ${hint}`), ''].join('\n'));
    return 1;
  }
}
