import type { LoadOptions } from '../result/load-options.js';
import type { System } from '../systems/system.js';
import { alternate, type Trials } from './alternate.js';
import type { BenchSession } from './bench-session.js';
import { type Capacity, capacityOf } from './capacity.js';
import type { SeenDatagram } from './capture.js';
import { pin } from './cores.js';
import type { LoadOutcome } from './trial.js';

export interface LoadMeasurements {
  readonly trials: Trials;
  readonly capacities: ReadonlyMap<string, Capacity>;
}

export interface LoadOnSystems {
  readonly systems: readonly System[];
  readonly options: LoadOptions;
  readonly session: BenchSession;
  load(system: System, perSec: number, forSec: number): Promise<LoadOutcome>;
  /** The delays in what was captured of a system's port, in milliseconds. */
  delaysMs(datagrams: readonly SeenDatagram[], port: number): readonly number[];
}

const warmSec = 1;
const warmUpPerSec = 500;

/** Warms every system up, measures them in turns, and then searches what each bears. */
export async function measureLoad({
  systems,
  options,
  session,
  load,
  delaysMs,
}: LoadOnSystems): Promise<LoadMeasurements> {
  const { rate, seconds, alternations, warmUp, searchSteps, searchSeconds, settleSeconds } = options;
  for (const { parts } of systems) for (const { pid } of parts) pin(pid, session.cores.system);
  const slowly = Math.min(rate, warmUpPerSec);
  for (const system of systems) await load(system, slowly, warmUp / slowly);
  const trials = await alternate({
    systems,
    rounds: alternations,
    cores: session.cores,
    calibration: session.calibration,
    warm: (system) => load(system, rate, warmSec),
    load: (system) => load(system, rate, seconds),
    say: session.say,
  });
  const capacities = new Map<string, Capacity>();
  for (const system of systems) {
    const cpuMicrosPerUnit = Math.min(...(trials.get(system.name) ?? []).map((trial) => trial.cpuMicrosPerUnit));
    const bound = (perSec: number, forSec: number) => load(system, perSec, forSec);
    const asked = { system, session, cpuMicrosPerUnit, perSec: rate, searchSteps, searchSeconds, settleSeconds };
    const capacity = await capacityOf({ ...asked, load: bound, delaysMs });
    capacities.set(system.name, capacity);
    session.say(`${system.name}: ${JSON.stringify(capacity)}`);
  }
  return { trials, capacities };
}
