import { readdirSync, readFileSync } from 'node:fs';

/**
 * Microseconds that the threads of a process have been on a CPU, user and system together, to a nanosecond (`schedstat`: what the scheduler counts,
 * and what `stat` shows in ticks of 10 ms). Threads that have ended are not in it, so it is for a time in which none ends.
 */
export function threadMicrosOf(pid: number): number {
  let micros = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      micros += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]) / 1_000;
    } catch {
      // It has ended meanwhile.
    }
  }
  return micros;
}
