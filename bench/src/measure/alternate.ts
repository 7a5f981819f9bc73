import type { System } from '../systems/system.js';
import type { Cores } from './cores.js';
import type { Calibration } from './noise.js';
import { type LoadOutcome, measureTrial, type Trial } from './trial.js';

/** Trials of each system by its name, in the order in which they ran. */
export type Trials = ReadonlyMap<string, readonly Trial[]>;

export interface Turns {
  readonly systems: readonly System[];
  readonly rounds: number;
  readonly cores: Cores;
  readonly calibration: Calibration;
  /** Loads a system a little before it is measured, so that what lingers of the load is there at the beginning as at the end. */
  warm(system: System): Promise<unknown>;
  load(system: System, round: number): Promise<LoadOutcome>;
  /** Gets a line on each trial. */
  say(line: string): void;
}

/** Measures systems in turns, A B C A B C …, so that what changes on the machine meanwhile meets all of them. */
export async function alternate({ systems, rounds, cores, calibration, warm, load, say }: Turns): Promise<Trials> {
  const trials = new Map<string, Trial[]>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const system of systems) {
      await warm(system);
      const trial = await measureTrial(system, cores, calibration, () => load(system, round));
      trials.set(system.name, [...(trials.get(system.name) ?? []), trial]);
      say(`${round}/${rounds} ${system.name}: ${describeTrial(trial)}`);
    }
  }
  return trials;
}

function describeTrial(trial: Trial): string {
  const parts = Object.entries(trial.partMicrosPerUnit).map(([part, micros]) => `${part} ${micros.toFixed(1)}`);
  const failures = `failed ${trial.failed}, retransmissions ${trial.retransmissions}`;
  return `${trial.cpuMicrosPerUnit.toFixed(1)} µs (${parts.join(', ')}), ${trial.unitsPerSec.toFixed(0)}/s, ${failures}`;
}
