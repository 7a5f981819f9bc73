import { describe, expect, test } from 'vitest';
import { signalToNoiseDb, tone } from '../testing/tones.js';
import { PCMA, PCMU } from './g711.js';

function through(codec: typeof PCMU, samples: Int16Array): Int16Array {
  const payload = new Uint8Array(samples.length);
  const out = new Int16Array(samples.length);
  expect(codec.createEncoder().encode(samples, payload)).toBe(samples.length);
  expect(codec.createDecoder().decode(payload, out)).toBe(samples.length);
  return out;
}

const octetOf = (codec: typeof PCMU, sample: number): number => {
  const out = new Uint8Array(1);
  codec.createEncoder().encode(Int16Array.of(sample), out);
  return out[0]!;
};

const sampleOf = (codec: typeof PCMU, octet: number): number => {
  const out = new Int16Array(1);
  codec.createDecoder().decode(Uint8Array.of(octet), out);
  return out[0]!;
};

describe('µ-law', () => {
  test.each([
    // G.711 table 2a: the ends, the first steps, and both zeros.
    [0, 0xff, 0],
    [-1, 0x7f, 0],
    [4, 0xfe, 8],
    [-5, 0x7e, -8],
    [32_767, 0x80, 32_124],
    [-32_768, 0x00, -32_124],
    [1000, 0xce, 988],
  ])('%d is sent as %d and heard as %d', (sample, octet, heard) => {
    expect(octetOf(PCMU, sample)).toBe(octet);
    expect(sampleOf(PCMU, octet)).toBe(heard);
  });
});

describe('A-law', () => {
  test.each([
    // G.711 table 1a.
    [0, 0xd5, 8],
    [-1, 0x55, -8],
    [16, 0xd4, 24],
    [32_767, 0xaa, 32_256],
    [-32_768, 0x2a, -32_256],
    [1000, 0xfa, 1008],
  ])('%d is sent as %d and heard as %d', (sample, octet, heard) => {
    expect(octetOf(PCMA, sample)).toBe(octet);
    expect(sampleOf(PCMA, octet)).toBe(heard);
  });
});

describe.each([PCMU, PCMA])('$name', (codec) => {
  test('gives every octet back as it came', () => {
    for (let octet = 0; octet < 256; octet++) {
      const again = octetOf(codec, sampleOf(codec, octet));
      // µ-law's negative zero is heard as zero, which is sent as the positive one.
      expect(again).toBe(codec === PCMU && octet === 0x7f ? 0xff : octet);
    }
  });

  test('is monotonic and never off by more than half a step of its segment', () => {
    const samples = Int16Array.from({ length: 65_536 }, (_, i) => i - 32_768);
    const heard = through(codec, samples);
    expect(heard.some((sample, i) => i > 0 && sample < heard[i - 1]!)).toBe(false);
    const off = samples.filter((sample, i) => Math.abs(heard[i]! - sample) > Math.max(16, Math.abs(sample) / 27));
    expect(off).toHaveLength(0);
  });

  test('keeps a tone at 37 dB above its noise', () => {
    const original = tone({ frequency: 1020, sampleRate: 8000, amplitude: 16_000, samples: 8000 });
    expect(signalToNoiseDb(original, through(codec, original))).toBeGreaterThan(37);
  });

  test('refuses buffers that are too small and leaves them alone', () => {
    const out = new Uint8Array(10);
    expect(codec.createEncoder().encode(new Int16Array(11).fill(99), out)).toBe(0);
    expect(out).toEqual(new Uint8Array(10));
    expect(codec.createDecoder().decode(new Uint8Array(11), new Int16Array(10))).toBe(0);
  });
});
