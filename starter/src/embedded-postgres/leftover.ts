import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { socketFolderPrefix } from './postmaster.js';
import { commandLine, isAlive, processStart } from './process-table.js';

const orderlyMs = 5_000;
const forcedMs = 5_000;
const pollMs = 20;

/** What a postmaster writes down of itself. */
interface Recorded {
  readonly pid: number;
  readonly socketFolder: string;
}

/**
 * Ends the Postgres that an earlier run, killed before it could stop it, left on this cluster, and removes the folder of its socket. Only a
 * process that the cluster's own `postmaster.pid` names and whose command line names this cluster is touched. Returns the process id it
 * ended, or undefined.
 */
export async function endLeftoverPostgres(clusterPath: string): Promise<number | undefined> {
  const recorded = recordedPostmaster(clusterPath);
  if (recorded === undefined) return undefined;
  const { pid, socketFolder } = recorded;
  const ours = commandLine(pid).includes(clusterPath);
  if (ours) await endProcess(pid);
  if (basename(socketFolder).startsWith(socketFolderPrefix)) rmSync(socketFolder, { recursive: true, force: true });
  return ours ? pid : undefined;
}

async function endProcess(pid: number): Promise<void> {
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
      return;
    }
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      if (!isAlive(pid, startedAt)) return;
      await delay(pollMs);
    }
  }
}

/** Reads `postmaster.pid`: the process id is its first line, the folder of the Unix socket its fifth. */
function recordedPostmaster(clusterPath: string): Recorded | undefined {
  try {
    const lines = readFileSync(join(clusterPath, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number.parseInt(lines[0] ?? '', 10);
    return pid > 1 ? { pid, socketFolder: lines[4] ?? '' } : undefined;
  } catch {
    return undefined;
  }
}
