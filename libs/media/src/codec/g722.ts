import type { AudioDecoder, AudioEncoder, Codec } from './codec.js';
import { HigherBand, LowerBand } from './g722-band.js';
import { PitchRepeat } from './pitch-repeat.js';

const SAMPLE_RATE = 16_000;
const LONGEST_SAMPLES = 16 * 120;

/** ITU-T G.722 at 64 kbit/s; RTP payload type 9. Its RTP clock is half of its sample rate, by an old mistake (RFC 3551 §4.5.2). */
export const G722: Codec = {
  name: 'G722',
  clockRate: 8000,
  sampleRate: SAMPLE_RATE,
  createEncoder: () => new G722Encoder(),
  createDecoder: () => new G722Decoder(),
};

/** The quadrature mirror filter that parts the band in two, and joins it again (table 11): one half, the other is its mirror. */
const FILTER = Int16Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11);
const HISTORY = 22;

class G722Encoder implements AudioEncoder {
  readonly #lower = new LowerBand();
  readonly #higher = new HigherBand();
  readonly #line = new Int16Array(HISTORY + LONGEST_SAMPLES);

  encode(samples: Int16Array, out: Uint8Array): number {
    const { length } = samples;
    const count = length >> 1;
    if (length % 2 !== 0 || length > LONGEST_SAMPLES || out.length < count) return 0;
    const line = this.#line;
    line.set(samples, HISTORY);
    for (let i = 0, at = 0; i < count; i++, at += 2) {
      let odd = 0;
      let even = 0;
      for (let tap = 0, from = at; tap < 12; tap++, from += 2) {
        odd += Math.imul(line[from]!, FILTER[tap]!);
        even += Math.imul(line[from + 1]!, FILTER[11 - tap]!);
      }
      const lower = this.#lower.encode((even + odd) >> 14);
      out[i] = (this.#higher.encode((even - odd) >> 14) << 6) | lower;
    }
    line.copyWithin(0, length, length + HISTORY);
    return count;
  }

  expectLoss(): void {}

  free(): void {}
}

class G722Decoder implements AudioDecoder {
  readonly #lower = new LowerBand();
  readonly #higher = new HigherBand();
  /** Sums and differences of the bands, in turn. */
  readonly #line = new Int32Array(HISTORY + LONGEST_SAMPLES);
  readonly #concealment = new PitchRepeat(SAMPLE_RATE);

  samplesOf(payload: Uint8Array): number {
    return payload.length * 2;
  }

  decode(payload: Uint8Array, out: Int16Array): number {
    const length = payload.length * 2;
    if (length > out.length || length > LONGEST_SAMPLES) return 0;
    const line = this.#line;
    for (let i = 0, at = 0; at < length; i++, at += 2) {
      const lower = this.#lower.decode(payload[i]! & 0x3f);
      const higher = this.#higher.decode(payload[i]! >> 6);
      line[HISTORY + at] = lower + higher;
      line[HISTORY + at + 1] = lower - higher;
      let first = 0;
      let second = 0;
      for (let tap = 0, from = at; tap < 12; tap++, from += 2) {
        first += Math.imul(line[from + 1]!, FILTER[11 - tap]!);
        second += Math.imul(line[from]!, FILTER[tap]!);
      }
      out[at] = clip(first >> 11);
      out[at + 1] = clip(second >> 11);
    }
    line.copyWithin(0, length, length + HISTORY);
    this.#concealment.good(out, length);
    return length;
  }

  conceal(out: Int16Array, samples: number): void {
    this.#concealment.conceal(out, samples);
  }

  recover(): boolean {
    return false;
  }

  free(): void {}
}

function clip(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
}
