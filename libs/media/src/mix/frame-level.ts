/** What a silent frame measures; nothing is quieter. */
export const silenceDb = -100;

const fullScaleSquared = 32768 * 32768;

/** How loud a frame is. One for each source, measured anew each tick. */
export class FrameLevel {
  /** The mean power, in dB of full scale. */
  levelDb = silenceDb;
  /** The largest magnitude of a sample. */
  peak = 0;

  measure(samples: Int16Array, length: number): void {
    let energy = 0;
    let peak = 0;
    for (let index = 0; index < length; index++) {
      const sample = samples[index] as number;
      energy += sample * sample;
      const magnitude = sample < 0 ? -sample : sample;
      if (magnitude > peak) peak = magnitude;
    }
    this.peak = peak;
    this.levelDb = energy === 0 ? silenceDb : Math.max(silenceDb, 10 * Math.log10(energy / length / fullScaleSquared));
  }

  silence(): void {
    this.levelDb = silenceDb;
    this.peak = 0;
  }
}
