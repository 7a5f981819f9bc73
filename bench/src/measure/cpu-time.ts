import { execFileSync } from 'node:child_process';
import { processTree, statFields } from './process-tree.js';

/** What processes have spent on a CPU. */
export interface CpuTime {
  readonly userMicros: number;
  readonly systemMicros: number;
}

const ticksPerSec = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const microsPerTick = 1_000_000 / ticksPerSec;

/** What one process alone has spent so far; undefined when it is gone. */
export function ownCpuTimeOf(pid: number): CpuTime | undefined {
  const fields = statFields(pid);
  if (fields === undefined) return undefined;
  return { userMicros: Number(fields[11]) * microsPerTick, systemMicros: Number(fields[12]) * microsPerTick };
}

/**
 * What a process, everything that descends from it, and the children of these that have ended and been waited for have spent so far. The
 * kernel scales user and system time so that their sum is what the scheduler has counted; only the sum is exact, to a tick for each process.
 */
export function cpuTimeOf(root: number): CpuTime {
  let user = 0;
  let system = 0;
  for (const pid of processTree(root)) {
    const fields = statFields(pid);
    if (fields === undefined) continue;
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15).map(Number);
    user += utime + cutime;
    system += stime + cstime;
  }
  return { userMicros: user * microsPerTick, systemMicros: system * microsPerTick };
}

/** User and system time between two moments, in microseconds. */
export function cpuMicrosBetween(before: CpuTime, after: CpuTime): number {
  return after.userMicros - before.userMicros + after.systemMicros - before.systemMicros;
}
