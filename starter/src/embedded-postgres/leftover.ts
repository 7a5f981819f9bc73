import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commandLine, isAlive, processStart } from './process-table.js';

const orderlyMs = 5_000;
const forcedMs = 5_000;
const pollMs = 20;

/**
 * Ends the Postgres that an earlier run, killed before it could stop it, left on this cluster. Only a process that the cluster's own
 * `postmaster.pid` names and whose command line names this cluster is touched. Returns the process id it ended, or undefined.
 */
export async function endLeftoverPostgres(clusterPath: string): Promise<number | undefined> {
  const pid = recordedPostmaster(clusterPath);
  if (pid === undefined || !commandLine(pid).includes(clusterPath)) return undefined;
  const startedAt = processStart(pid);
  // SIGINT: fast shutdown; SIGQUIT: immediate, with recovery at the next start.
  for (const [signal, waitMs] of [
    ['SIGINT', orderlyMs],
    ['SIGQUIT', forcedMs],
    ['SIGKILL', forcedMs],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return pid;
    }
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      if (!isAlive(pid, startedAt)) return pid;
      await delay(pollMs);
    }
  }
  return pid;
}

function recordedPostmaster(clusterPath: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(clusterPath, 'postmaster.pid'), 'utf8').split('\n')[0] ?? '', 10);
    return pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}
