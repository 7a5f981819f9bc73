import { freePorts } from '@ringdown/testbed';
import { Callees } from '../load/callees.js';
import { playScenario } from '../load/play-scenario.js';
import { ownScenario } from '../load/scenario.js';
import { subscribers } from '../load/subscribers.js';
import { alternate, type Trials } from '../measure/alternate.js';
import type { BenchSession } from '../measure/bench-session.js';
import { pin } from '../measure/cores.js';
import type { LoadOutcome } from '../measure/trial.js';
import type { LoadOptions } from '../result/load-options.js';
import { type RingdownSystem, startRingdown, trunkDomain } from '../systems/ringdown.js';
import type { System } from '../systems/system.js';

/**
 * Where the called phones are: at the edge that the call comes to, or at any. A call for a phone at another edge passes two edges, each a full
 * hop with its own transactions.
 */
export type Placement = 'own edge' | 'any edge';

export interface EdgesMeasurement {
  readonly placement: Placement;
  readonly trials: Trials;
}

export interface EdgesOptions extends LoadOptions {
  /** How many phones are called. */
  readonly callees: number;
}

/** Alike for every number of edges, so that the load costs the same. */
const ports = 4;
const warmSec = 1;
const warmUpPerSec = 500;

/** Starts the platform once with each number of edges, and measures in turns what a call costs when the edges share the same load. */
export async function measureEdges(
  edgeCounts: readonly number[],
  options: EdgesOptions,
  session: BenchSession,
): Promise<readonly EdgesMeasurement[]> {
  const { rate, seconds, alternations, warmUp } = options;
  const { cores, calibration, say } = session;
  const phones = subscribers('callee', options.callees);
  const firstPort = await freePorts(2 * ports);
  const callerPorts = Array.from({ length: ports }, (_, index) => firstPort + ports + index);
  const answering = new Callees(Array.from({ length: ports }, (_, index) => firstPort + index));
  const systems: RingdownSystem[] = [];
  try {
    for (const edges of edgeCounts) {
      say(`starting with ${edges} edges`);
      // A route is to a host; every caller's port is at the same one.
      const trunkPort = callerPorts[0] ?? 0;
      const system = await startRingdown({ name: `${edges} edges`, subscribers: phones, trunkPort, edges });
      systems.push(system);
      await answering.register(system, (index) => system.apart.sip(index % edges), phones, cores.load);
      for (const { pid } of system.parts) pin(pid, cores.system);
    }
    answering.open(cores.load);
    const loadOf =
      (placement: Placement) =>
      async (system: System, perSec: number, forSec: number): Promise<LoadOutcome> => {
        const { apart, domain } = systems.find(({ name }) => name === system.name) as RingdownSystem;
        const edges = apart.edges.length;
        const outcomes = callerPorts.map((port, index) => {
          const called = phones.filter(
            (_, phone) => placement === 'any edge' || (phone % ports) % edges === index % edges,
          );
          return playScenario({
            scenario: ownScenario('trunk.xml'),
            rows: called.map(([username]) => [`caller${index}`, trunkDomain, username, domain]),
            proxy: apart.sip(index % edges),
            port,
            perSec: perSec / ports,
            forSec,
            core: cores.load,
          });
        });
        return together(await Promise.all(outcomes));
      };
    const measured: EdgesMeasurement[] = [];
    for (const placement of ['own edge', 'any edge'] as const) {
      const load = loadOf(placement);
      const slowly = Math.min(rate, warmUpPerSec);
      for (const system of systems) {
        // Each edge gets as many calls: code that is compiled while it runs must be hot in all of them.
        await load(system, slowly, (warmUp * system.apart.edges.length) / slowly);
      }
      const trials = await alternate({
        systems,
        rounds: alternations,
        cores,
        calibration,
        warm: (system) => load(system, rate, warmSec),
        load: (system) => load(system, rate, seconds),
        say: (line) => say(`${placement} ${line}`),
      });
      measured.push({ placement, trials });
    }
    return measured;
  } finally {
    await answering.stop();
    await Promise.all(systems.map((system) => system.stop()));
  }
}

function together(outcomes: readonly LoadOutcome[]): LoadOutcome {
  const sum = (value: (outcome: LoadOutcome) => number): number =>
    outcomes.reduce((total, outcome) => total + value(outcome), 0);
  return {
    units: sum(({ units }) => units),
    unitsPerSec: sum(({ unitsPerSec }) => unitsPerSec),
    failed: sum(({ failed }) => failed),
    retransmissions: sum(({ retransmissions }) => retransmissions),
    errors: outcomes.map(({ errors }) => errors).join(''),
  };
}
