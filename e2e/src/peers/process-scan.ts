import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process as /proc shows it. */
export interface SeenProcess {
  readonly pid: number;
  readonly command: string;
}

/** The living processes whose command line, environment or working folder names `folder`: what a start with that folder has brought about. */
export function processesOf(folder: string): SeenProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const command = read(() => readFileSync(`/proc/${name}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      // Only the unreaped remains of a process have no command line; kernel threads have no environment either.
      if (command === '') return [];
      const traces = [
        command,
        read(() => readFileSync(`/proc/${name}/environ`, 'utf8')),
        read(() => readlinkSync(`/proc/${name}/cwd`)),
      ];
      return traces.some((trace) => trace.includes(folder)) ? [{ pid: Number(name), command: command.trim() }] : [];
    });
}

/** Ends a process at once; one that has just ended is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** '' for what has just ended or belongs to somebody else. */
function read(from: () => string): string {
  try {
    return from();
  } catch {
    return '';
  }
}
