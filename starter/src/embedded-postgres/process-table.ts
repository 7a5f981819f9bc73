import { readFileSync } from 'node:fs';

/**
 * When a process started, in clock ticks since boot, as text; '' when there is none or only its unreaped remains. Tells a reused process id
 * from the one meant.
 */
export function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Counted from behind the command name, which may hold spaces and parentheses itself: field 3 is the state, field 22 the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

/** True when the process lives and, where `startedAt` is given, is the very one that started then. */
export function isAlive(pid: number, startedAt?: string): boolean {
  const start = processStart(pid);
  if (start === '') return false;
  return startedAt === undefined || startedAt === '' || startedAt === start;
}

/** The words of a process's command line; empty when there is no such process. */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
