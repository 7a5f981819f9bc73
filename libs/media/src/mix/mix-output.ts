import type { AudioEncoder } from '../codec/codec.js';
import type { EncodeProfile } from './encode-profile.js';
import { frameSamples, tickMs } from './mix-rate.js';

/** The longest packet: 60 ms of the dearest Opus is less. */
const longestPayload = 1400;
/** After so much silence Opus has nothing left in it, and its packets stay the same. */
const opusSettlesAfterMs = 200;

/** Listeners report each 5 s or so; the encoder is told a little less often, so that each has been heard. */
const lossEveryTicks = 400;

/**
 * One mix as packets of one profile: made once, for all who hear it. Frames of a tick are gathered or split until they have the profile's
 * length. Every output of a room cuts packets at the same moments, so that who changes from one to another loses and repeats nothing.
 */
export class MixOutput {
  /** Packets that this tick has brought: 0 to 2. */
  count = 0;
  /** When the first of them begins, in ms of the room's time. */
  startMs = 0;
  readonly payloads: readonly Uint8Array[] = [new Uint8Array(longestPayload), new Uint8Array(longestPayload)];
  readonly lengths: number[] = [0, 0];
  /** How often something was encoded. */
  encodes = 0;
  private tick = -1;
  private filled = 0;
  private silentMs = 0;
  private lossPercent = 0;
  private readonly encoder: AudioEncoder;
  private readonly pending: Int16Array;
  private readonly packet: Int16Array;
  private readonly settlesAfterMs: number;

  constructor(readonly profile: EncodeProfile) {
    const { codec, options, ptimeMs } = profile;
    this.encoder = codec.createEncoder(options);
    this.pending = new Int16Array(((ptimeMs + tickMs) * codec.sampleRate) / 1000);
    this.packet = this.pending.subarray(0, (ptimeMs * codec.sampleRate) / 1000);
    // The predictors of G.722 go on with each packet: one that comes again and again leads the decoder's away from the encoder's, and the next word begins with a crack.
    const isNeverSettled = codec.name === 'G722' || options.dtx === true;
    const memoryMs = codec.name === 'opus' ? opusSettlesAfterMs : 0;
    this.settlesAfterMs = isNeverSettled ? Number.POSITIVE_INFINITY : ptimeMs + memoryMs;
  }

  /** Whether the tick's packets are there already. */
  isDone(tick: number): boolean {
    return this.tick === tick;
  }

  /** Takes one tick of sound, exactly as long as a tick is. `before` is what its first listener heard until now; a packet that is half full goes on. */
  advance(tick: number, samples: Int16Array, silent: boolean, before: MixOutput | undefined): void {
    const { profile, packet, pending } = this;
    const rate = profile.codec.sampleRate;
    const gatheredMs = (tick * tickMs) % profile.ptimeMs;
    const gathered = (gatheredMs * rate) / 1000;
    if (this.tick !== tick - 1) this.resume(tick, gathered, before);
    this.tick = tick;
    if (tick % lossEveryTicks === 0) {
      this.encoder.expectLoss(this.lossPercent);
      this.lossPercent = 0;
    }
    this.silentMs = silent ? this.silentMs + tickMs : 0;
    this.startMs = tick * tickMs - gatheredMs;
    this.count = 0;
    if (profile.ptimeMs === tickMs) {
      this.encode(samples);
      return;
    }
    pending.set(samples, this.filled);
    this.filled += frameSamples(rate);
    while (this.filled >= packet.length) {
      this.encode(packet);
      pending.copyWithin(0, packet.length, this.filled);
      this.filled -= packet.length;
    }
  }

  /** What one of its listeners reports to lose of it, of a hundred packets: the worst of the last seconds is what the encoder is told. */
  noteLoss(percent: number): void {
    if (percent > this.lossPercent) this.lossPercent = percent;
  }

  free(): void {
    this.encoder.free();
  }

  private encode(samples: Int16Array): void {
    const index = this.count++;
    if (this.silentMs > this.settlesAfterMs + tickMs && (this.lengths[index] as number) > 0) return;
    this.lengths[index] = this.encoder.encode(samples, this.payloads[index] as Uint8Array);
    this.encodes++;
  }

  private resume(tick: number, gathered: number, before: MixOutput | undefined): void {
    const goesOn =
      before !== undefined &&
      before !== this &&
      before.tick === tick - 1 &&
      before.filled === gathered &&
      before.profile.codec.sampleRate === this.profile.codec.sampleRate;
    if (goesOn) this.pending.set(before.pending.subarray(0, gathered));
    else this.pending.fill(0, 0, gathered);
    this.filled = gathered;
    this.silentMs = 0;
  }
}
