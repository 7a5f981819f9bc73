import { describe, expect, test } from 'vitest';
import { amplitudeOf, rms, tone } from '../testing/tones.js';
import type { SampleRate } from './codec.js';
import { Resampler } from './resampler.js';

/** One second in frames of 20 ms, without the first 100 ms. */
function resampled(samples: Int16Array, from: SampleRate, to: SampleRate, frameMs = 20): Int16Array {
  const resampler = new Resampler(from, to);
  const frame = (from / 1000) * frameMs;
  const out = new Int16Array(to);
  const into = new Int16Array((to / 1000) * frameMs);
  for (let at = 0, written = 0; at < samples.length; at += frame) {
    const count = resampler.process(samples.subarray(at, at + frame), frame, into);
    expect(count).toBe(into.length);
    out.set(into, written);
    written += count;
  }
  return out.subarray(to / 10);
}

const db = (ratio: number): number => 20 * Math.log10(ratio);

const PAIRS = [
  [8000, 16_000],
  [8000, 48_000],
  [16_000, 48_000],
  [16_000, 8000],
  [48_000, 16_000],
  [48_000, 8000],
] as const;

describe.each(PAIRS)('from %d to %d Hz', (from, to) => {
  const low = Math.min(from, to);

  test('keeps the level of tones up to 0.85 of the band', () => {
    for (const share of [0.01, 0.1, 0.3, 0.5, 0.7, 0.8, 0.85]) {
      const frequency = Math.round((share * low) / 20) * 10;
      const out = resampled(tone({ frequency, sampleRate: from, amplitude: 10_000, samples: from }), from, to);
      const change = db(amplitudeOf(out, frequency, to) / 10_000);
      expect(Math.abs(change), `${frequency} Hz changed by ${change} dB`).toBeLessThan(share < 0.8 ? 0.1 : 1);
    }
  });

  test('adds less than a thousandth to a tone, near the end of the band less than a hundredth: neither images nor aliases', () => {
    for (const share of [0.1, 0.3, 0.5, 0.7, 0.8, 0.85]) {
      const frequency = Math.round((share * low) / 20) * 10;
      const out = resampled(tone({ frequency, sampleRate: from, amplitude: 10_000, samples: from }), from, to);
      const whole = amplitudeOf(out, frequency, to) / Math.SQRT2;
      const rest = Math.sqrt(Math.max(0, rms(out) ** 2 - whole ** 2));
      expect(db(rest / whole), `beside ${frequency} Hz`).toBeLessThan(share > 0.8 ? -46 : -60);
    }
  });

  test('is the same for frames of 10 and 60 ms', () => {
    const samples = tone({ frequency: 700, sampleRate: from, amplitude: 10_000, samples: (from / 1000) * 960 });
    expect(resampled(samples, from, to, 60)).toEqual(resampled(samples, from, to, 10));
  });

  test('clips where the filter swings beyond the range, and does not wrap', () => {
    const square = Int16Array.from({ length: from }, (_, i) => (i % (from / 100) < from / 200 ? 32_767 : -32_768));
    const out = resampled(square, from, to);
    expect(out.some((sample, i) => i > 0 && Math.abs(sample - out[i - 1]!) >= 65_535)).toBe(false);
    expect(Math.abs(rms(out) - 32_767)).toBeLessThan(2500);
  });
});

test.each([
  [16_000, 8000],
  [48_000, 16_000],
  [48_000, 8000],
] as const)('from %d to %d Hz nothing of beyond the new band is left', (from, to) => {
  for (const share of [1.16, 1.3, 1.7, 1.95]) {
    const frequency = Math.round((share * to) / 20) * 10;
    const out = resampled(tone({ frequency, sampleRate: from, amplitude: 10_000, samples: from }), from, to);
    expect(db(rms(out) / (10_000 / Math.SQRT2)), `${frequency} Hz`).toBeLessThan(-55);
  }
});

test('of the same rate copies, and reset forgets', () => {
  const samples = tone({ frequency: 440, sampleRate: 16_000, amplitude: 1000, samples: 320 });
  const out = new Int16Array(960);
  expect(new Resampler(16_000, 16_000).process(samples, 320, out)).toBe(320);
  expect(out.subarray(0, 320)).toEqual(samples);
  const resampler = new Resampler(16_000, 48_000);
  resampler.process(samples, 320, out);
  resampler.reset();
  resampler.process(new Int16Array(320), 320, out);
  expect(rms(out)).toBe(0);
});
