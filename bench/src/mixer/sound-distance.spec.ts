import { describe, expect, it } from 'vitest';
import { background, seeded, speech } from './load/speech.js';
import { soundDistance } from './sound-distance.js';

const rate = 8000;
const said = speech(rate, 4, 1);

function moved(samples: Int16Array, by: number): Int16Array {
  const result = new Int16Array(samples.length + by);
  result.set(samples, by);
  return result;
}

/** Each of these frames of 20 ms is silent. */
function withGaps(samples: Int16Array, every: number): Int16Array {
  const result = samples.slice();
  for (let at = 0; at < result.length; at += every * 160) result.fill(0, at, at + 160);
  return result;
}

describe('soundDistance', { timeout: 30_000 }, () => {
  it('is nothing of the same sound, also when it comes later', () => {
    for (const heard of [said, moved(said, 37), moved(said, 1000)]) {
      const { meanDb, brokenShare, frames } = soundDistance(said, heard, rate);
      expect(meanDb).toBeLessThan(0.01);
      expect(brokenShare).toBe(0);
      expect(frames).toBeGreaterThan(120);
    }
  });

  it('follows a pause that was stretched', () => {
    const half = said.length / 2;
    const stretched = moved(said, 400);
    stretched.set(said.subarray(0, half));
    const { meanDb, brokenShare } = soundDistance(said, stretched, rate);
    expect(meanDb).toBeLessThan(0.5);
    expect(brokenShare).toBeLessThan(0.03);
  });

  it('counts gaps', () => {
    const { brokenShare } = soundDistance(said, withGaps(said, 20), rate);
    expect(brokenShare).toBeGreaterThan(0.02);
    expect(brokenShare).toBeLessThan(0.08);
  });

  it('is large of another sound, and small of a little noise', () => {
    expect(soundDistance(said, speech(rate, 4, 2), rate).meanDb).toBeGreaterThan(8);
    const noise = background(rate, 4, 3);
    const noisy = said.map((sample, index) => sample + (noise[index] ?? 0));
    expect(soundDistance(said, noisy, rate).meanDb).toBeLessThan(1.5);
  });
});

describe('seeded', () => {
  it('gives the same numbers again, spread over 0 to 1', () => {
    const [one, other] = [seeded(5), seeded(5)];
    const numbers = Array.from({ length: 1000 }, one);
    expect(Array.from({ length: 1000 }, other)).toEqual(numbers);
    expect(Math.min(...numbers)).toBeLessThan(0.01);
    expect(Math.max(...numbers)).toBeGreaterThan(0.99);
    expect(Math.max(...numbers)).toBeLessThan(1);
  });
});
