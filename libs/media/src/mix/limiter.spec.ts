import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Limiter } from './limiter.js';

const rate = 8000;
const frame = 160;

function run(limiter: Limiter, amplitude: number, frames: number, hertz = 425): Int16Array {
  const heard = new Int16Array(frames * frame);
  const sum = new Int32Array(frame);
  for (let at = 0; at < frames; at++) {
    for (let index = 0; index < frame; index++)
      sum[index] = amplitude * Math.sin((2 * Math.PI * hertz * (at * frame + index)) / rate);
    limiter.limit(sum, frame, heard.subarray(at * frame, (at + 1) * frame));
  }
  return heard;
}

describe('the limiter', () => {
  it('leaves alone what fits', () => {
    const limiter = new Limiter();
    expect(Math.max(...run(limiter, 29_000, 5))).toBeGreaterThan(28_900);
    expect(limiter.idle).toBe(true);
  });

  it('keeps a sum of any size within 16 bits, from its first sample on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -330_000, max: 330_000 }), { minLength: 320, maxLength: 320 }),
        (samples) => {
          const limiter = new Limiter();
          const out = new Int16Array(frame);
          for (const start of [0, frame]) {
            const sum = Int32Array.from(samples.slice(start, start + frame));
            limiter.limit(sum, frame, out);
            // What wrapped around would have the other sign.
            const wrapped = sum.filter((sample, index) => Math.abs(sample) > 32 && sample * (out[index] as number) < 0);
            expect(wrapped).toHaveLength(0);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('comes back within a second when it is quiet again, and not at once', () => {
    const limiter = new Limiter();
    run(limiter, 90_000, 5);
    expect(Math.max(...run(limiter, 10_000, 1))).toBeLessThan(5000);
    expect(Math.max(...run(limiter, 10_000, 50).subarray(-frame))).toBeGreaterThan(9900);
    expect(limiter.idle).toBe(true);
  });
});
