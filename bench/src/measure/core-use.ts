import { readFileSync } from 'node:fs';

/** What a core did since the machine started, in ticks (proc_stat(5)). */
export interface CoreUse {
  readonly busy: number;
  readonly stolen: number;
  readonly total: number;
}

/** The present counts of one core. */
export function coreUse(core: number): CoreUse {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'latin1'))?.[1] ?? '';
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, stolen = 0] = line
    .split(' ')
    .map(Number);
  const busy = user + nice + system + irq + softirq;
  return { busy, stolen, total: busy + idle + iowait + stolen };
}

/** Shares of a core's time between two moments, from 0 to 1. */
export function sharesBetween(before: CoreUse, after: CoreUse): { readonly busy: number; readonly stolen: number } {
  const total = Math.max(1, after.total - before.total);
  return { busy: (after.busy - before.busy) / total, stolen: (after.stolen - before.stolen) / total };
}
