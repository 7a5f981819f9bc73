import type { System } from '../systems/system.js';
import { coreUse, sharesBetween } from './core-use.js';
import type { Cores } from './cores.js';
import { cpuMicrosBetween, cpuTimeOf } from './cpu-time.js';
import type { Calibration, Noise } from './noise.js';
import { residentBytes } from './resident-memory.js';

/** What a load reports about itself. */
export interface LoadOutcome {
  /** Calls, registrations or what else was done. */
  readonly units: number;
  readonly unitsPerSec: number;
  readonly failed: number;
  readonly retransmissions: number;
  /** Why there were failures, in words; empty without any. */
  readonly errors: string;
}

/** One load on one system, measured. */
export interface Trial extends LoadOutcome {
  /** User and system time of every process, for each unit. */
  readonly cpuMicrosPerUnit: number;
  /** The same for each part of the system. */
  readonly partMicrosPerUnit: Readonly<Record<string, number>>;
  readonly residentBytes: number;
  readonly noise: Noise;
  /** Share of the load's core that was busy, from 0 to 1: near 1, the load was the limit. */
  readonly loadShare: number;
}

/** Runs a load once on a system and measures what it costs there. */
export async function measureTrial(
  system: System,
  cores: Cores,
  calibration: Calibration,
  load: () => Promise<LoadOutcome>,
): Promise<Trial> {
  const slowBefore = await calibration.micros();
  const systemBefore = coreUse(cores.system);
  const loadBefore = coreUse(cores.load);
  const cpuBefore = system.parts.map(({ pid }) => cpuTimeOf(pid));
  const startedAt = performance.now();
  const outcome = await load();
  const partMicros = system.parts.map(({ pid }, index) => {
    const before = cpuBefore[index];
    return before === undefined ? 0 : cpuMicrosBetween(before, cpuTimeOf(pid));
  });
  const tookMicros = (performance.now() - startedAt) * 1_000;
  const systemShares = sharesBetween(systemBefore, coreUse(cores.system));
  const loadShares = sharesBetween(loadBefore, coreUse(cores.load));
  const slowAfter = await calibration.micros();
  const micros = partMicros.reduce((sum, each) => sum + each, 0);
  const units = Math.max(1, outcome.units);
  const perPart = new Map<string, number>();
  for (const [index, { name }] of system.parts.entries())
    perPart.set(name, (perPart.get(name) ?? 0) + (partMicros[index] ?? 0) / units);
  return {
    ...outcome,
    cpuMicrosPerUnit: micros / units,
    partMicrosPerUnit: Object.fromEntries(perPart),
    residentBytes: system.parts.reduce((sum, { pid }) => sum + residentBytes(pid), 0),
    noise: {
      stolenShare: systemShares.stolen,
      foreignShare: Math.max(0, systemShares.busy - micros / tookMicros),
      calibrationMicros: Math.max(slowBefore, slowAfter),
    },
    loadShare: loadShares.busy,
  };
}
