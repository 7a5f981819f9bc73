import { Baresip } from './baresip.js';
import type { BaresipOptions } from './baresip-configuration.js';
import { amplitudeOf } from './goertzel.js';
import type { Sound } from './tone-file.js';
import type { TonePhone } from './tone-phone.js';
import { WireEar } from './wire-ear.js';

export interface BaresipPhoneOptions extends Omit<BaresipOptions, 'transport' | 'answer'> {
  readonly transport: 'UDP' | 'TCP' | 'TLS';
  /** The recorder is deaf from the first hold on, by either side: `wire` hears on, plain RTP with PCMU alone, as root. Recorder unless told. */
  readonly ear?: 'recorder' | 'wire';
}

const transports = { UDP: 'udp', TCP: 'tcp', TLS: 'tls' } as const;
const settleMs = 15_000;

/** baresip as a phone that can be heard. */
export class BaresipPhone implements TonePhone {
  static async start(options: BaresipPhoneOptions): Promise<BaresipPhone> {
    const { transport, ear } = options;
    const baresip = await Baresip.start({ ...options, transport: transports[transport], answer: 'auto' });
    const [first = 0, last = 0] = [baresip.mediaPorts[0], baresip.mediaPorts.at(-1)];
    return new BaresipPhone(transport, baresip, ear === 'wire' ? await WireEar.open(first, last) : undefined);
  }

  private constructor(
    readonly transport: BaresipPhoneOptions['transport'],
    private readonly baresip: Baresip,
    private readonly wire: WireEar | undefined,
  ) {}

  get address(): string {
    return this.baresip.options.address;
  }

  get toneHertz(): number {
    return this.baresip.options.toneHertz;
  }

  register(timeoutMs = settleMs): Promise<void> {
    return this.baresip.registered(timeoutMs);
  }

  call(address: string): void {
    this.baresip.command('dial', `sip:${address}`);
  }

  hangUp(): void {
    this.baresip.command('hangup');
  }

  async mark(): Promise<number> {
    return this.baresip.events.length;
  }

  async established(since: number, timeoutMs = settleMs): Promise<void> {
    const isOutcome = ({ type }: { readonly type: string }) => type === 'CALL_ESTABLISHED' || type === 'CALL_CLOSED';
    const { type, param } = await this.baresip.someEvent(isOutcome, 'outcome of a call', { from: since, timeoutMs });
    if (type === 'CALL_CLOSED') throw new Error(`the call of ${this.address} ended: ${param}\n${this.baresip.log()}`);
  }

  async ended(since: number, timeoutMs = settleMs): Promise<string> {
    const { param = '' } = await this.baresip.event('CALL_CLOSED', { from: since, timeoutMs });
    this.baresip.forget();
    return param;
  }

  async mediaPorts(): Promise<readonly number[]> {
    return this.baresip.mediaPorts;
  }

  /** Where the latest call's media comes from, `host:port`; undefined before any. */
  get mediaPeer(): { readonly host: string; readonly port: number } | undefined {
    const [, host = '', port = ''] = [...this.baresip.log().matchAll(/receiving from ([\d.]+):(\d+)/g)].at(-1) ?? [];
    return port === '' ? undefined : { host, port: Number(port) };
  }

  async heard(hertz: number, seconds = 1): Promise<number> {
    return this.baresip.heard(hertz, seconds);
  }

  async listenFor(hertz: readonly number[], seconds: number): Promise<readonly number[]> {
    const { samples, sampleRate } = await this.soundOf(seconds);
    // There is what arrived: where that is less, the rest of the time was silent.
    const all = new Int16Array(Math.max(samples.length, Math.round(seconds * sampleRate)));
    all.set(samples);
    return hertz.map((each) => amplitudeOf(all, each, sampleRate));
  }

  /** Puts the call on hold, or takes it up again. */
  hold(): void {
    this.baresip.command('hold');
  }

  resume(): void {
    this.baresip.command('resume');
  }

  /** Presses keys, sent as events of RFC 4733. */
  press(keys: string): void {
    this.baresip.command('sndcode', keys);
  }

  /** Refers the other sides of calls that it has, by their addresses, to a URI (RFC 3515); such a call ends when the other side has got there. */
  refer(addresses: readonly string[], uri: string): void {
    for (const address of addresses) {
      const calls = this.baresip.events.filter(
        ({ type, peeruri = '' }) => type === 'CALL_ESTABLISHED' && peeruri.includes(address),
      );
      const id = calls.at(-1)?.id;
      if (id === undefined) throw new Error(`${this.address} has no call with ${address}`);
      this.baresip.command('callfind', id);
      this.baresip.command('transfer', uri);
    }
  }

  async log(): Promise<string> {
    const events = this.baresip.events.map(({ type, param = '' }) => `${type} ${param}`);
    return [...events, this.baresip.log()].join('\n');
  }

  async stop(): Promise<void> {
    await Promise.all([this.baresip.stop(), this.wire?.close()]);
  }

  /** What arrives in so many seconds from now on. */
  private async soundOf(seconds: number): Promise<Sound> {
    const [recorded, arrived] = [this.baresip.recordings.mark(), this.wire?.samples ?? 0];
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    return this.wire?.since(arrived) ?? this.baresip.recordings.since(recorded);
  }
}
