import { readFileSync } from 'node:fs';
import { processTree } from './process-tree.js';

/**
 * Resident memory of a process and all that descends from it, in bytes. A page that several processes share counts once, in parts (the
 * kernel's proportional set size): Kamailio and Postgres keep most of theirs in shared memory.
 */
export function residentBytes(root: number): number {
  return processTree(root).reduce((sum, pid) => sum + proportionalBytes(pid), 0);
}

function proportionalBytes(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1_024;
  } catch {
    // It ended between the listing and the reading.
    return 0;
  }
}
