import { Command, InvalidArgumentError } from 'commander';
import { measureCalls } from './call/command.js';
import { callTable } from './call/table.js';

const program = new Command('bench').description('What the platform costs, beside Kamailio, on this machine.');

program
  .command('call')
  .description('CPU per call over UDP: Ringdown, Kamailio as Debian has it, and Kamailio tuned')
  .option('--rate <calls>', 'calls a second', positive, 1_000)
  .option('--seconds <seconds>', 'length of one measurement', positive, 10)
  .option('--alternations <number>', 'how often the systems take turns', positive, 5)
  .option('--variants <names>', 'trunk (no challenge), digest', (text) => text.split(','), ['trunk', 'digest'])
  .option('--systems <names>', 'only these', (text) => text.split(','))
  .action(async (options) => {
    for (const variant of options.variants) {
      const trials = await measureCalls(variant, options, (line) => process.stderr.write(`bench: ${line}\n`));
      process.stdout.write(`${callTable(variant, trials)}\n`);
    }
  });

// What was started ends with this process, also when a signal ends it.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.once(signal, () => process.exit(code));

await program.parseAsync();

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}
