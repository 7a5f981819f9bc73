/** Gain is decided for this many parts of a tick: 2.5 ms each. */
const parts = 8;
/** What loud sums are brought down to. */
const limit = 30_000;
/** From here on what still is louder is bent, and never cut. */
const knee = 30_000;
const headroom = 32_767 - knee;
/** The gain's way back in one part of a tick: from half to whole takes 250 ms. */
const releasePerPart = 0.005;

/**
 * Brings sums of several voices into 16 bits without clipping. The gain goes down before a loud part begins, in a straight line, and comes
 * back slowly; only what is loud from a tick's first sample on is bent by a curve. One for each mix and rate, since it remembers its gain.
 */
export class Limiter {
  private gain = 1;
  private readonly wanted = new Float64Array(parts);

  /** Whether sums that stay within 16 bits pass unchanged. */
  get idle(): boolean {
    return this.gain === 1;
  }

  /** Writes `length` samples of `sum` to `out`; a multiple of 8. */
  limit(sum: Int32Array, length: number, out: Int16Array): void {
    const { wanted } = this;
    const part = length / parts;
    for (let index = 0; index < parts; index++) {
      const peak = peakOf(sum, index * part, part);
      wanted[index] = peak <= limit ? 1 : limit / peak;
    }
    let { gain } = this;
    for (let index = 0; index < parts; index++) {
      const here = wanted[index] as number;
      const next = index + 1 < parts ? (wanted[index + 1] as number) : here;
      const end = Math.min(here, next, gain + releasePerPart);
      scale(sum, index * part, part, gain, end, out);
      gain = end;
    }
    this.gain = gain;
  }

  /** A tick in which there was nothing to limit. */
  rest(): void {
    this.gain = Math.min(1, this.gain + releasePerPart * parts);
  }
}

function peakOf(sum: Int32Array, start: number, length: number): number {
  let peak = 0;
  for (let index = start; index < start + length; index++) {
    const sample = sum[index] as number;
    const magnitude = sample < 0 ? -sample : sample;
    if (magnitude > peak) peak = magnitude;
  }
  return peak;
}

function scale(sum: Int32Array, start: number, length: number, from: number, to: number, out: Int16Array): void {
  const step = (to - from) / length;
  let gain = from;
  for (let index = start; index < start + length; index++) {
    gain += step;
    const sample = (sum[index] as number) * gain;
    out[index] = sample > knee ? bend(sample) : sample < -knee ? -bend(-sample) : sample;
  }
}

function bend(magnitude: number): number {
  return knee + headroom * Math.tanh((magnitude - knee) / headroom);
}
