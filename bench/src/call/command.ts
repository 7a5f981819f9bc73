import { freePorts } from '@ringdown/testbed';
import { Callees } from '../load/callees.js';
import { makeCalls } from '../load/calls.js';
import { type Cores, chooseCores, pin } from '../measure/cores.js';
import { Calibration } from '../measure/noise.js';
import { type LoadOutcome, measureTrial, type Trial } from '../measure/trial.js';
import { trunkDomain } from '../systems/ringdown.js';
import type { System } from '../systems/system.js';
import { contenders } from './contenders.js';
import { callees, callsTo, type Variant } from './variant.js';

export interface CallOptions {
  readonly rate: number;
  readonly seconds: number;
  readonly alternations: number;
  readonly variants: readonly Variant[];
  /** Only these; all of them unless told. */
  readonly systems?: readonly string[];
}

const calleePorts = 2;
const warmUpSec = 2;

/** Trials of each system by its name, in the order in which they ran. */
export type CallTrials = ReadonlyMap<string, readonly Trial[]>;

/** Measures what a call costs in every system, in turns: A B C A B C …. `say` gets a line on what goes on. */
export async function measureCalls(
  variant: Variant,
  { rate, seconds, alternations, systems: chosen }: CallOptions,
  say: (line: string) => void,
): Promise<CallTrials> {
  const cores = chooseCores();
  pin(process.pid, cores.load);
  const firstPort = await freePorts(calleePorts + 1);
  const callerPort = firstPort + calleePorts;
  const answering = new Callees(Array.from({ length: calleePorts }, (_, index) => firstPort + index));
  const calibration = Calibration.start(cores.system);
  const systems: System[] = [];
  const trials = new Map<string, Trial[]>();
  try {
    for (const contender of contenders.filter(({ name }) => chosen?.includes(name) ?? true)) {
      say(`starting ${contender.name}`);
      const system = await contender.start(variant, callerPort);
      systems.push(system);
      await answering.register(system, callees, cores.load);
    }
    for (const { parts } of systems) for (const { pid } of parts) pin(pid, cores.system);
    answering.open(cores.load);
    for (const system of systems)
      await call(system, variant, callerPort, cores, rate, Math.max(warmUpSec, seconds / 2));
    for (let round = 1; round <= alternations; round += 1) {
      for (const system of systems) {
        await call(system, variant, callerPort, cores, rate, warmUpSec / 2);
        const trial = await measureTrial(system, cores, calibration, () =>
          call(system, variant, callerPort, cores, rate, seconds),
        );
        trials.set(system.name, [...(trials.get(system.name) ?? []), trial]);
        say(`${variant} ${round}/${alternations} ${system.name}: ${described(trial)}`);
      }
    }
    return trials;
  } finally {
    calibration.stop();
    await answering.stop();
    await Promise.all(systems.map((system) => system.stop()));
  }
}

async function call(
  system: System,
  variant: Variant,
  port: number,
  { load: core }: Cores,
  callsPerSec: number,
  seconds: number,
): Promise<LoadOutcome> {
  const calls = Math.ceil(callsPerSec * seconds);
  const flow = callsTo(system, variant, trunkDomain);
  const made = await makeCalls({ ...flow, proxy: system.sip, port, callsPerSec, calls, core });
  return { ...made, units: made.successful, unitsPerSec: made.callsPerSec };
}

function described(trial: Trial): string {
  const parts = Object.entries(trial.partMicrosPerUnit).map(([part, micros]) => `${part} ${micros.toFixed(1)}`);
  const failures = `failed ${trial.failed}, retransmissions ${trial.retransmissions}`;
  return `${trial.cpuMicrosPerUnit.toFixed(1)} µs a call (${parts.join(', ')}), ${trial.unitsPerSec.toFixed(0)} calls/s, ${failures}`;
}
