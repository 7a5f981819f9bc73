import { Command } from 'commander';
import { openSession } from '../measure/bench-session.js';
import { names, positive, wholeNumber } from '../result/arguments.js';
import { reportOn } from '../result/report.js';
import { contenders } from './contenders.js';
import { measureCalls } from './measure-calls.js';
import { callTable } from './table.js';
import type { Variant } from './variant.js';

const allNames = contenders.map(({ name }) => name);

export const callCommand = new Command('call')
  .description('what a call costs over UDP, in Ringdown and in Kamailio as Debian has it and tuned')
  .option('--rate <calls>', 'calls a second', positive, 1_000)
  .option('--seconds <seconds>', 'length of one measurement', positive, 10)
  .option('--alternations <number>', 'how often the systems take turns', wholeNumber, 5)
  .option('--warm-up-calls <number>', 'calls to each system before anything is measured', wholeNumber, 10_000)
  .option('--search-steps <number>', 'rates tried in the search for the sustained one; 0: no search', wholeNumber, 7)
  .option('--search-seconds <seconds>', 'how long each of them is tried', positive, 4)
  .option('--variants <names>', 'trunk (not challenged), digest', names(['trunk', 'digest']), ['trunk', 'digest'])
  .option('--systems <names>', `of: ${allNames.join(', ')}`, names(allNames), allNames)
  .action(async (options, command: Command) => {
    const chosen = contenders.filter(({ name }) => options.systems.includes(name));
    const session = openSession();
    try {
      const measured = [];
      for (const variant of options.variants as readonly Variant[])
        measured.push(await measureCalls(variant, chosen, options, session));
      reportOn(command, { options, tables: measured.map(callTable), measured });
    } finally {
      session.stop();
    }
  });
