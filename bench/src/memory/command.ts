import { Command } from 'commander';
import { openSession } from '../measure/bench-session.js';
import { positive, wholeNumber } from '../result/arguments.js';
import { reportOn } from '../result/report.js';
import { measureSoak, type SoakOptions } from './measure-soak.js';
import { measureUnits, type UnitOptions } from './measure-units.js';
import { soakTable, unitsTable } from './tables.js';

export const memoryCommand = new Command('memory')
  .description('bytes for each registration, ringing call and TCP connection, and whether anything grows in a soak')
  .option('--registrations <number>', 'phones that register, twice as many in all', wholeNumber, 5_000)
  .option('--transactions <number>', 'calls that ring at once', wholeNumber, 2_000)
  .option('--connections <number>', 'TCP connections, twice as many in all', wholeNumber, 2_000)
  .option('--settle-seconds <seconds>', 'wait before memory is read', positive, 35)
  .option('--callees <number>', 'phones that are called in the soak', wholeNumber, 1_000)
  .option('--soak-minutes <minutes>', 'length of the soak', positive, 10)
  .option('--soak-rate <calls>', 'calls a second of the soak; half of the sustained rate unless told', positive)
  .action(async (options: UnitOptions & SoakOptions, command: Command) => {
    const session = await openSession(command);
    try {
      const units = await measureUnits(options, session);
      const soak = await measureSoak(options, session);
      reportOn(command, { options, tables: [unitsTable(units), soakTable(soak)], measured: { units, soak } });
    } finally {
      session.stop();
    }
  });
