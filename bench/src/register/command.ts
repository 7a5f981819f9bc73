import { freePorts, sippRow } from '@ringdown/testbed';
import { Command } from 'commander';
import { playScenario } from '../load/play-scenario.js';
import { ownScenario } from '../load/scenario.js';
import { subscribers } from '../load/subscribers.js';
import { registrationDelaysMs } from '../measure/added-delay.js';
import { type BenchSession, openSession } from '../measure/bench-session.js';
import { type LoadMeasurements, measureLoad } from '../measure/measure-load.js';
import { wholeNumber } from '../result/arguments.js';
import { type LoadOptions, withLoadOptions } from '../result/load-options.js';
import { loadTable } from '../result/load-table.js';
import { reportOn } from '../result/report.js';
import type { System } from '../systems/system.js';
import { contenders, rival } from './contenders.js';

interface RegisterOptions extends LoadOptions {
  readonly subscribers: number;
}

export const registerCommand = withLoadOptions(new Command('register'), 'registration', 200)
  .description('what a registration costs, with digest and the binding in Postgres before the 200, Postgres included')
  .option('--subscribers <number>', 'who registers, one after the other and again', wholeNumber, 10_000)
  .action(async (options: RegisterOptions, command: Command) => {
    const session = await openSession(command);
    try {
      const measured = await measureRegistrations(options, session);
      const title = `A registration with digest of one of ${options.subscribers} subscribers, over UDP`;
      const parts = ['edge-proxy', 'registrar', 'location', 'nats-server', 'postgres'];
      const table = loadTable({ title, unit: 'registration', rival, parts, ...measured });
      reportOn(command, { options, tables: [table], measured });
    } finally {
      session.stop();
    }
  });

/** Starts every contender with the same subscribers, and measures in turns what a registration costs in each; then what rate each bears. */
async function measureRegistrations(options: RegisterOptions, session: BenchSession): Promise<LoadMeasurements> {
  const phones = subscribers('phone', options.subscribers);
  const port = await freePorts(1);
  const systems: System[] = [];
  try {
    for (const contender of contenders) {
      session.say(`starting ${contender.name}`);
      systems.push(await contender.start(phones));
    }
    // Each load goes on where the one before has ended, so that all phones take turns.
    let next = 0;
    return await measureLoad({
      systems,
      options,
      session,
      load: (system, perSec, forSec) => {
        const count = Math.min(phones.length, Math.ceil(perSec * forSec));
        const rows = Array.from({ length: count }, (_, index) => {
          const [username = '', password = ''] = phones[(next + index) % phones.length] ?? [];
          return sippRow(username, password, system.domain);
        });
        next += count;
        const scenario = ownScenario('register.xml');
        return playScenario({ scenario, rows, proxy: system.sip, port, perSec, forSec, core: session.cores.load });
      },
      delaysMs: registrationDelaysMs,
    });
  } finally {
    await Promise.all(systems.map((system) => system.stop()));
  }
}
