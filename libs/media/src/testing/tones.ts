/** A sine. `from`: the index of the first sample, so that frames of one tone join. */
export function tone(of: {
  frequency: number;
  sampleRate: number;
  amplitude: number;
  samples: number;
  from?: number;
}): Int16Array {
  const step = (2 * Math.PI * of.frequency) / of.sampleRate;
  return Int16Array.from({ length: of.samples }, (_, i) =>
    Math.round(of.amplitude * Math.sin(step * ((of.from ?? 0) + i))),
  );
}

/** The amplitude of one frequency in samples (Goertzel). Exact where a whole number of periods fits. */
export function amplitudeOf(samples: Int16Array, frequency: number, sampleRate: number): number {
  const step = (2 * Math.PI * frequency) / sampleRate;
  const coefficient = 2 * Math.cos(step);
  let one = 0;
  let two = 0;
  for (const sample of samples) {
    const next = sample + coefficient * one - two;
    two = one;
    one = next;
  }
  return (2 * Math.sqrt(Math.max(0, one * one + two * two - coefficient * one * two))) / samples.length;
}

export function rms(samples: Int16Array): number {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  return Math.sqrt(energy / Math.max(1, samples.length));
}

/** Of samples that should be the same, in time and level. */
export function signalToNoiseDb(original: Int16Array, heard: Int16Array): number {
  return 20 * Math.log10(rms(original) / Math.max(1e-9, rms(original.map((sample, i) => sample - heard[i]!))));
}

/** The same for a heard signal that is late by an unknown number of samples up to `maxDelay` and of unknown gain: what doesn't fit the original at the best of both is noise. */
export function alignedSignalToNoiseDb(
  original: Int16Array,
  heard: Int16Array,
  maxDelay: number,
): { db: number; delay: number; gain: number } {
  let best = { db: Number.NEGATIVE_INFINITY, delay: 0, gain: 0 };
  const length = Math.min(original.length, heard.length) - maxDelay;
  for (let delay = 0; delay <= maxDelay; delay++) {
    let product = 0;
    let originalEnergy = 0;
    let heardEnergy = 0;
    for (let i = 0; i < length; i++) {
      const a = original[i]!;
      const b = heard[i + delay]!;
      product += a * b;
      originalEnergy += a * a;
      heardEnergy += b * b;
    }
    const gain = product / Math.max(1, originalEnergy);
    const signal = gain * gain * originalEnergy;
    const noise = Math.max(1e-9, heardEnergy - signal);
    const db = product <= 0 ? Number.NEGATIVE_INFINITY : 10 * Math.log10(signal / noise);
    if (db > best.db) best = { db, delay, gain };
  }
  return best;
}

/** A speech-like sound: harmonics of a pitch that glides, in syllables with pauses, and a little noise. The same each time. */
export function babble(sampleRate: number, seconds: number, pitchHz = 130): Int16Array {
  let phase = 0;
  let seed = 1;
  return Int16Array.from({ length: Math.round(sampleRate * seconds) }, (_, i) => {
    const t = i / sampleRate;
    const pitch = pitchHz * (1 + 0.05 * Math.sin(2 * Math.PI * 0.7 * t));
    phase += (2 * Math.PI * pitch) / sampleRate;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 2.1 * t + 0.5)) ** 0.7;
    let value = 0;
    for (let harmonic = 1; harmonic * pitch < 3400 && harmonic <= 20; harmonic++) {
      const frequency = harmonic * pitch;
      const formants = 1 / (1 + ((frequency - 600) / 250) ** 2) + 0.5 / (1 + ((frequency - 1700) / 300) ** 2) + 0.08;
      value += formants * Math.sin(harmonic * phase + harmonic * harmonic);
    }
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return Math.round(4500 * syllable * value + 60 * (seed / 0x4000_0000 - 1));
  });
}
