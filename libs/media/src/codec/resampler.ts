import type { SampleRate } from './codec.js';
import { COEFFICIENT_BITS, lowPass, polyphaseLowPass } from './low-pass.js';

const LONGEST_MS = 120;
const ROUND = 1 << (COEFFICIENT_BITS - 1);

/**
 * Taps a phase: a sharp filter where the lower rate's band is wanted whole, 0.5 dB down at 0.85 of it and 55 dB from 1.16 on. Between 8 and 48 kHz it
 * goes by 16 kHz: what is left to do between 16 and 48 is far from the band, so that a third of the taps will do.
 */
const SHARP = 24;
const WIDE = 8;

interface Stage {
  /** Consumes `length` samples, a multiple of the factor, and returns how many it wrote. `out` must not be `samples`. */
  process(samples: Int16Array, length: number, out: Int16Array): number;
  reset(): void;
}

/** Audio of one rate made into that of another, frame by frame: what a frame leaves in the filter goes on in the next. Late by about 1.5 ms. */
export class Resampler {
  readonly #first: Stage | undefined;
  readonly #second: Stage | undefined;
  readonly #between: Int16Array;

  constructor(from: SampleRate, to: SampleRate) {
    this.#first = firstStage(from, to);
    this.#second = secondStage(from, to);
    this.#between = new Int16Array(this.#second === undefined ? 0 : 16 * LONGEST_MS);
  }

  /**
   * Resamples the first `length` samples, up to 120 ms and a multiple of six, to the begin of `out` and returns how many that made. `out` must not be
   * `samples`.
   */
  process(samples: Int16Array, length: number, out: Int16Array): number {
    if (this.#first === undefined) {
      for (let i = 0; i < length; i++) out[i] = samples[i]!;
      return length;
    }
    if (this.#second === undefined) return this.#first.process(samples, length, out);
    return this.#second.process(this.#between, this.#first.process(samples, length, this.#between), out);
  }

  /** As if nothing had been heard. */
  reset(): void {
    this.#first?.reset();
    this.#second?.reset();
  }
}

function firstStage(from: SampleRate, to: SampleRate): Stage | undefined {
  if (from === to) return undefined;
  if (from === 8000) return new Interpolator(2, SHARP);
  if (from === 48_000) return new Decimator(3, to === 8000 ? WIDE : SHARP);
  return to === 8000 ? new Decimator(2, SHARP) : new Interpolator(3, SHARP);
}

function secondStage(from: SampleRate, to: SampleRate): Stage | undefined {
  if (from === 8000 && to === 48_000) return new Interpolator(3, WIDE);
  if (from === 48_000 && to === 8000) return new Decimator(2, SHARP);
  return undefined;
}

/** `factor` (2 or 3) samples for each one: the sample itself, and one or two between it and the next. */
class Interpolator implements Stage {
  readonly #factor: number;
  readonly #taps: number;
  readonly #first: Int16Array;
  readonly #second: Int16Array | undefined;
  readonly #line: Int16Array;

  constructor(factor: 2 | 3, taps: number) {
    const [first, second] = polyphaseLowPass(factor, taps);
    this.#factor = factor;
    this.#taps = taps;
    this.#first = first!;
    this.#second = second;
    this.#line = new Int16Array(taps - 1 + 16 * LONGEST_MS);
  }

  process(samples: Int16Array, length: number, out: Int16Array): number {
    const line = this.#line;
    const taps = this.#taps;
    const first = this.#first;
    const second = this.#second;
    const history = taps - 1;
    const middle = taps / 2 - 1;
    for (let i = 0; i < length; i++) line[history + i] = samples[i]!;
    for (let i = 0, at = 0; i < length; i++) {
      out[at++] = line[i + middle]!;
      let one = ROUND;
      let two = ROUND;
      if (second === undefined) {
        // Two sums at once: each waits for its last product.
        for (let tap = 0; tap < taps; tap += 2) {
          one = (one + Math.imul(line[i + tap]!, first[tap]!)) | 0;
          two = (two + Math.imul(line[i + tap + 1]!, first[tap + 1]!)) | 0;
        }
        out[at++] = clip((one + two - ROUND) >> COEFFICIENT_BITS);
      } else {
        for (let tap = 0; tap < taps; tap++) {
          const sample = line[i + tap]!;
          one = (one + Math.imul(sample, first[tap]!)) | 0;
          two = (two + Math.imul(sample, second[tap]!)) | 0;
        }
        out[at++] = clip(one >> COEFFICIENT_BITS);
        out[at++] = clip(two >> COEFFICIENT_BITS);
      }
    }
    line.copyWithin(0, length, length + history);
    return length * this.#factor;
  }

  reset(): void {
    this.#line.fill(0);
  }
}

/** One sample of `factor` (2 or 3): what the filter would give between is never computed, nor are its taps that are zero. */
class Decimator implements Stage {
  readonly #factor: number;
  readonly #taps: Int16Array;
  readonly #line: Int16Array;

  constructor(factor: 2 | 3, taps: number) {
    this.#factor = factor;
    this.#taps = lowPass(factor, taps);
    this.#line = new Int16Array(this.#taps.length - factor + 48 * LONGEST_MS);
  }

  process(samples: Int16Array, length: number, out: Int16Array): number {
    const line = this.#line;
    const taps = this.#taps;
    const factor = this.#factor;
    const history = taps.length - factor;
    const middle = taps.length / 2;
    for (let i = 0; i < length; i++) line[history + i] = samples[i]!;
    let count = 0;
    for (let from = 0; from < length; from += factor) {
      let one = ROUND + Math.imul(line[from + middle]!, taps[middle]!);
      let two = 0;
      if (factor === 2) {
        for (let tap = 1; tap < taps.length; tap += 4) {
          one = (one + Math.imul(line[from + tap]!, taps[tap]!)) | 0;
          two = (two + Math.imul(line[from + tap + 2]!, taps[tap + 2]!)) | 0;
        }
      } else {
        for (let tap = 1; tap < taps.length; tap += 3) {
          one = (one + Math.imul(line[from + tap]!, taps[tap]!)) | 0;
          two = (two + Math.imul(line[from + tap + 1]!, taps[tap + 1]!)) | 0;
        }
      }
      out[count++] = clip((one + two) >> COEFFICIENT_BITS);
    }
    line.copyWithin(0, length, length + history);
    return count;
  }

  reset(): void {
    this.#line.fill(0);
  }
}

function clip(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
}
