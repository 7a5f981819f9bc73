import { describe, expect, test } from 'vitest';
import { amplitudeOf, rms, tone } from '../testing/tones.js';
import { lengthen, shorten } from './time-scale.js';

describe.each([8000, 16_000, 48_000])('at %d Hz', (sampleRate) => {
  const ms = sampleRate / 1000;

  test.each([120, 210, 400, 1000])(
    'a tone of %d Hz is scaled again and again without a click, in its pitch',
    (frequency) => {
      const original = tone({ frequency, sampleRate, amplitude: 10_000, samples: 1000 * ms });
      const largestStep = (samples: Int16Array): number =>
        samples.reduce((most, sample, i) => (i === 0 ? 0 : Math.max(most, Math.abs(sample - samples[i - 1]!))), 0);
      for (const scale of [shorten, lengthen]) {
        const heard: number[] = [];
        for (let at = 0; at + 40 * ms <= original.length; at += 40 * ms) {
          const piece = new Int16Array(60 * ms);
          piece.set(original.subarray(at, at + 40 * ms));
          const length = scale(piece, 40 * ms, sampleRate);
          expect(Math.abs(length - 40 * ms)).toBeGreaterThanOrEqual(2.5 * ms);
          expect(Math.abs(length - 40 * ms)).toBeLessThanOrEqual(10 * ms);
          // Within the piece: pieces don't join, since each lag is its own.
          expect(largestStep(piece.subarray(0, length))).toBeLessThan(largestStep(original) * 1.6 + 20);
          heard.push(rms(piece.subarray(0, length)));
        }
        for (const level of heard) expect(Math.abs(level / (10_000 / Math.SQRT2) - 1)).toBeLessThan(0.2);
      }
    },
  );

  test('too little sound is left as it is', () => {
    const samples = new Int16Array(30 * ms).fill(5);
    expect(shorten(samples, 19 * ms, sampleRate)).toBe(19 * ms);
    expect(lengthen(samples, 19 * ms, sampleRate)).toBe(19 * ms);
    expect(lengthen(samples, 21 * ms, sampleRate)).toBe(21 * ms);
    expect(samples).toEqual(new Int16Array(30 * ms).fill(5));
  });
});

test('what is left out and what is said twice is a period of the pitch', () => {
  const samples = tone({ frequency: 200, sampleRate: 8000, amplitude: 10_000, samples: 480 });
  const shorter = samples.slice();
  const length = shorten(shorter, 320, 8000);
  expect((320 - length) % 40).toBe(0);
  expect(amplitudeOf(shorter.subarray(0, 240), 200, 8000)).toBeCloseTo(10_000, -2);
  const longer = new Int16Array(480);
  longer.set(samples.subarray(0, 320));
  const length2 = lengthen(longer, 320, 8000);
  expect((length2 - 320) % 40).toBe(0);
  expect(amplitudeOf(longer.subarray(0, 320), 200, 8000)).toBeCloseTo(10_000, -2);
});
