import { Baresip, type BaresipOptions } from './baresip.js';
import type { TonePhone } from './tone-phone.js';

export interface BaresipPhoneOptions extends Omit<BaresipOptions, 'transport' | 'answer'> {
  readonly transport: 'UDP' | 'TCP' | 'TLS';
}

const transports = { UDP: 'udp', TCP: 'tcp', TLS: 'tls' } as const;
const settleMs = 15_000;

/** baresip as a phone that can be heard: plain RTP with G.711. */
export class BaresipPhone implements TonePhone {
  static async start(options: BaresipPhoneOptions): Promise<BaresipPhone> {
    const { transport } = options;
    return new BaresipPhone(
      transport,
      await Baresip.start({ ...options, transport: transports[transport], answer: 'auto' }),
    );
  }

  private constructor(
    readonly transport: BaresipPhoneOptions['transport'],
    private readonly baresip: Baresip,
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

  async heard(hertz: number, seconds = 1): Promise<number> {
    return this.baresip.heard(hertz, seconds);
  }

  async log(): Promise<string> {
    const events = this.baresip.events.map(({ type, param = '' }) => `${type} ${param}`);
    return [...events, this.baresip.log()].join('\n');
  }

  stop(): Promise<void> {
    return this.baresip.stop();
  }
}
