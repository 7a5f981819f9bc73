import { describe, expect, it } from 'vitest';
import { amplitudeOf } from './goertzel.js';
import { loudness } from './tone-phone.js';

function tones(
  sampleRate: number,
  samples: number,
  ...spoken: readonly (readonly [hertz: number, amplitude: number])[]
) {
  return Float64Array.from({ length: samples }, (_, i) =>
    spoken.reduce((sum, [hertz, peak]) => sum + peak * Math.sin((2 * Math.PI * hertz * i) / sampleRate), 0),
  );
}

describe('the amplitude of a frequency', () => {
  it.each([
    ['a second at 8 kHz', 8_000, 8_000],
    ['half a second at 8 kHz', 8_000, 4_000],
    ['a second at 48 kHz', 48_000, 48_000],
  ])('is what was spoken, whatever else is spoken, in %s', (_, sampleRate, samples) => {
    const sound = tones(sampleRate, samples, [440, 8_000], [670, 3_000]);
    expect(amplitudeOf(sound, 440, sampleRate)).toBeCloseTo(8_000, -1);
    expect(amplitudeOf(sound, 670, sampleRate)).toBeCloseTo(3_000, -1);
    for (const hertz of [300, 900, 880, 1_340]) {
      expect(amplitudeOf(sound, hertz, sampleRate)).toBeLessThan(loudness.silent);
    }
  });

  it('is what a glance of 100 ms at one tone of 8,000 still tells', () => {
    expect(amplitudeOf(tones(8_000, 800, [1_130, 8_000]), 1_130)).toBeGreaterThan(loudness.heard);
  });

  it('is nothing in silence, and in no samples at all', () => {
    expect(amplitudeOf(new Int16Array(8_000), 440)).toBe(0);
    expect(amplitudeOf(new Int16Array(0), 440)).toBe(0);
  });
});
