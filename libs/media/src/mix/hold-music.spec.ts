import { describe, expect, it } from 'vitest';
import { rms } from '../testing/tones.js';
import { holdMusic } from './hold-music.js';
import { frameSamples, mixRates } from './mix-rate.js';
import { soundFrame } from './sound-samples.js';

const music = holdMusic();

describe.each(mixRates)('hold music at %d Hz', (rate) => {
  const loop = Int16Array.from(
    Array.from({ length: music.ticks }, (_, tick) => [...soundFrame(music, tick, rate)]).flat(),
  );

  it('is well below full scale, and never stops', () => {
    expect(Math.max(...loop.subarray(0, 60_000).map(Math.abs))).toBeLessThan(16_000);
    for (let tick = 0; tick < music.ticks; tick++) expect(rms(soundFrame(music, tick, rate))).toBeGreaterThan(100);
  });

  it('goes on at its end without a click', () => {
    const seam = Math.abs((loop[0] as number) - (loop.at(-1) as number));
    const elsewhere = Math.max(
      ...loop.subarray(1, frameSamples(rate)).map((sample, index) => Math.abs(sample - (loop[index] as number))),
    );
    expect(seam).toBeLessThanOrEqual(elsewhere * 2);
  });
});
