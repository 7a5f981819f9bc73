import { Command } from 'commander';
import { openSession } from '../measure/bench-session.js';
import { wholeNumber, wholeNumbers } from '../result/arguments.js';
import { withLoadOptions } from '../result/load-options.js';
import { loadTable } from '../result/load-table.js';
import { reportOn } from '../result/report.js';
import { bindingsTable } from './bindings-table.js';
import { type BindingsMeasurement, type BindingsOptions, measureBindings } from './measure-bindings.js';
import { type EdgesOptions, measureEdges } from './measure-edges.js';

interface ScaleOptions extends EdgesOptions, BindingsOptions {
  readonly edges: readonly number[];
  readonly bindings: readonly number[];
}

export const scaleCommand = withLoadOptions(new Command('scale'), 'call', 400)
  .description('what a call costs with more edges, and what more bindings cost')
  .option(
    '--edges <numbers>',
    'numbers of edges; the first is what the others are compared with',
    wholeNumbers,
    [1, 2, 4],
  )
  .option('--callees <number>', 'phones that are called', wholeNumber, 1_000)
  .option('--bindings <numbers>', 'numbers of bindings', wholeNumbers, [10_000, 100_000, 1_000_000])
  .option('--probes <number>', 'lookups one after the other, cold and warm', wholeNumber, 500)
  .option(
    '--cache-lookups <number>',
    'addresses that an edge is asked for before its memory is read',
    wholeNumber,
    250_000,
  )
  .action(async (options: ScaleOptions, command: Command) => {
    const session = await openSession(command);
    try {
      const edges = options.edges.length === 0 ? [] : await measureEdges(options.edges, options, session);
      const bindings: BindingsMeasurement[] = [];
      for (const count of options.bindings) bindings.push(await measureBindings(count, options, session));
      const tables = edges.map(({ placement, trials }) =>
        loadTable({
          title: `Calls through more edges, to phones at ${placement === 'own edge' ? 'the same edge' : 'any edge'}`,
          unit: 'call',
          rival: `${options.edges[0]} edges`,
          parts: ['edge-proxy', 'nats-server'],
          trials,
          capacities: new Map(),
        }),
      );
      if (bindings.length > 0) tables.push(bindingsTable(bindings));
      reportOn(command, { options, tables, measured: { edges, bindings } });
    } finally {
      session.stop();
    }
  });
