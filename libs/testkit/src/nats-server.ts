import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const places = ['/usr/sbin/nats-server', '/usr/bin/nats-server', '/usr/local/bin/nats-server'];

/** Where nats-server is on this machine; undefined if it isn't. */
export function findNatsServer(): string | undefined {
  return places.find((place) => existsSync(place));
}

/** A nats-server with JetStream of a test's own. */
export interface TestNatsServer {
  readonly url: string;
  /** The server's process id; a new one after `restart`. */
  readonly pid: number;
  /** SIGKILL; connections break. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Starts nats-server on a free port of an address of this machine (127.0.0.1 unless told), with its data below the temporary directory. */
export async function startNatsServer(host = '127.0.0.1'): Promise<TestNatsServer> {
  const binary = findNatsServer();
  if (binary === undefined) throw new Error('nats-server is not on this machine: apt-get install nats-server');
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-nats-'));
  // The server reports the port it got, but takes a fixed one after a restart.
  let port = -1;
  let child: ChildProcess | undefined;
  const end = async (): Promise<void> => {
    if (child === undefined) return;
    const gone =
      child.exitCode === null && child.signalCode === null
        ? new Promise((resolve) => child?.once('exit', resolve))
        : undefined;
    child.kill('SIGKILL');
    await gone;
    child = undefined;
  };
  const killAtExit = () => void child?.kill('SIGKILL');
  process.on('exit', killAtExit);
  const start = async (): Promise<void> => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.ports'))) rmSync(join(folder, file));
    const options = ['-js', '-a', host, '-p', String(port), '-sd', folder, '--ports_file_dir', folder];
    child = spawn(binary, options, { stdio: 'ignore', cwd: folder });
    port = await until(() => reportedPort(folder));
    await until(() => accepts(host, port));
  };
  await start();
  return {
    url: `nats://${host}:${port}`,
    get pid() {
      return child?.pid ?? -1;
    },
    kill: end,
    restart: start,
    stop: async () => {
      await end();
      process.off('exit', killAtExit);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function until<Value>(probe: () => Value | undefined | Promise<Value | undefined>): Promise<Value> {
  const endsAtMs = performance.now() + 10_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > endsAtMs) throw new Error('nats-server did not start within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function reportedPort(folder: string): number | undefined {
  const file = readdirSync(folder).find((name) => name.endsWith('.ports'));
  if (file === undefined) return undefined;
  const match = /"nats:\/\/[^"]*:(\d+)"/.exec(readFileSync(join(folder, file), 'utf8'));
  return match === null ? undefined : Number(match[1]);
}

function accepts(host: string, port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });
}
