import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, checkoutRoot, nodeOptions, startChild } from '@ringdown/testbed';
import { kill, processesOf } from './peers/process-scan.js';

/** What the banner says. */
export interface Facts {
  /** `host:port` of SIP. */
  readonly sip: string;
  /** Which socket UDP got. */
  readonly udp: string;
  /** `http://host:port`. */
  readonly http: string;
  readonly adminToken: string;
  readonly dataDir: string;
  /** By username, as far as the banner shows them. */
  readonly passwords: ReadonlyMap<string, string>;
  /** The command that the banner proposes. */
  readonly curl: string;
}

export interface LaunchOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly args?: readonly string[];
  /** Another command than the built platform's. */
  readonly command?: readonly [string, ...string[]];
  readonly cwd?: string;
}

/** One process that was started, up or not. */
export interface Launch {
  readonly child: Child;
  readonly pid: number;
  /** Resolves with the banner's facts; rejects with the output when there is no banner. */
  up(timeoutMs?: number): Promise<Facts>;
  /** Resolves with how the process itself ended, whoever still holds its output; rejects with the output when it doesn't within the time. */
  exit(timeoutMs?: number): Promise<number | NodeJS.Signals>;
}

const upMs = 60_000;

/** What one test file starts: the processes and data folders, all gone after `clear`. */
export class Stage {
  readonly #launches: Launch[] = [];
  readonly #folders: string[] = [];

  /** An empty folder that every user may enter. */
  folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'ringdown-e2e-'));
    chmodSync(path, 0o755);
    this.#folders.push(path);
    return path;
  }

  /** Starts the built platform on a data folder and any free ports. */
  launch(dataDir: string | undefined, options: LaunchOptions = {}): Launch {
    const [command, ...args] = options.command ?? [
      process.execPath,
      ...nodeOptions,
      join(checkoutRoot, 'starter', 'dist', 'main.js'),
    ];
    const child = startChild(command, [...args, ...(options.args ?? [])], {
      cwd: options.cwd ?? checkoutRoot,
      env: {
        ...foreignEnvironment(),
        RINGDOWN_SIP_PORT: '0',
        RINGDOWN_HTTP_PORT: '0',
        ...(dataDir === undefined ? {} : { RINGDOWN_DATA_DIR: dataDir }),
        ...options.environment,
      },
    });
    const launch: Launch = {
      child,
      pid: child.process.pid ?? -1,
      up: async (timeoutMs = upMs) => {
        await child.printed(/Ctrl-C stops it/, timeoutMs);
        return factsOf(child.output());
      },
      exit: (timeoutMs = 20_000) => exitOf(child, timeoutMs),
    };
    this.#launches.push(launch);
    return launch;
  }

  /** All that was printed but the banners themselves, for a search for what must not be there. */
  log(): string {
    return this.#launches
      .map(({ child }) => child.output().replace(/^Ringdown is up\.$[^]*?^ {2}Ctrl-C stops it\.$/gm, ''))
      .join('\n');
  }

  /** Ends every process that still runs. */
  async end(): Promise<void> {
    await Promise.all(this.#launches.map(({ child }) => child.end()));
  }

  async clear(): Promise<void> {
    await this.end();
    // What a failed test has found to be left must not outlive it.
    for (const { pid } of this.#folders.flatMap(processesOf)) kill(pid);
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** Every secret of a platform in the forms in which one could slip into a log: keys, passwords and the hashes that stand for them. */
export function secretsOf(facts: Facts): string[] {
  const stored = JSON.parse(readFileSync(join(facts.dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;
  const hashes = [...facts.passwords].flatMap(([username, password]) =>
    ['md5', 'sha256', 'sha512-256'].map((algorithm) =>
      createHash(algorithm).update(`${username}:demo.ringdown.test:${password}`).digest('hex'),
    ),
  );
  return [facts.adminToken, ...Object.values(stored), ...facts.passwords.values(), ...hashes];
}

function factsOf(output: string): Facts {
  const one = (pattern: RegExp): string => pattern.exec(output)?.[1] ?? '';
  return {
    sip: one(/^ {2}SIP\s+(\S+)/m),
    udp: one(/^ {2}UDP\s+(.+)$/m),
    http: one(/^ {2}HTTP\s+(\S+)/m),
    adminToken: one(/^ {2}Key\s+(\S+)/m),
    dataDir: one(/^ {2}Data\s+(\S+)/m),
    passwords: new Map(
      [...output.matchAll(/^ {4}(\w+)\s+password (\S+)$/gm)].map(([, user = '', word = '']) => [user, word]),
    ),
    curl: one(/^\s+(curl .*)$/m),
  };
}

/** The environment of a terminal: without what the test runner and the build tool have added for themselves. */
function foreignEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(NX_|npm_|VITEST|NODE_ENV$|FORCE_COLOR$|RINGDOWN_)/.test(name),
  );
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.endsWith('node_modules/.bin'));
  return { ...Object.fromEntries(kept), PATH: path.join(':') };
}

async function exitOf({ process: child, output }: Child, timeoutMs: number): Promise<number | NodeJS.Signals> {
  if (child.exitCode === null && child.signalCode === null) {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`it has not ended after ${timeoutMs} ms; it printed:\n${output()}`)),
        timeoutMs,
      );
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
  return child.exitCode ?? child.signalCode ?? -1;
}
