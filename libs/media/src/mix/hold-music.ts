import type { SampleRate } from '../codec/codec.js';
import { frameSamples, tickMs } from './mix-rate.js';
import { type SoundSamples, soundOf } from './sound-samples.js';

/** Four chords, as frequencies of the equally tempered scale; each is broken upwards and back. */
const chords: readonly (readonly number[])[] = [
  [130.81, 261.63, 329.63, 392.0, 493.88],
  [110.0, 220.0, 261.63, 329.63, 392.0],
  [87.31, 174.61, 261.63, 349.23, 440.0],
  [98.0, 196.0, 246.94, 293.66, 440.0],
];
/** Which of a chord's notes is struck at each beat; two may be. */
const pattern: readonly (readonly number[])[] = [[0, 2], [3], [4], [3], [1, 2], [3], [4], [3]];
const beatMs = 300;
const decaySec = 0.9;
const amplitude = 1500;
/** Partials of a struck bar, quieter and shorter the higher they are. */
const partials = [
  { ratio: 1, level: 1, decay: 1 },
  { ratio: 2, level: 0.28, decay: 0.6 },
  { ratio: 3, level: 0.08, decay: 0.35 },
] as const;

/** 9.6 s that go on without a seam: what still sounds at the end sounds at the beginning. Takes about a tenth of a second to make. */
export function holdMusic(): SoundSamples {
  const ticks = (chords.length * pattern.length * beatMs) / tickMs;
  return soundOf(ticks, (rate) => renderLoop(rate, ticks));
}

function renderLoop(rate: SampleRate, ticks: number): Int16Array {
  const loop = new Float32Array(ticks * frameSamples(rate));
  const beat = (beatMs * rate) / 1000;
  chords.forEach((chord, bar) =>
    pattern.forEach((struck, step) => {
      for (const voice of struck) strike(loop, (bar * pattern.length + step) * beat, chord[voice] as number, rate);
    }),
  );
  return Int16Array.from(loop, Math.round);
}

/** Adds one note. Its waves are made by rotating a phasor, which is many times cheaper than a sine for each sample. */
function strike(loop: Float32Array, start: number, hertz: number, rate: SampleRate): void {
  const length = Math.round(rate * decaySec * 3);
  const rise = rate / 100;
  for (const { ratio, level, decay } of partials) {
    const frequency = hertz * ratio;
    if (frequency > rate * 0.45) continue;
    const angle = (2 * Math.PI * frequency) / rate;
    const fading = Math.exp(-1 / (decaySec * decay * rate));
    const [turnRe, turnIm] = [Math.cos(angle) * fading, Math.sin(angle) * fading];
    let re = amplitude * level;
    let im = 0;
    for (let index = 0, place = start; index < length; index++, place++) {
      if (place === loop.length) place = 0;
      loop[place] = (loop[place] as number) + (index < rise ? (im * index) / rise : im);
      const turned = re * turnRe - im * turnIm;
      im = re * turnIm + im * turnRe;
      re = turned;
    }
  }
}
