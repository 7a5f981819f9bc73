import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { runsAsRoot, UNPRIVILEGED_ID } from './postgres-binaries.js';

/**
 * A shell that starts Postgres and then waits for its own standard input to end, which it does however the test run ends, by
 * SIGKILL too. Then it ends Postgres and removes the data, unless it was told to keep them.
 */
const SUPERVISE = `
folder=$1; shift
"$@" >>"$folder/log" 2>&1 &
postgres=$!
echo "$postgres"
read -r order
kill -QUIT "$postgres" 2>/dev/null
wait "$postgres"
[ "$order" = keep ] || rm -rf "$folder"
`;

/** One run of a Postgres server. */
export interface PostgresProcess {
  readonly pid: number;
  /** Ends it at once, as `pg_ctl stop -m immediate` does. */
  end(o: { keepData: boolean }): Promise<void>;
  /** SIGKILL to the server and every process of it: what the kernel has is all that stays. */
  kill9(): Promise<void>;
}

/** Credentials to spawn Postgres with: it doesn't run as root. */
export const dropPrivileges = (): { uid: number; gid: number } | Record<string, never> =>
  runsAsRoot() ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};

export const POSTGRES_ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/bin:/bin', TZ: 'UTC' };

function childrenOf(parent: number): number[] {
  const children: number[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
      const parentId = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
      if (Number(parentId) === parent) children.push(Number(name));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  return children;
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

async function exited(shell: ChildProcess): Promise<void> {
  if (shell.exitCode === null && shell.signalCode === null) await once(shell, 'exit');
}

/** Starts `command`, whose output goes to `<folder>/log`. */
export async function superviseProcess(folder: string, command: readonly string[]): Promise<PostgresProcess> {
  const shell = spawn('/bin/sh', ['-c', SUPERVISE, 'supervise', folder, ...command], {
    cwd: '/',
    env: POSTGRES_ENVIRONMENT,
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
    ...dropPrivileges(),
  });
  const lines = createInterface({ input: shell.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  lines.close();
  shell.stdin.on('error', () => {});
  const pid = Number(line);
  const end = async (o: { keepData: boolean }): Promise<void> => {
    shell.stdin.end(o.keepData ? 'keep\n' : 'remove\n');
    await exited(shell);
  };
  return {
    pid,
    end,
    async kill9() {
      const children = childrenOf(pid);
      killIfThere(pid);
      for (const child of children) killIfThere(child);
      await end({ keepData: true });
    },
  };
}
