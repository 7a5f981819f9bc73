import { Command } from 'commander';
import { callCommand } from './call/command.js';
import { memoryCommand } from './memory/command.js';
import { mixerCommand } from './mixer/command.js';
import { parseCommand } from './parse/command.js';
import { registerCommand } from './register/command.js';
import { readmeCommand } from './result/readme-command.js';
import { scaleCommand } from './scale/command.js';

// What was started ends with this process, also when a signal ends it.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.once(signal, () => process.exit(code));

try {
  await new Command('bench')
    .description(
      'What the platform costs, beside Kamailio and Janus, on this machine. Each command prints a table and keeps its measurements.',
    )
    .option('--no-wait', "don't wait for another benchmark on this machine to end")
    .option('--results <folder>', 'where to keep them, instead of bench/results')
    .addCommand(callCommand)
    .addCommand(registerCommand)
    .addCommand(parseCommand)
    .addCommand(readmeCommand)
    .addCommand(scaleCommand)
    .addCommand(memoryCommand)
    .addCommand(mixerCommand)
    .parseAsync();
} catch (error) {
  const { message, cause } = error as Error;
  process.stderr.write(`bench: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}\n`);
  process.exit(1);
}
