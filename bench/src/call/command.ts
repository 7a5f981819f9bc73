import { Command } from 'commander';
import { openSession } from '../measure/bench-session.js';
import { names, wholeNumber } from '../result/arguments.js';
import { withLoadOptions } from '../result/load-options.js';
import { loadTable } from '../result/load-table.js';
import { reportOn } from '../result/report.js';
import { contenders, rival } from './contenders.js';
import { type CallOptions, measureCalls } from './measure-calls.js';
import type { Variant } from './variant.js';

const allNames = contenders.map(({ name }) => name);
const titles: Readonly<Record<Variant, string>> = {
  trunk: 'A call without a challenge, over UDP',
  digest: 'A call whose INVITE is challenged, over UDP',
};
const variants = Object.keys(titles) as Variant[];

interface CommandOptions extends CallOptions {
  readonly variants: readonly Variant[];
  readonly systems: readonly string[];
}

export const callCommand = withLoadOptions(new Command('call'), 'call', 1_000)
  .description('what a call costs over UDP, in Ringdown and in Kamailio as Debian has it and tuned')
  .option('--callees <number>', 'phones that are called', wholeNumber, 1_000)
  .option('--variants <names>', 'trunk (not challenged), digest', names(variants), variants)
  .option('--systems <names>', `of: ${allNames.join(', ')}`, names(allNames), allNames)
  .action(async (options: CommandOptions, command: Command) => {
    const chosen = contenders.filter(({ name }) => options.systems.includes(name));
    const session = await openSession(command);
    try {
      const measured = [];
      for (const variant of options.variants)
        measured.push({ variant, ...(await measureCalls(variant, chosen, options, session)) });
      const shape = { unit: 'call', rival, parts: ['edge-proxy', 'nats-server', 'postgres'] };
      const tables = measured.map(({ variant, ...found }) => loadTable({ title: titles[variant], ...shape, ...found }));
      reportOn(command, { options, tables, measured });
    } finally {
      session.stop();
    }
  });
