import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { type Child, startChild } from '../child-process.js';
import { freePorts } from '../free-ports.js';
import {
  type BaresipOptions,
  dumpOf,
  loopback,
  portCount,
  portsFrom,
  writeConfiguration,
} from './baresip-configuration.js';
import { Recordings } from './recordings.js';

/** An event as baresip's ctrl_tcp module tells it. */
export interface BaresipEvent {
  readonly type: string;
  readonly peeruri?: string;
  readonly id?: string;
  readonly param?: string;
  readonly direction?: string;
}

const startMs = 10_000;
const tries = 5;
const pollMs = 50;

/** A real phone: it registers, calls, speaks a tone, records what it hears, and is driven over its control socket. */
export class Baresip {
  readonly events: BaresipEvent[] = [];
  /** What it hears. */
  readonly recordings: Recordings;
  private readonly watchers = new Set<() => void>();

  private constructor(
    readonly options: BaresipOptions,
    private readonly folder: string,
    private readonly child: Child,
    private readonly control: Duplex,
    /** Where its media may come to, in any call. */
    readonly mediaPorts: readonly number[],
  ) {
    this.recordings = new Recordings(dumpOf(folder));
    // A phone that has ended is noticed by what doesn't happen.
    control.on('error', () => {});
    readNetstrings(control, (text) => {
      const message = JSON.parse(text) as { event?: boolean } & BaresipEvent;
      if (message.event === true) this.events.push(message);
      for (const watcher of this.watchers) watcher();
    });
  }

  /** Starts the phone and resolves once it can be driven. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    for (let attempt = 1; ; attempt += 1) {
      const folder = mkdtempSync(join(tmpdir(), 'ringdown-baresip-'));
      const ports = portsFrom(await freePorts(portCount));
      writeConfiguration(folder, ports, options);
      const { namespace, localAddress = loopback } = options;
      const family = localAddress.includes(':') ? '-6' : '-4';
      const child = startChild(...within(namespace, 'baresip', family, '-f', folder));
      try {
        await child.printed(/baresip is ready/, startMs);
        const control = await open(ports.control, namespace);
        return new Baresip(options, folder, child, control, ports.media);
      } catch (error) {
        await child.end();
        rmSync(folder, { recursive: true, force: true });
        // Another process may have taken a port between finding and using it.
        if (attempt === tries) throw error;
      }
    }
  }

  /** Resolves when it has registered. By what it prints: this may happen before it can be driven, and then there is no event. */
  async registered(timeoutMs?: number): Promise<void> {
    await this.child.printed(/ 200 OK \([^)]*\) \[\d+ binding/, timeoutMs);
  }

  /** What the phone printed, for a failing test. */
  log(): string {
    return this.child.output();
  }

  /** Sends a command of baresip's menu, such as `dial` with a URI, `accept`, `hangup`, `hold`, `resume`, `transfer`. */
  command(command: string, params = ''): void {
    const text = JSON.stringify({ command, params });
    this.control.write(`${Buffer.byteLength(text)}:${text},`);
  }

  /** Resolves with the first event from `from` on that fits; rejects with all events and the phone's log when the time is over. */
  event(
    type: string,
    options: { from?: number; timeoutMs?: number; where?: (event: BaresipEvent) => boolean } = {},
  ): Promise<BaresipEvent> {
    const { where = () => true } = options;
    return this.someEvent((event) => event.type === type && where(event), type, options);
  }

  /** As `event`, for whatever `fits`; `name` says in the rejection what was missing. */
  async someEvent(
    fits: (event: BaresipEvent) => boolean,
    name: string,
    { from = 0, timeoutMs = 15_000 }: { from?: number; timeoutMs?: number },
  ): Promise<BaresipEvent> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = this.events.slice(from).find(fits);
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        const seen = this.events.map((event) => `${event.type} ${event.param ?? ''}`).join('\n');
        throw new Error(
          `${this.options.address}: no ${name} from event ${from} on; events:\n${seen}\nlog:\n${this.log()}`,
        );
      }
      await new Promise<void>((resolve) => {
        const watcher = (): void => {
          clearTimeout(timer);
          this.watchers.delete(watcher);
          resolve();
        };
        const timer = setTimeout(watcher, leftMs);
        this.watchers.add(watcher);
      });
    }
  }

  /** Amplitude of a tone in the last `seconds` of what the phone heard in its latest call; a tone spoken at 8,000 gives nearly that. */
  heard(hertz: number, seconds = 1): number {
    return this.recordings.amplitude(hertz, seconds);
  }

  /** Removes what was heard so far, so that `heard` tells of a later call only. */
  forget(): void {
    this.recordings.forget();
  }

  /** Bits a second of sound that the phone receives now, by its own status line. */
  receivedBitRate(): number {
    const latest = [...this.log().matchAll(/audio=\d+\/(\d+) \(bit/g)].at(-1);
    return Number(latest?.[1] ?? 0);
  }

  /** Resolves when so many more seconds of sound have arrived in the latest call: what `heard` tells is then of now. */
  async listen(seconds: number): Promise<void> {
    const until = this.recordings.seconds + seconds;
    const deadline = performance.now() + (seconds + 15) * 1_000;
    while (this.recordings.seconds < until) {
      if (performance.now() > deadline) throw new Error(`${this.options.address} hears nothing\nlog:\n${this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** Stands the whole phone still, its sound with it, until `unfreeze`; it answers nothing meanwhile. */
  freeze(): void {
    this.child.signal('SIGSTOP');
  }

  unfreeze(): void {
    this.child.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    this.control.destroy();
    await this.child.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A command and its arguments, run in a network namespace where one is named. */
function within(namespace: string | undefined, command: string, ...args: string[]): [string, string[]] {
  return namespace === undefined ? [command, args] : ['ip', ['netns', 'exec', namespace, command, ...args]];
}

/** A connection to a port of a namespace's loopback: in another one by way of a process there that passes on what it reads and writes. */
function open(port: number, namespace: string | undefined): Promise<Duplex> {
  if (namespace !== undefined) {
    const script = `const socket = require('node:net').connect(${port}, '${loopback}');
      for (const end of [socket, process.stdout]) end.on('error', () => process.exit());
      process.stdin.pipe(socket).pipe(process.stdout);`;
    const [command, args] = within(namespace, process.execPath, '-e', script);
    const { stdin, stdout } = startChild(command, args, { stdio: ['pipe', 'pipe', 'inherit'] }).process;
    if (stdin === null || stdout === null) throw new Error('a process without pipes');
    return Promise.resolve(Duplex.from({ writable: stdin, readable: stdout }));
  }
  return new Promise((resolve, reject) => {
    const socket = connect(port, loopback, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Netstrings: a decimal length, a colon, so many bytes, a comma. */
function readNetstrings(socket: Duplex, take: (text: string) => void): void {
  let buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const colon = buffer.indexOf(0x3a);
      if (colon === -1) return;
      const end = colon + 1 + Number.parseInt(buffer.toString('latin1', 0, colon), 10);
      if (buffer.length < end + 1) return;
      take(buffer.toString('utf8', colon + 1, end));
      buffer = buffer.subarray(end + 1);
    }
  });
}
