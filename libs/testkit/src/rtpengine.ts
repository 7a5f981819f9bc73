import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';

const places = ['/usr/bin/rtpengine', '/usr/sbin/rtpengine', '/usr/local/bin/rtpengine'];

/** Where rtpengine is on this machine; undefined if it isn't. */
export function findRtpengine(): string | undefined {
  return places.find((place) => existsSync(place));
}

/** An rtpengine of a test's own, which forwards media itself, without a kernel module. */
export interface TestRtpengine {
  /** `127.0.0.1:port` of its ng protocol. */
  readonly ng: string;
  readonly port: number;
  readonly pid: number;
  /** What it has logged so far. */
  output(): string;
  /** The names of the calls that it has. */
  calls(): Promise<readonly string[]>;
  /** SIGKILL; what was relayed is silent. */
  kill(): Promise<void>;
  /** Starts it again on the same port, without its calls. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestRtpengineOptions {
  /** Addresses that it relays at. Default: loopback of both families. */
  readonly interfaces?: readonly string[];
  /** The first of the ports that it relays at; with each address they are 400. Default: any. */
  readonly portMin?: number;
}

const mediaPorts = 400;

/** Starts Debian's rtpengine-daemon; resolves when it answers. */
export async function startRtpengine(options: TestRtpengineOptions = {}): Promise<TestRtpengine> {
  const binary = findRtpengine();
  if (binary === undefined) throw new Error('rtpengine is not on this machine: apt-get install rtpengine-daemon');
  const { interfaces = ['127.0.0.1', '::1'] } = options;
  const portMin = options.portMin ?? 20_000 + 2 * Math.floor(Math.random() * 5_000);
  const port = await freeUdpPort();
  let child: ChildProcess | undefined;
  let output = '';
  const kill = async (): Promise<void> => {
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
    child = spawn(
      binary,
      [
        '--config-file=none',
        ...interfaces.map((address) => `--interface=${address}`),
        `--listen-ng=127.0.0.1:${port}`,
        `--port-min=${portMin}`,
        `--port-max=${portMin + mediaPorts - 1}`,
        '--table=-1',
        '--foreground',
        '--log-stderr',
        '--log-level=5',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' },
    );
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    try {
      await ask(port, 'ping');
    } catch {
      await kill();
      throw new Error(`rtpengine did not come up; it said:\n${output}`);
    }
  };
  await start();
  return {
    ng: `127.0.0.1:${port}`,
    port,
    get pid() {
      return child?.pid ?? -1;
    },
    output: () => output,
    calls: async () => ((await ask(port, 'list')) as { calls?: readonly string[] }).calls ?? [],
    kill,
    restart: start,
    stop: async () => {
      process.off('exit', killAtExit);
      await kill();
    },
  };
}

/** Asks until it answers; rejects after ten seconds. */
async function ask(port: number, command: 'ping' | 'list'): Promise<unknown> {
  const socket = createSocket('udp4');
  const datagram = `${randomUUID()} ${JSON.stringify({ command })}`;
  const send = (): void => socket.send(datagram, port, '127.0.0.1');
  const asking = setInterval(send, 50);
  try {
    return await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`rtpengine does not answer at ${port}`)), 10_000);
      socket.once('message', (answer) => {
        clearTimeout(late);
        const text = answer.toString();
        resolve(JSON.parse(text.slice(text.indexOf(' ') + 1)));
      });
      send();
    });
  } finally {
    clearInterval(asking);
    socket.close();
  }
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
