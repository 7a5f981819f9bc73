import { readdirSync, readFileSync } from 'node:fs';

/**
 * Stops a process and its children where they are (SIGSTOP): sockets stay open and nothing answers. The function that is returned lets them go on.
 * A server with a process for each connection, such as Postgres, stalls as a whole.
 */
export function stall(pid: number): () => void {
  const stalled = [pid, ...childrenOf(pid)];
  for (const each of stalled) signal(each, 'SIGSTOP');
  return () => {
    for (const each of stalled) signal(each, 'SIGCONT');
  };
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It ended between the listing and the reading.
    return undefined;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
