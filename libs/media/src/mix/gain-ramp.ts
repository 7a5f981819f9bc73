/** Gain changes within this part of a tick's samples: 5 ms. */
const rampPart = 4;

/** A linear factor of a gain in dB. */
export function gainOfDb(gainDb: number): number {
  return gainDb === 0 ? 1 : 10 ** (gainDb / 20);
}

/** Writes samples times a gain that goes from one value to another in a straight line within the first 5 ms. */
export function applyGain(samples: Int16Array, length: number, from: number, to: number, out: Int32Array): void {
  let start = 0;
  if (from !== to) {
    const ramp = length / rampPart;
    const step = (to - from) / ramp;
    let gain = from;
    for (; start < ramp; start++) {
      gain += step;
      out[start] = (samples[start] as number) * gain;
    }
  }
  if (to === 0) out.fill(0, start, length);
  else if (to === 1) for (let index = start; index < length; index++) out[index] = samples[index] as number;
  else for (let index = start; index < length; index++) out[index] = (samples[index] as number) * to;
}
