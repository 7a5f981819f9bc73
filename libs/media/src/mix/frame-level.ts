/** What a silent frame measures; nothing is quieter. */
export const silenceDb = -100;

const fullScaleSquared = 32768 * 32768;

/** The mean power of samples. */
export function powerOf(samples: Int16Array): number {
  let energy = 0;
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index] as number;
    energy += sample * sample;
  }
  return energy / samples.length;
}

/** A mean power in dB of full scale. */
export function levelDbOf(power: number): number {
  return power === 0 ? silenceDb : Math.max(silenceDb, 10 * Math.log10(power / fullScaleSquared));
}
