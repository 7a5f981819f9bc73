import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { processTree } from './process-tree.js';

/** Which core the system under test has for itself, and which one the load and this program share. */
export interface Cores {
  readonly system: number;
  readonly load: number;
}

/** The first two cores that this process may use. Throws where there is only one: load and system would measure each other. */
export function chooseCores(): Cores {
  const list =
    execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' })
      .split(':')
      .at(-1) ?? '';
  const allowed = list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
  const [system, load] = allowed;
  if (system === undefined || load === undefined)
    throw new Error(`the benchmark needs two cores and may use ${availableParallelism()}`);
  return { system, load };
}

/** Binds every thread of a process and of all that descends from it to one core; what they start later inherits it. */
export function pin(root: number, core: number): void {
  for (const pid of processTree(root)) {
    try {
      execFileSync('taskset', ['-acp', String(core), String(pid)], { stdio: 'pipe' });
    } catch (error) {
      // One that has just ended needs no core.
      if (!/No such process/.test(String(error))) throw error;
    }
  }
}
