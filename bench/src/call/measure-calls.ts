import { freePorts } from '@ringdown/testbed';
import { Callees } from '../load/callees.js';
import { playScenario } from '../load/play-scenario.js';
import { subscribers } from '../load/subscribers.js';
import { addedDelaysMs } from '../measure/added-delay.js';
import type { BenchSession } from '../measure/bench-session.js';
import { type LoadMeasurements, measureLoad } from '../measure/measure-load.js';
import type { LoadOptions } from '../result/load-options.js';
import { trunkDomain } from '../systems/ringdown.js';
import type { System } from '../systems/system.js';
import type { Contender } from './contenders.js';
import { callsTo, type Variant } from './variant.js';

export interface CallOptions extends LoadOptions {
  /** How many phones are called. */
  readonly callees: number;
}

const calleePorts = 2;

/** Starts every contender, and measures in turns what a call costs in each; then what rate each bears, and what delay it adds. */
export async function measureCalls(
  variant: Variant,
  contenders: readonly Contender[],
  options: CallOptions,
  session: BenchSession,
): Promise<LoadMeasurements> {
  const callees = subscribers('callee', options.callees);
  const core = session.cores.load;
  const firstPort = await freePorts(calleePorts + 1);
  const port = firstPort + calleePorts;
  const answering = new Callees(Array.from({ length: calleePorts }, (_, index) => firstPort + index));
  const systems: System[] = [];
  try {
    for (const contender of contenders) {
      session.say(`${variant}: starting ${contender.name}`);
      const system = await contender.start(variant, callees, port);
      systems.push(system);
      await answering.register(system, () => system.sip, callees, core);
    }
    answering.open(core);
    return await measureLoad({
      systems,
      options,
      session,
      load: (system, perSec, forSec) =>
        playScenario({
          ...callsTo(system, variant, callees, trunkDomain),
          proxy: system.sip,
          port,
          perSec,
          forSec,
          core,
        }),
      delaysMs: addedDelaysMs,
    });
  } finally {
    await answering.stop();
    await Promise.all(systems.map((system) => system.stop()));
  }
}
