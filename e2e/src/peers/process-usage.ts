import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The kernel counts CPU in these; `getconf CLK_TCK` is 100 on every Linux that Node runs on. */
const tickMs = 10;

/** CPU of a process since it began, in milliseconds, by the kernel's count. */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Resident memory of a process, in KiB. */
export function residentKibOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]);
}

/** The most files and sockets that a process may have open, and the command line that starts one which may; `wanted` where that can be had. */
export function openFiles(wanted: number): { readonly most: number; readonly prefix: readonly string[] } {
  const most = openFilesLimit();
  if (most >= wanted) return { most, prefix: [] };
  const prefix = ['prlimit', `--nofile=${wanted}`];
  const [command = '', ...args] = prefix;
  return spawnSync(command, [...args, 'true']).status === 0 ? { most: wanted, prefix } : { most, prefix: [] };
}

/** What this process and its children may raise their own limit to. */
function openFilesLimit(): number {
  const [, limit = '0'] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
  return limit === 'unlimited' ? Number.POSITIVE_INFINITY : Number(limit);
}
