import type { AudioDecoder, Codec, SampleRate } from '../codec/codec.js';
import { Resampler } from '../codec/resampler.js';
import type { RtpView } from '../rtp/rtp-view.js';
import { JitterBuffer, type JitterBufferCounts } from './jitter-buffer.js';
import type { AudioSource, PutVerdict } from './playout.js';
import { lengthen, SCALE_AT_MOST_MS, SCALE_NEEDS_MS, shorten } from './time-scale.js';

/** What a payload type means. */
export interface AudioFormat {
  readonly payloadType: number;
  readonly codec: Codec;
}

export interface AudioReceiverOptions {
  /** Every codec that may come; telephone events aren't among them. */
  readonly formats: readonly AudioFormat[];
  /** Of what is read. */
  readonly sampleRate: SampleRate;
  /** Longest delay; 200 by default. */
  readonly ceilingMs?: number;
}

interface Decoding {
  readonly codec: Codec;
  decoder: AudioDecoder | undefined;
}

const LONGEST_PACKET_MS = 120;
/** A delay that is so much too long is shortened, by a few milliseconds each so often. */
const SHORTEN_FROM_MS = 12;
const SHORTEN_EVERY_MS = 200;
const LENGTHEN_FROM_MS = 2;
const LENGTHEN_EVERY_MS = 40;
/** Nobody has listened for so long: what was said meanwhile isn't heard later. */
const PAUSE_MS = 100;

/**
 * All that is between the packets of one stream and its sound: jitter buffer, decoding, concealment, changes of the delay by stretching, changes of
 * codec and packet length, and the rate that the listener wants.
 */
export class AudioReceiver implements AudioSource {
  readonly #buffer: JitterBuffer;
  readonly #formats: (Decoding | undefined)[] = Array.from({ length: 128 });
  #clockRate: number;
  #sampleRate: SampleRate;
  /** What plays now. Undefined before the first packet. */
  #playing: Decoding | undefined;
  #playingType = -1;
  /** Decoded and not yet read, at the rate of the codec. */
  #held: Int16Array = NO_SAMPLES;
  #heldCount = 0;
  #scratch: Int16Array = NO_SAMPLES;
  #lastCount = 0;
  #resampler: Resampler | undefined;
  #rings = false;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #changedAtMs = Number.NEGATIVE_INFINITY;
  #leastExcessMs = Number.POSITIVE_INFINITY;
  #leastSinceMs = Number.NEGATIVE_INFINITY;

  constructor(options: AudioReceiverOptions) {
    this.#sampleRate = options.sampleRate;
    this.#clockRate = options.formats[0]?.codec.clockRate ?? 8000;
    this.#buffer = new JitterBuffer({
      clockRate: this.#clockRate,
      ticksOf: (payloadType, payload) => this.#ticksOf(payloadType, payload),
      ceilingMs: options.ceilingMs ?? 200,
      leavesLength: true,
    });
    this.setFormats(options.formats);
  }

  get counts(): Readonly<JitterBufferCounts> {
    return this.#buffer.counts;
  }

  /** How long sound is held now. */
  delayMs(nowMs: number): number {
    return this.#buffer.delayMs(nowMs) + this.#heldMs();
  }

  /** The codec that plays; undefined before the first packet. */
  get codec(): Codec | undefined {
    return this.#playing?.codec;
  }

  /** What may come from now on. What stays as it was goes on without a seam. */
  setFormats(formats: readonly AudioFormat[]): void {
    for (let payloadType = 0; payloadType < this.#formats.length; payloadType++) {
      const now = formats.find((format) => format.payloadType === payloadType);
      const before = this.#formats[payloadType];
      if (before?.codec === now?.codec) continue;
      if (this.#playing === before && before !== undefined) this.#stop();
      before?.decoder?.free();
      // What waits would be read by the wrong codec.
      if (before !== undefined && now !== undefined) this.#buffer.restart(this.#clockRate);
      this.#formats[payloadType] = now === undefined ? undefined : { codec: now.codec, decoder: undefined };
    }
  }

  /** The rate of what is read from now on. */
  setSampleRate(sampleRate: SampleRate): void {
    if (sampleRate === this.#sampleRate) return;
    this.#sampleRate = sampleRate;
    this.#tune();
  }

  put(packet: RtpView, nowMs: number): PutVerdict {
    const format = this.#formats[packet.payloadType];
    if (format === undefined) return 'payload-type';
    if (format.codec.clockRate !== this.#clockRate) {
      this.#clockRate = format.codec.clockRate;
      this.#buffer.restart(this.#clockRate);
    }
    format.decoder ??= format.codec.createDecoder();
    return this.#buffer.put(packet, nowMs);
  }

  /**
   * `nowMs`: when the tick should have been, so that a late one isn't taken for a delay. After a pause of more than 100 ms, as of one who is muted, it goes on
   * with what comes now.
   */
  read(out: Int16Array, nowMs: number): 'audio' | 'concealed' | 'silence' {
    if (nowMs - this.#readAtMs > PAUSE_MS) {
      this.#heldCount = 0;
      this.#buffer.catchUp(nowMs);
    }
    this.#readAtMs = nowMs;
    const change = this.#wantedChange((out.length * 1000) / this.#sampleRate, nowMs);
    let isConcealed = false;
    let isSilent = false;
    while (this.#heldCount < this.#wanted(out)) {
      const taken = this.#takeOne(nowMs, change === undefined ? out : undefined);
      if (taken === 'direct') return isConcealed ? 'concealed' : 'audio';
      if (taken === 'concealed') isConcealed = true;
      if (taken === 'silence') {
        isSilent = true;
        break;
      }
    }
    if (isSilent && this.#heldCount === 0) return this.#silence(out);
    if (isSilent) this.#held.fill(0, this.#heldCount, this.#wanted(out));
    else if (change !== undefined) this.#change(change, this.#wanted(out), nowMs);
    this.#give(out, this.#wanted(out));
    return isConcealed ? 'concealed' : 'audio';
  }

  /** Gives back what decoders hold. Nothing may be called afterwards. */
  free(): void {
    this.setFormats([]);
  }

  #ticksOf(payloadType: number, payload: Uint8Array): number {
    const format = this.#formats[payloadType];
    if (format?.decoder === undefined) return 0;
    return (format.decoder.samplesOf(payload) * format.codec.clockRate) / format.codec.sampleRate;
  }

  /** How many samples of the codec's rate fill `out`. */
  #wanted(out: Int16Array): number {
    return this.#playing === undefined ? out.length : (out.length * this.#playing.codec.sampleRate) / this.#sampleRate;
  }

  #heldMs(): number {
    return this.#playing === undefined ? 0 : (this.#heldCount * 1000) / this.#playing.codec.sampleRate;
  }

  /** One packet's worth into what is held, or 'direct' into `out` where that comes to the same. */
  #takeOne(nowMs: number, out?: Int16Array): 'held' | 'direct' | 'concealed' | 'silence' {
    const taken = this.#buffer.take(nowMs);
    if (taken === 'silence') return 'silence';
    if (taken !== 'missing') {
      const format = this.#formats[taken.payloadType];
      if (format?.decoder === undefined) return 'silence';
      if (taken.payloadType !== this.#playingType) this.#play(format, taken.payloadType);
      const isAsLong =
        out !== undefined && this.#resampler === undefined && format.decoder.samplesOf(taken.payload) === out.length;
      const isDirect = isAsLong && this.#heldCount === 0;
      const count = format.decoder.decode(taken.payload, isDirect ? out : this.#scratch);
      if (count > 0) {
        this.#lastCount = count;
        if (isDirect) return 'direct';
        if (isAsLong && count === out.length && this.#heldCount < count) {
          this.#pass(out, count);
          return 'direct';
        }
        this.#hold(count);
        return 'held';
      }
    }
    const decoder = this.#playing?.decoder;
    if (decoder === undefined || this.#lastCount === 0) return 'silence';
    const { following } = this.#buffer;
    if (following === undefined || !decoder.recover(following.payload, this.#scratch, this.#lastCount)) {
      decoder.conceal(this.#scratch, this.#lastCount);
    }
    this.#hold(this.#lastCount);
    return 'concealed';
  }

  /** What is held, and of what has just been decoded so much that `out` is full; the rest of it is held instead. */
  #pass(out: Int16Array, count: number): void {
    const held = this.#held;
    const scratch = this.#scratch;
    const before = this.#heldCount;
    for (let i = 0; i < before; i++) out[i] = held[i]!;
    for (let i = before, from = 0; i < count; i++, from++) out[i] = scratch[from]!;
    for (let i = 0, from = count - before; i < before; i++, from++) held[i] = scratch[from]!;
  }

  #hold(count: number): void {
    const held = this.#held;
    const scratch = this.#scratch;
    for (let i = 0, at = this.#heldCount; i < count; i++, at++) held[at] = scratch[i]!;
    this.#heldCount += count;
  }

  /** `neededMs`: what is read now. The last packet for it is the one that must have arrived. */
  #wantedChange(neededMs: number, nowMs: number): 'shorter' | 'longer' | undefined {
    const missingMs = neededMs - this.#heldMs();
    if (missingMs <= 0) return undefined;
    const { packetMs } = this.#buffer;
    const excessMs = this.#buffer.excessMs(nowMs, (Math.ceil(missingMs / packetMs) - 1) * packetMs);
    if (excessMs < -LENGTHEN_FROM_MS && nowMs - this.#changedAtMs >= LENGTHEN_EVERY_MS) return 'longer';
    // The least of some time counts: where packets and reads differ in length, each read finds another.
    this.#leastExcessMs = Math.min(this.#leastExcessMs, excessMs);
    if (nowMs - this.#leastSinceMs < SHORTEN_EVERY_MS) return undefined;
    const leastMs = this.#leastExcessMs;
    this.#leastExcessMs = Number.POSITIVE_INFINITY;
    this.#leastSinceMs = nowMs;
    return leastMs > SHORTEN_FROM_MS ? 'shorter' : undefined;
  }

  /** Brings the delay nearer to what it should be, if there is sound enough to do it. */
  #change(change: 'shorter' | 'longer', wanted: number, nowMs: number): void {
    const codec = this.#playing?.codec;
    if (codec === undefined) return;
    if (change === 'longer') this.#heldCount = lengthen(this.#held, this.#heldCount, codec.sampleRate);
    else {
      const ms = codec.sampleRate / 1000;
      const needed = Math.max(SCALE_NEEDS_MS * ms, wanted + SCALE_AT_MOST_MS * ms);
      while (this.#heldCount < needed && this.#buffer.hasNext) {
        if (this.#takeOne(nowMs) !== 'held' || this.#playing?.codec !== codec) return;
      }
      if (this.#heldCount < needed) return;
      this.#heldCount = shorten(this.#held, this.#heldCount, codec.sampleRate);
    }
    this.#changedAtMs = nowMs;
    this.#leastExcessMs = Number.POSITIVE_INFINITY;
    this.#leastSinceMs = nowMs;
  }

  #give(out: Int16Array, count: number): void {
    const held = this.#held;
    if (this.#resampler === undefined) for (let i = 0; i < count; i++) out[i] = held[i]!;
    else this.#resampler.process(held, count, out);
    this.#rings = this.#resampler !== undefined;
    if (this.#heldCount > count) held.copyWithin(0, count, this.#heldCount);
    this.#heldCount = Math.max(0, this.#heldCount - count);
  }

  #silence(out: Int16Array): 'audio' | 'silence' {
    if (!this.#rings) {
      out.fill(0);
      return 'silence';
    }
    // What is left in the filter is a fraction of a frame.
    this.#held.fill(0, 0, this.#wanted(out));
    this.#give(out, this.#wanted(out));
    this.#rings = false;
    return 'audio';
  }

  #play(format: Decoding, payloadType: number): void {
    const before = this.#playing?.codec.sampleRate;
    this.#playing = format;
    this.#playingType = payloadType;
    if (before === format.codec.sampleRate) return;
    const longest = (format.codec.sampleRate / 1000) * LONGEST_PACKET_MS;
    this.#held = new Int16Array(longest * 2);
    this.#scratch = new Int16Array(longest);
    this.#heldCount = 0;
    this.#tune();
  }

  #tune(): void {
    const rate = this.#playing?.codec.sampleRate;
    this.#resampler =
      rate === undefined || rate === this.#sampleRate ? undefined : new Resampler(rate, this.#sampleRate);
    this.#rings = false;
  }

  #stop(): void {
    this.#playing = undefined;
    this.#playingType = -1;
    this.#heldCount = 0;
    this.#lastCount = 0;
    this.#held = NO_SAMPLES;
    this.#scratch = NO_SAMPLES;
    this.#tune();
  }
}

const NO_SAMPLES = new Int16Array(0);
