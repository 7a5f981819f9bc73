import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgres, type PostgresVersion, runsAsRoot, UNPRIVILEGED_ID } from './postgres-binaries.js';
import { dropPrivileges, POSTGRES_ENVIRONMENT, type PostgresProcess, superviseProcess } from './postgres-process.js';

export { findPostgres, type PostgresVersion } from './postgres-binaries.js';

const START_TIMEOUT_MS = 30_000;

/** A Postgres server of a test's own, with fsync and everything else as in production. */
export interface TestPostgres {
  /** Of the database `postgres`; connect here to look around. */
  readonly url: string;
  readonly version: PostgresVersion;
  /** The server's process id; a new one after `restart`. */
  readonly pid: number;
  /** Where its data and its log are. */
  readonly folder: string;
  /** A new, empty database; returns its URL. */
  createDatabase(): Promise<string>;
  /** SIGKILL to all of it. The port refuses connections until `restart`. */
  kill9(): Promise<void>;
  /** Starts it again on the same port and data, ending it first if it runs; returns when it accepts queries. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/**
 * The versions that a suite runs on: those of this machine. Where `CI` is `true` both are required, so that a missing one fails
 * instead of being passed over.
 */
export function testedPostgresVersions(): PostgresVersion[] {
  const versions: PostgresVersion[] = ['15', '18'];
  return versions.filter((version) => process.env['CI'] === 'true' || findPostgres(version) !== undefined);
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error(`no TCP port to be had on ${host}`);
  return address.port;
}

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => {});
  }
}

function logTail(folder: string): string {
  const log = join(folder, 'log');
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(-15).join('\n') : '(no log)';
}

async function acceptsQueries(url: string, folder: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      return await query(url, 'select 1');
    } catch (error) {
      if (Date.now() > deadline) {
        throw new Error(`Postgres at ${url} did not start: ${String(error)}\n${logTail(folder)}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/**
 * Starts a Postgres server on a free port of 127.0.0.1, or of another address of this machine, with its data below the temporary directory. It ends with the test run,
 * however that ends. Throws if this machine doesn't have the version (ask `findPostgres` first) or the server doesn't start.
 */
export async function startPostgres(o: {
  version: PostgresVersion;
  /** Server settings beside the defaults, such as `{ max_connections: '20' }`. */
  settings?: Readonly<Record<string, string>>;
  /** The IPv4 address to listen on; everybody who reaches it is let in. */
  host?: string;
}): Promise<TestPostgres> {
  const host = o.host ?? '127.0.0.1';
  const binaries = findPostgres(o.version);
  if (binaries === undefined) throw new Error(`no Postgres ${o.version} on this machine`);
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-postgres-'));
  if (runsAsRoot()) chownSync(folder, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  const data = join(folder, 'data');
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
  const spawning = { cwd: '/', env: POSTGRES_ENVIRONMENT, ...dropPrivileges() };
  try {
    await promisify(execFile)(join(binaries, 'initdb'), initdb, spawning);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  if (o.host !== undefined) appendFileSync(join(data, 'pg_hba.conf'), 'host all all 0.0.0.0/0 trust\n');
  const port = await freePort(host);
  const settings = { listen_addresses: host, port: String(port), unix_socket_directories: '', ...o.settings };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = `postgres://postgres@${host}:${port}/postgres`;
  const start = async (): Promise<PostgresProcess> => {
    const started = await superviseProcess(folder, [join(binaries, 'postgres'), '-D', data, ...options]);
    await acceptsQueries(url, folder).catch(async (error: unknown) => {
      await started.end({ keepData: false });
      throw error;
    });
    return started;
  };
  let running: PostgresProcess | undefined = await start();
  let lastPid = running.pid;

  return {
    url,
    version: o.version,
    folder,
    get pid() {
      return lastPid;
    },
    async createDatabase() {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      await query(url, `create database ${name}`);
      return url.replace(/postgres$/, name);
    },
    async kill9() {
      await running?.kill9();
      running = undefined;
    },
    async restart() {
      await running?.end({ keepData: true });
      running = await start();
      lastPid = running.pid;
    },
    async stop() {
      await running?.end({ keepData: false });
      running = undefined;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
