import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const prefix = 'rd-field-';

/** The network namespaces of one field; their names carry this process's id, so that a later run can tell what a crashed one has left. */
export class Namespaces {
  readonly #names: string[] = [];
  readonly #scope: string;

  /** Removes what ended processes have left. `number` tells several fields of one process apart. */
  static async open(number: number): Promise<Namespaces> {
    await removeLeftovers();
    return new Namespaces(`${prefix}${process.pid}-${number}-`);
  }

  private constructor(scope: string) {
    this.#scope = scope;
  }

  /** Makes an empty one with loopback up and IPv6 addresses that are there at once, and returns its full name. */
  async add(name: string): Promise<string> {
    const namespace = this.#scope + name;
    await run('ip', ['netns', 'add', namespace]);
    this.#names.push(namespace);
    await execIn(namespace, 'sysctl', ['-qw', 'net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.all.accept_dad=0']);
    await run('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
    return namespace;
  }

  /** Kills what still runs in them, and removes them with their interfaces. */
  async remove(): Promise<void> {
    for (const namespace of this.#names.splice(0)) await removeNamespace(namespace);
  }
}

/** Runs a program in a namespace to its end. Throws with its own words when it fails. */
export async function execIn(namespace: string, program: string, args: readonly string[], input = ''): Promise<string> {
  return runWithInput(['netns', 'exec', namespace, program, ...args], input);
}

/** `ip` with so many commands at once, one a line; in this process's own namespace unless one is named. */
export async function ipBatch(commands: readonly string[], namespace?: string): Promise<void> {
  await runWithInput(
    [...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'],
    `${commands.join('\n')}\n`,
  );
}

async function runWithInput(args: readonly string[], input: string): Promise<string> {
  const running = run('ip', args);
  // A program may end without having read it.
  running.child.stdin?.on('error', () => {});
  running.child.stdin?.end(input);
  const { stdout } = await running;
  return stdout;
}

async function removeNamespace(namespace: string): Promise<void> {
  // What was started in it ends with its own starter; this is for what that one has missed.
  const { stdout } = await run('ip', ['netns', 'pids', namespace]).catch(() => ({ stdout: '' }));
  for (const pid of stdout.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  await run('ip', ['netns', 'del', namespace]).catch(() => {});
}

async function removeLeftovers(): Promise<void> {
  const names = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  for (const name of names) {
    const owner = /^rd-field-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) await removeNamespace(name);
  }
}
