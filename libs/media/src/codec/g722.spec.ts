import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { randomOf } from '../testing/random.js';
import { alignedSignalToNoiseDb, amplitudeOf, rms, tone } from '../testing/tones.js';
import { G722 } from './g722.js';

function encoded(samples: Int16Array, frame = 320): Uint8Array {
  const encoder = G722.createEncoder();
  const out = new Uint8Array(samples.length / 2);
  for (let at = 0; at + frame <= samples.length; at += frame) {
    expect(encoder.encode(samples.subarray(at, at + frame), out.subarray(at / 2))).toBe(frame / 2);
  }
  return out;
}

function decoded(payload: Uint8Array, frame = 160): Int16Array {
  const decoder = G722.createDecoder();
  const out = new Int16Array(payload.length * 2);
  for (let at = 0; at + frame <= payload.length; at += frame) {
    expect(decoder.decode(payload.subarray(at, at + frame), out.subarray(at * 2))).toBe(frame * 2);
  }
  return out;
}

const hashOf = (bytes: Uint8Array | Int16Array): string =>
  createHash('sha256').update(bytes).digest('hex').slice(0, 16);

describe('tones', () => {
  test.each([
    [200, 30],
    [1000, 30],
    [2000, 30],
    [3000, 25],
    [5000, 12],
    [6500, 12],
  ])('of %d Hz are %d dB above their noise', (frequency, db) => {
    const samples = tone({ frequency, sampleRate: 16_000, amplitude: 10_000, samples: 16_000 });
    const out = decoded(encoded(samples));
    expect(alignedSignalToNoiseDb(samples.subarray(3200), out.subarray(3200), 40).db).toBeGreaterThan(db);
    expect(Math.abs(amplitudeOf(out.subarray(3200), frequency, 16_000) - 10_000)).toBeLessThan(500);
  });

  test('soft ones are heard, and silence is silent', () => {
    const samples = tone({ frequency: 500, sampleRate: 16_000, amplitude: 100, samples: 16_000 });
    expect(amplitudeOf(decoded(encoded(samples)).subarray(3200), 500, 16_000)).toBeGreaterThan(80);
    expect(rms(decoded(encoded(new Int16Array(16_000))))).toBeLessThan(4);
  });
});

describe('to the bit', () => {
  // The sums are those of libspandsp 2.0's encoder and decoder for the same input.
  const random = randomOf(722);
  const noise = Int16Array.from({ length: 16_000 }, (_, i) =>
    Math.round((random() * 2 - 1) * (i % 4000 < 2000 ? 20_000 : 300)),
  );

  test('the code is that of the recommendation', () => {
    expect(hashOf(encoded(noise))).toBe('01c5e4c9aedbde5e');
  });

  test('so is the sound', () => {
    expect(hashOf(decoded(encoded(noise)))).toBe('739f57b7f2363f3b');
  });

  test('frames of other lengths come to the same', () => {
    expect(encoded(noise, 160)).toEqual(encoded(noise, 640));
    expect(decoded(encoded(noise), 80)).toEqual(decoded(encoded(noise), 320));
  });
});

test('any code is decoded, and too loud ones are clipped', () => {
  const random = randomOf(5);
  const out = decoded(Uint8Array.from({ length: 16_000 }, () => random() * 256));
  expect(Math.max(...out)).toBeLessThanOrEqual(32_767);
  const square = Int16Array.from({ length: 16_000 }, (_, i) => (i % 100 < 50 ? 32_767 : -32_768));
  const heard = decoded(encoded(square));
  // Where it is clipped it stays on its side.
  expect(amplitudeOf(heard.subarray(3200), 160, 16_000)).toBeGreaterThan(38_000);
});

test('buffers that are too small, and odd lengths, are refused', () => {
  expect(G722.createEncoder().encode(new Int16Array(321), new Uint8Array(400))).toBe(0);
  expect(G722.createEncoder().encode(new Int16Array(320), new Uint8Array(159))).toBe(0);
  expect(G722.createDecoder().decode(new Uint8Array(160), new Int16Array(319))).toBe(0);
  expect(G722.createDecoder().decode(new Uint8Array(961), new Int16Array(2000))).toBe(0);
  expect(G722.createDecoder().samplesOf(new Uint8Array(160))).toBe(320);
});

test('a lost frame of a tone is filled with it', () => {
  const samples = tone({ frequency: 400, sampleRate: 16_000, amplitude: 8000, samples: 3200 });
  const payload = encoded(samples);
  const decoder = G722.createDecoder();
  const out = new Int16Array(320);
  for (let at = 0; at < 1280; at += 160) decoder.decode(payload.subarray(at, at + 160), out);
  decoder.conceal(out, 320);
  expect(amplitudeOf(out, 400, 16_000)).toBeGreaterThan(6500);
});
