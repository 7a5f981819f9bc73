import type { SampleRate } from './codec.js';
import { COEFFICIENT_BITS, lowPass, polyphaseLowPass } from './low-pass.js';

const LONGEST_MS = 120;
const ROUND = 1 << (COEFFICIENT_BITS - 1);

/**
 * Rates and filters: a sharp one where a band ends at half of the lower rate, 0.4 dB down at 0.85 of it and 60 dB from 1.15 on. Between 8 and 48 kHz it
 * goes by 16 kHz: what is left to do between 16 and 48 is far from the band, so that a third of the taps will do.
 */
const SHARP = { taps: 24, cutoff: 0.485 };
const WIDE = { taps: 8, cutoff: 0.5 };

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

/** `factor` samples for each one: every phase of the filter meets the same samples. */
class Interpolator implements Stage {
  readonly #factor: number;
  readonly #taps: number;
  readonly #rows: Int16Array;
  readonly #line: Int16Array;

  constructor(factor: number, filter: { readonly taps: number; readonly cutoff: number }) {
    this.#factor = factor;
    this.#taps = filter.taps;
    this.#rows = polyphaseLowPass(factor, filter.taps, filter.cutoff);
    this.#line = new Int16Array(filter.taps - 1 + 16 * LONGEST_MS);
  }

  process(samples: Int16Array, length: number, out: Int16Array): number {
    const line = this.#line;
    const rows = this.#rows;
    const taps = this.#taps;
    const factor = this.#factor;
    const history = taps - 1;
    for (let i = 0; i < length; i++) line[history + i] = samples[i]!;
    for (let i = 0, at = 0; i < length; i++) {
      for (let phase = 0, tap = 0; phase < factor; phase++) {
        let sum = ROUND;
        for (let from = i, end = i + taps; from < end; from++, tap++) {
          sum = (sum + Math.imul(line[from]!, rows[tap]!)) | 0;
        }
        out[at++] = clip(sum >> COEFFICIENT_BITS);
      }
    }
    line.copyWithin(0, length, length + history);
    return length * factor;
  }

  reset(): void {
    this.#line.fill(0);
  }
}

/** One sample of `factor`: what the filter would give between is never computed. */
class Decimator implements Stage {
  readonly #factor: number;
  readonly #taps: Int16Array;
  readonly #line: Int16Array;

  constructor(factor: number, filter: { readonly taps: number; readonly cutoff: number }) {
    this.#factor = factor;
    const { taps } = filter;
    this.#taps = lowPass(factor, taps, filter.cutoff);
    this.#line = new Int16Array(factor * taps - 1 + 48 * LONGEST_MS);
  }

  process(samples: Int16Array, length: number, out: Int16Array): number {
    const line = this.#line;
    const taps = this.#taps;
    const history = taps.length - 1;
    const factor = this.#factor;
    for (let i = 0; i < length; i++) line[history + i] = samples[i]!;
    let count = 0;
    for (let i = factor - 1; i < length; i += factor) {
      let sum = ROUND;
      for (let tap = 0, from = i; tap < taps.length; tap++, from++)
        sum = (sum + Math.imul(line[from]!, taps[tap]!)) | 0;
      out[count++] = clip(sum >> COEFFICIENT_BITS);
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
