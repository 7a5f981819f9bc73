import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { StartProblem } from '../start-problem.js';
import type { Account } from './account.js';
import type { PostgresBinaries } from './binaries.js';

/** What the name of a folder with Postgres' Unix socket begins with. */
export const socketFolderPrefix = 'ringdown-pg-';

const readyMs = 30_000;
const stopMs = 10_000;
const restartPauseMs = 500;
const pollMs = 15;

/** A running embedded Postgres. It is started again by itself if it dies, until `stop`. */
export interface EmbeddedPostgres {
  readonly url: string;
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export interface PostmasterOptions {
  readonly binaries: PostgresBinaries;
  readonly clusterPath: string;
  readonly account: Account | undefined;
  /** Told about a Postgres that ended unasked, with the last lines that it wrote. */
  readonly died: (message: string) => void;
}

/** Initialises the cluster if it is new and starts Postgres on a Unix socket of its own. Throws StartProblem with Postgres' own words if it doesn't come up. */
export async function startPostgres(options: PostmasterOptions): Promise<EmbeddedPostgres> {
  if (!existsSync(join(options.clusterPath, 'PG_VERSION'))) await initialise(options);
  const socketFolder = mkdtempSync(join(tmpdir(), socketFolderPrefix));
  if (options.account !== undefined) chownSync(socketFolder, options.account.uid, options.account.gid);
  const url = `postgresql://postgres@/postgres?host=${encodeURIComponent(socketFolder)}`;
  let stopping = false;
  let postmaster = launch(options, socketFolder);
  try {
    await ready(postmaster, url);
  } catch (error) {
    await end(postmaster.child);
    rmSync(socketFolder, { recursive: true, force: true });
    throw error;
  }
  const supervise = (watched: Postmaster): void => {
    watched.child.once('exit', (code, signal) => {
      if (stopping) return;
      options.died(
        `Postgres ended unasked (${signal ?? `exit code ${code}`}) and is started again: ${watched.lastWords()}`,
      );
      setTimeout(() => {
        if (stopping) return;
        postmaster = launch(options, socketFolder);
        supervise(postmaster);
      }, restartPauseMs);
    });
  };
  supervise(postmaster);
  return {
    url,
    get pid() {
      return postmaster.child.pid;
    },
    stop: async () => {
      stopping = true;
      await end(postmaster.child);
      rmSync(socketFolder, { recursive: true, force: true });
    },
  };
}

interface Postmaster {
  readonly child: ChildProcess;
  lastWords(): string;
}

function environment(): NodeJS.ProcessEnv {
  return { LC_ALL: 'C', PATH: process.env['PATH'], TZ: 'UTC' };
}

function run(options: PostmasterOptions, program: string, args: string[]): Postmaster {
  // Its own session: a Ctrl-C at the terminal is the platform's to handle, which stops Postgres last.
  const child = spawn(program, args, {
    cwd: '/',
    env: environment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options.account,
  });
  let tail = '';
  const remember = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-2_000);
  };
  child.stdout?.on('data', remember);
  child.stderr?.on('data', remember);
  return { child, lastWords: () => tail.trim().split('\n').slice(-4).join(' | ') };
}

async function initialise(options: PostmasterOptions): Promise<void> {
  // Made beside and renamed, so that a cluster cut short by a kill is never taken for a whole one.
  const partial = `${options.clusterPath}.partial`;
  rmSync(partial, { recursive: true, force: true, maxRetries: 10 });
  mkdirSync(partial, { mode: 0o700 });
  if (options.account !== undefined) chownSync(partial, options.account.uid, options.account.gid);
  const initdb = run(options, options.binaries.initdb, [
    '-D',
    partial,
    '-U',
    'postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--no-locale',
    '--no-instructions',
  ]);
  const code = await new Promise<number | null>((resolve) => {
    initdb.child.once('error', () => resolve(-1));
    initdb.child.once('close', resolve);
  });
  if (code !== 0) {
    rmSync(partial, { recursive: true, force: true });
    throw new StartProblem(`Postgres could not initialise ${options.clusterPath}: ${initdb.lastWords()}`);
  }
  rmSync(options.clusterPath, { recursive: true, force: true });
  renameSync(partial, options.clusterPath);
}

function launch(options: PostmasterOptions, socketFolder: string): Postmaster {
  return run(options, options.binaries.postgres, [
    '-D',
    options.clusterPath,
    '-k',
    socketFolder,
    '-clisten_addresses=',
    '-cmax_connections=100',
    '-csynchronous_commit=on',
    '-clog_min_messages=warning',
  ]);
}

async function ready(postmaster: Postmaster, url: string): Promise<void> {
  const deadline = performance.now() + readyMs;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (postmaster.child.exitCode !== null || performance.now() > deadline) {
        throw new StartProblem(`Postgres did not start: ${postmaster.lastWords() || (error as Error).message}`);
      }
    }
    await delay(pollMs);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    child.kill(signal);
    const winner = await Promise.race([ended.then(() => true), delay(stopMs, false, { ref: true })]);
    if (winner) return;
  }
}
