import { describe, expect, test } from 'vitest';
import { amplitudeOf, babble, rms, signalToNoiseDb, tone } from '../testing/tones.js';
import { PitchRepeat } from './pitch-repeat.js';

const FRAME = 160;

/** Frames of `samples`, those of `lost` concealed; what is heard. */
function heard(samples: Int16Array, sampleRate: number, lost: (frame: number) => boolean): Int16Array {
  const length = (FRAME * sampleRate) / 8000;
  const concealment = new PitchRepeat(sampleRate);
  const out = new Int16Array(samples.length);
  for (let from = 0; from + length <= samples.length; from += length) {
    const frame = samples.slice(from, from + length);
    if (lost(from / length)) concealment.conceal(frame, length);
    else concealment.good(frame, length);
    out.set(frame, from);
  }
  return out;
}

describe.each([8000, 16_000])('at %d Hz', (sampleRate) => {
  test.each([110, 200, 440, 1000])('a tone of %d Hz goes on through a lost frame without a click', (frequency) => {
    const original = tone({ frequency, sampleRate, amplitude: 10_000, samples: sampleRate });
    const out = heard(original, sampleRate, (frame) => frame === 20);
    const frame = out.subarray((20 * FRAME * sampleRate) / 8000, (21 * FRAME * sampleRate) / 8000);
    expect(amplitudeOf(frame, frequency, sampleRate)).toBeGreaterThan(8000);
    const largestStep = (samples: Int16Array): number =>
      samples.reduce((most, sample, i) => (i === 0 ? 0 : Math.max(most, Math.abs(sample - samples[i - 1]!))), 0);
    expect(largestStep(out)).toBeLessThan(largestStep(original) * 1.5 + 600);
  });

  test('what is heard of speech is nearer to it than silence or a repeated frame in its place', () => {
    const original = babble(sampleRate, 4);
    const isLost = (frame: number): boolean => frame % 10 === 7;
    const length = (FRAME * sampleRate) / 8000;
    const silenced = original.map((sample, i) => (isLost(Math.floor(i / length)) ? 0 : sample));
    const repeated = original.map((sample, i) => (isLost(Math.floor(i / length)) ? original[i - length]! : sample));
    const concealed = signalToNoiseDb(original, heard(original, sampleRate, isLost));
    expect(concealed).toBeGreaterThan(signalToNoiseDb(original, silenced) + 3);
    expect(concealed).toBeGreaterThan(signalToNoiseDb(original, repeated) + 3);
  });

  test('a long loss fades to silence within 60 ms, and the sound comes back', () => {
    const original = tone({ frequency: 300, sampleRate, amplitude: 10_000, samples: sampleRate });
    const out = heard(original, sampleRate, (frame) => frame >= 10 && frame < 16);
    const frame = (index: number): Int16Array =>
      out.subarray((index * FRAME * sampleRate) / 8000, ((index + 1) * FRAME * sampleRate) / 8000);
    expect(rms(frame(10))).toBeGreaterThan(rms(frame(11)));
    expect(rms(frame(11))).toBeGreaterThan(rms(frame(12)));
    expect(rms(frame(13))).toBe(0);
    expect(rms(frame(17))).toBeCloseTo(rms(frame(5)), -1);
  });
});

test('concealing before anything was heard is silence', () => {
  const out = new Int16Array(FRAME).fill(1);
  new PitchRepeat(8000).conceal(out, FRAME);
  expect(rms(out)).toBe(0);
});
