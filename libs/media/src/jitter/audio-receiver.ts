import type { AudioDecoder, Codec, SampleRate } from '../codec/codec.js';
import { Resampler } from '../codec/resampler.js';
import type { RtpView } from '../rtp/rtp-view.js';
import { DelaySteps } from './delay-steps.js';
import { HeldSamples } from './held-samples.js';
import { JitterBuffer, type JitterBufferCounts } from './jitter-buffer.js';
import type { AudioSource, PlayoutFrame, PutVerdict } from './playout.js';
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
/** Of sound that isn't decoded there is no pitch to keep to. */
const GAUGED_CHANGE_MS = 5;
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
  /** At the rate of the codec. */
  readonly #held = new HeldSamples();
  /** What was gauged last, as far as it can be decoded. */
  readonly #gauged: PlayoutFrame[] = [];
  // A count, since an array that is emptied gives up its memory.
  #gaugedCount = 0;
  #gaugedPower = 0;
  #lastCount = 0;
  #resampler: Resampler | undefined;
  #rings = false;
  #readAtMs = Number.NEGATIVE_INFINITY;
  readonly #steps = new DelaySteps();

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
    const held = this.#held;
    held.fill();
    if (nowMs - this.#readAtMs > PAUSE_MS) {
      held.count = 0;
      this.#buffer.catchUp(nowMs);
    }
    this.#readAtMs = nowMs;
    const change = this.#wantedChange((out.length * 1000) / this.#sampleRate, nowMs);
    let isConcealed = false;
    let isSilent = false;
    while (held.count < this.#wanted(out)) {
      const taken = this.#takeOne(nowMs, change === undefined ? out : undefined);
      if (taken === 'direct') return isConcealed ? 'concealed' : 'audio';
      if (taken === 'concealed') isConcealed = true;
      if (taken === 'silence') {
        isSilent = true;
        break;
      }
    }
    if (isSilent && held.count === 0) return this.#silence(out);
    if (isSilent) held.samples.fill(0, held.count, this.#wanted(out));
    else if (change !== undefined) this.#change(change, this.#wanted(out), nowMs);
    this.#give(out, this.#wanted(out));
    return isConcealed ? 'concealed' : 'audio';
  }

  gauge(samples: number, nowMs: number): number {
    const held = this.#held;
    const decoder = this.#playing?.decoder;
    const isSteady =
      nowMs - this.#readAtMs <= PAUSE_MS && this.#lastCount > 0 && (held.count < samples || held.isBlank);
    if (decoder?.powerOf === undefined || this.#resampler !== undefined || !isSteady) return -1;
    this.#readAtMs = nowMs;
    held.blank();
    this.#gaugedCount = 0;
    const change = this.#wantedChange((samples * 1000) / this.#sampleRate, nowMs);
    const changedBy = (GAUGED_CHANGE_MS * this.#sampleRate) / 1000;
    const needed = change === 'shorter' ? samples + changedBy : samples;
    if (change === 'longer') held.count += changedBy;
    // Where a packet is longer than what is read at once, its power is that of each part.
    let power = held.count >= samples ? this.#gaugedPower : 0;
    while (held.count < samples || (held.count < needed && this.#buffer.hasNext)) {
      const taken = this.#buffer.take(nowMs);
      if (taken === 'silence') held.count = samples;
      else if (taken === 'missing') held.count += this.#lastCount;
      else if (taken.payloadType === this.#playingType) {
        this.#lastCount = decoder.samplesOf(taken.payload);
        held.count += this.#lastCount;
        power = Math.max(power, decoder.powerOf(taken.payload));
        this.#gauged[this.#gaugedCount++] = taken;
      } else {
        // The first packet of another codec is left out: nobody would have heard it.
        const format = this.#formats[taken.payloadType];
        if (format !== undefined) this.#play(format, taken.payloadType);
        held.count = samples;
        break;
      }
    }
    const isShorter = change === 'shorter' && held.count >= needed;
    if (isShorter) held.count -= changedBy;
    if (isShorter || change === 'longer') this.#steps.taken(nowMs);
    held.drop(samples);
    this.#gaugedPower = power;
    return power;
  }

  gauged(out: Int16Array): void {
    const held = this.#held;
    const gauged = this.#gauged;
    const decoder = this.#playing?.decoder;
    let count = 0;
    for (let i = 0; i < this.#gaugedCount; i++) count += decoder?.samplesOf(gauged[i]!.payload) ?? 0;
    held.count = Math.max(0, held.count + out.length - count);
    held.fill();
    for (let i = 0; i < this.#gaugedCount; i++) held.add(scratch, decoder?.decode(gauged[i]!.payload, scratch) ?? 0);
    this.#give(out, out.length);
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
    return this.#playing === undefined ? 0 : (this.#held.count * 1000) / this.#playing.codec.sampleRate;
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
      const isDirect = isAsLong && this.#held.count === 0;
      const count = format.decoder.decode(taken.payload, isDirect ? out : scratch);
      if (count > 0) {
        this.#lastCount = count;
        if (isDirect) return 'direct';
        if (isAsLong && count === out.length && this.#held.count < count) {
          this.#held.pass(scratch, count, out);
          return 'direct';
        }
        this.#held.add(scratch, count);
        return 'held';
      }
    }
    const decoder = this.#playing?.decoder;
    if (decoder === undefined || this.#lastCount === 0) return 'silence';
    const { following } = this.#buffer;
    if (following === undefined || !decoder.recover(following.payload, scratch, this.#lastCount)) {
      decoder.conceal(scratch, this.#lastCount);
    }
    this.#held.add(scratch, this.#lastCount);
    return 'concealed';
  }

  /** `neededMs`: what is read now. The last packet for it is the one that must have arrived. */
  #wantedChange(neededMs: number, nowMs: number): 'shorter' | 'longer' | undefined {
    const missingMs = neededMs - this.#heldMs();
    if (missingMs <= 0) return undefined;
    const { packetMs } = this.#buffer;
    const aheadMs = (Math.ceil(missingMs / packetMs) - 1) * packetMs;
    return this.#steps.wanted(this.#buffer.excessMs(nowMs, aheadMs), nowMs);
  }

  /** Brings the delay nearer to what it should be, if there is sound enough to do it. */
  #change(change: 'shorter' | 'longer', wanted: number, nowMs: number): void {
    const codec = this.#playing?.codec;
    if (codec === undefined) return;
    const held = this.#held;
    if (change === 'longer') held.count = lengthen(held.samples, held.count, codec.sampleRate);
    else {
      const ms = codec.sampleRate / 1000;
      const needed = Math.max(SCALE_NEEDS_MS * ms, wanted + SCALE_AT_MOST_MS * ms);
      while (held.count < needed && this.#buffer.hasNext) {
        if (this.#takeOne(nowMs) !== 'held' || this.#playing?.codec !== codec) return;
      }
      if (held.count < needed) return;
      held.count = shorten(held.samples, held.count, codec.sampleRate);
    }
    this.#steps.taken(nowMs);
  }

  #give(out: Int16Array, count: number): void {
    const { samples } = this.#held;
    if (this.#resampler === undefined) for (let i = 0; i < count; i++) out[i] = samples[i]!;
    else this.#resampler.process(samples, count, out);
    this.#rings = this.#resampler !== undefined;
    this.#held.drop(count);
  }

  #silence(out: Int16Array): 'audio' | 'silence' {
    if (!this.#rings) {
      out.fill(0);
      return 'silence';
    }
    // What is left in the filter is a fraction of a frame.
    this.#held.samples.fill(0, 0, this.#wanted(out));
    this.#give(out, this.#wanted(out));
    this.#rings = false;
    return 'audio';
  }

  #play(format: Decoding, payloadType: number): void {
    const before = this.#playing?.codec.sampleRate;
    this.#playing = format;
    this.#playingType = payloadType;
    if (before === format.codec.sampleRate) return;
    this.#held.resize((format.codec.sampleRate / 1000) * LONGEST_PACKET_MS * 2);
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
    this.#lastCount = 0;
    this.#held.resize(0);
    this.#tune();
  }
}

/** What has just been decoded, until it is held or given: one for all, which the processor's caches keep at hand. */
const scratch = new Int16Array(48 * LONGEST_PACKET_MS);
