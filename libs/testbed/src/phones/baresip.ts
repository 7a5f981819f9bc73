import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { type Child, startChild } from '../child-process.js';
import { freePorts } from '../free-ports.js';
import { amplitudeOf } from './goertzel.js';
import { lastSeconds, readSamples, writeTone } from './tone-file.js';

/** An event as baresip's ctrl_tcp module tells it. */
export interface BaresipEvent {
  readonly type: string;
  readonly peeruri?: string;
  readonly id?: string;
  readonly param?: string;
  readonly direction?: string;
}

export interface BaresipOptions {
  /** Address of record without the scheme, such as `alice@demo.ringdown.test`. */
  readonly address: string;
  readonly password: string;
  /** Where the platform listens: `127.0.0.1:5060`. */
  readonly proxy: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** Its own address, `127.0.0.1` unless told. */
  readonly localAddress?: string;
  /** The network namespace that it runs in, where not in that of the test itself. */
  readonly namespace?: string;
  /** The tone that it speaks, in hertz. */
  readonly toneHertz: number;
  readonly answer: 'auto' | 'manual';
  /** Further account parameters, such as `;mediaenc=srtp`. */
  readonly account?: string;
  /** Further lines of the configuration, such as `call_max_calls 1`. */
  readonly config?: readonly string[];
}

const loopback = '127.0.0.1';
const modules = '/usr/lib/baresip/modules';
/** Besides those for media. */
const fewPorts = 4;
const mediaPortCount = 16;
const startMs = 10_000;
const tries = 5;
const samplesPerSecond = 8_000;
const pollMs = 50;

/** A real phone: it registers, calls, speaks a tone, records what it hears, and is driven over its control socket. */
export class Baresip {
  readonly events: BaresipEvent[] = [];
  private readonly watchers = new Set<() => void>();

  private constructor(
    readonly options: BaresipOptions,
    private readonly folder: string,
    private readonly child: Child,
    private readonly control: Duplex,
    /** Where its media may come to, in any call. */
    readonly mediaPorts: readonly number[],
  ) {
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
      const ports = portsFrom(await freePorts(fewPorts + mediaPortCount));
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
    const recordings = readdirSync(this.dump)
      .filter((name) => name.endsWith('-dec.wav'))
      .toSorted();
    const latest = recordings.at(-1);
    return latest === undefined ? 0 : amplitudeOf(lastSeconds(readSamples(join(this.dump, latest)), seconds), hertz);
  }

  /** Removes what was heard so far, so that `heard` tells of a later call only. */
  forget(): void {
    for (const name of readdirSync(this.dump)) rmSync(join(this.dump, name), { force: true });
  }

  /** Bits a second of sound that the phone receives now, by its own status line. Its recorder stops at the first hold; this goes on. */
  receivedBitRate(): number {
    const latest = [...this.log().matchAll(/audio=\d+\/(\d+) \(bit/g)].at(-1);
    return Number(latest?.[1] ?? 0);
  }

  /** How many samples the phone has heard in its latest call. */
  samplesHeard(): number {
    const latest = readdirSync(this.dump)
      .filter((name) => name.endsWith('-dec.wav'))
      .toSorted()
      .at(-1);
    return latest === undefined ? 0 : readSamples(join(this.dump, latest)).length;
  }

  /** Resolves when so many more seconds of sound have arrived in the latest call: what `heard` tells is then of now. */
  async listen(seconds: number): Promise<void> {
    const until = this.samplesHeard() + seconds * samplesPerSecond;
    const deadline = performance.now() + (seconds + 15) * 1_000;
    while (this.samplesHeard() < until) {
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

  private get dump(): string {
    return join(this.folder, 'dump');
  }
}

interface Ports {
  readonly sip: number;
  readonly control: number;
  readonly media: readonly number[];
}

/** One for SIP, the next for TLS, which it takes by itself, one to drive it, and the rest for media. */
function portsFrom(first: number): Ports {
  const media = Array.from({ length: mediaPortCount }, (_, index) => first + fewPorts + index);
  return { sip: first, control: first + 2, media };
}

function writeConfiguration(folder: string, ports: Ports, options: BaresipOptions): void {
  const { localAddress = loopback } = options;
  const dump = join(folder, 'dump');
  mkdirSync(dump);
  const tone = join(folder, 'tone.wav');
  writeTone(tone, options.toneHertz, 60);
  const config = [
    'poll_method epoll',
    `sip_listen ${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${ports.sip}`,
    `sip_trans_def ${options.transport}`,
    `net_interface ${localAddress}`,
    `audio_source aufile,${tone}`,
    'audio_player aubridge,null',
    'audio_alert aubridge,null',
    `snd_path ${dump}`,
    `module_path ${modules}`,
    ...['g711', 'aufile', 'aubridge', 'sndfile', 'srtp'].map((name) => `module ${name}.so`),
    ...['uuid', 'account'].map((name) => `module_tmp ${name}.so`),
    ...['menu', 'ctrl_tcp'].map((name) => `module_app ${name}.so`),
    `ctrl_tcp_listen ${loopback}:${ports.control}`,
    `rtp_ports ${ports.media[0]}-${ports.media.at(-1)}`,
    ...(options.config ?? ['call_max_calls 4']),
  ];
  writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`);
  writeFileSync(join(folder, 'contacts'), '');
  const { address, password, proxy, transport, answer, account = '' } = options;
  const user = address.split('@')[0] ?? address;
  writeFileSync(
    join(folder, 'accounts'),
    `<sip:${address};transport=${transport}>;auth_user=${user};auth_pass=${password};outbound="sip:${proxy};transport=${transport}";` +
      `regint=60;audio_codecs=pcmu;answermode=${answer}${account}\n`,
  );
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
