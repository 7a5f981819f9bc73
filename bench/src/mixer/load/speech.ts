/** Numbers from 0 to 1, the same for the same seed: so that every run is the same run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

const highestHertz = 3400;
/** Formants and pitch of a syllable lie within these. */
const pitchHertz = [95, 180] as const;
const firstFormant = [300, 800] as const;
const secondFormant = [900, 2300] as const;

/**
 * Something like speech: syllables of 120 to 300 ms, each a gliding pitch with two formants of its own or a hiss, with short gaps and longer
 * pauses. About −20 dB of full scale while it sounds.
 */
export function speech(sampleRate: number, seconds: number, seed: number): Int16Array {
  const random = seeded(seed);
  const between = ([least, most]: readonly [number, number]): number => least + (most - least) * random();
  const samples = new Int16Array(Math.round(sampleRate * seconds));
  let phase = 0;
  for (let at = 0; at < samples.length; ) {
    const length = Math.round(sampleRate * between([0.12, 0.3]));
    const [begin, end, first, second] = [pitchHertz, pitchHertz, firstFormant, secondFormant].map(between) as [
      number,
      number,
      number,
      number,
    ];
    const isHiss = random() < 0.15;
    for (let index = 0; index < length && at + index < samples.length; index += 1) {
      const done = index / length;
      const pitch = begin + (end - begin) * done;
      phase += (2 * Math.PI * pitch) / sampleRate;
      let value = 0;
      if (isHiss) value = 1.5 * (random() - 0.5);
      else
        for (let harmonic = 1; harmonic * pitch < highestHertz; harmonic += 1) {
          const hertz = harmonic * pitch;
          const strength = 1 / (1 + ((hertz - first) / 120) ** 2) + 0.6 / (1 + ((hertz - second) / 200) ** 2) + 0.02;
          value += strength * Math.sin(harmonic * phase + harmonic ** 2);
        }
      samples[at + index] = Math.round(3000 * Math.sin(Math.PI * done) * value);
    }
    at += length + Math.round(sampleRate * (random() < 0.15 ? between([0.2, 0.5]) : 0.03));
  }
  return samples;
}

/** What a phone sends of a quiet room: noise of −65 dB of full scale. */
export function background(sampleRate: number, seconds: number, seed: number): Int16Array {
  const random = seeded(seed);
  return Int16Array.from({ length: Math.round(sampleRate * seconds) }, () => Math.round(64 * (random() - 0.5)));
}
