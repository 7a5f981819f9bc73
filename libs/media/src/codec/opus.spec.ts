import fc from 'fast-check';
import { createEncoder } from 'libopus-wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { randomOf } from '../testing/random.js';
import { alignedSignalToNoiseDb, amplitudeOf, babble, rms, tone } from '../testing/tones.js';
import type { AudioEncoder, Codec } from './codec.js';
import { loadOpus, opusIn } from './opus.js';
import { carriesFrameBefore, opusSamples } from './opus-packet.js';
import { loadOpusWasm } from './opus-wasm.js';

let opus: Codec;
beforeAll(async () => {
  opus = await loadOpus();
});

const RATE = 48_000;

function packets(encoder: AudioEncoder, samples: Int16Array, frame = 960): Uint8Array[] {
  const out = new Uint8Array(1500);
  const made: Uint8Array[] = [];
  for (let at = 0; at + frame <= samples.length; at += frame) {
    const length = encoder.encode(samples.subarray(at, at + frame), out);
    expect(length).toBeGreaterThan(0);
    made.push(out.slice(0, length));
  }
  return made;
}

/** What is heard; lost packets are read from the one after them where that is possible, else concealed. */
function heard(
  sent: readonly Uint8Array[],
  isLost: (index: number) => boolean,
  usesCopies = true,
): { out: Int16Array; recovered: number } {
  const decoder = opus.createDecoder();
  const samples = new Int16Array(sent.length * 960);
  const frame = new Int16Array(960);
  let recovered = 0;
  for (const [index, packet] of sent.entries()) {
    if (!isLost(index)) decoder.decode(packet, frame);
    else if (usesCopies && sent[index + 1] !== undefined && decoder.recover(sent[index + 1]!, frame, 960)) recovered++;
    else decoder.conceal(frame, 960);
    samples.set(frame, index * 960);
  }
  decoder.free();
  return { out: samples, recovered };
}

describe('sound', () => {
  test.each([10, 20, 40, 60])('in packets of %d ms is heard as it was', (ptimeMs) => {
    const frame = 48 * ptimeMs;
    const samples = tone({ frequency: 1000, sampleRate: RATE, amplitude: 10_000, samples: RATE });
    const encoder = opus.createEncoder();
    const decoder = opus.createDecoder();
    const out = new Int16Array(RATE);
    const one = new Int16Array(frame);
    for (const [index, packet] of packets(encoder, samples, frame).entries()) {
      expect(decoder.samplesOf(packet)).toBe(frame);
      expect(decoder.decode(packet, one)).toBe(frame);
      out.set(one, index * frame);
    }
    expect(Math.abs(amplitudeOf(out.subarray(9600, 9600 + 28_800), 1000, RATE) - 10_000)).toBeLessThan(400);
    expect(alignedSignalToNoiseDb(samples.subarray(9600, 28_800), out.subarray(9600), 500).db).toBeGreaterThan(20);
    encoder.free();
    decoder.free();
  });

  test('of a stereo packet comes out as mono', async () => {
    const stereo = await createEncoder({ channels: 2, sampleRate: RATE, bitrate: 64_000 });
    const decoder = opus.createDecoder();
    const out = new Int16Array(960);
    let left = 0;
    for (let index = 0; index < 20; index++) {
      const mono = tone({ frequency: 500, sampleRate: RATE, amplitude: 8000, samples: 960, from: index * 960 });
      const packet = stereo.encode(Int16Array.from({ length: 1920 }, (_, i) => (i % 2 === 0 ? mono[i >> 1]! : 0)));
      expect(decoder.decode(packet, out)).toBe(960);
      left = rms(out);
    }
    expect(left).toBeCloseTo(4000 / Math.SQRT2, -3);
    stereo.free();
    decoder.free();
  });

  test('that is silent takes next to nothing with DTX, and its packets are understood', () => {
    const encoder = opus.createEncoder({ dtx: true });
    const sent = packets(encoder, new Int16Array(RATE * 2));
    const bytes = sent.slice(50).reduce((sum, packet) => sum + packet.length, 0);
    expect(bytes / 50).toBeLessThan(10);
    expect(rms(heard(sent, () => false).out)).toBe(0);
    encoder.free();
  });
});

describe('loss', () => {
  const speech = babble(RATE, 4);

  test('is read from the packet after it where that was asked for and is expected', () => {
    const encoder = opus.createEncoder({ inbandFec: true });
    encoder.expectLoss(10);
    const sent = packets(encoder, speech);
    const isLost = (index: number): boolean => index % 10 === 7;
    const { out, recovered } = heard(sent, isLost);
    expect(recovered).toBeGreaterThan(10);
    const whole = heard(sent, () => false).out;
    const concealed = heard(sent, isLost, false).out;
    const error = (other: Int16Array): number => rms(whole.map((sample, i) => sample - other[i]!));
    expect(error(out)).toBeLessThan(error(concealed) * 0.8);
    encoder.free();
  });

  test('that is not expected, or not to be answered, costs no copies', () => {
    for (const [options, percent] of [
      [{ inbandFec: true }, 1],
      [{ inbandFec: false }, 20],
      [{}, 20],
    ] as const) {
      const encoder = opus.createEncoder(options);
      encoder.expectLoss(percent);
      expect(packets(encoder, speech).some(carriesFrameBefore)).toBe(false);
      encoder.free();
    }
  });

  test('that ends ends the copies', () => {
    const encoder = opus.createEncoder({ inbandFec: true });
    encoder.expectLoss(10);
    packets(encoder, speech);
    encoder.expectLoss(0);
    expect(packets(encoder, speech).slice(2).some(carriesFrameBefore)).toBe(false);
    encoder.free();
  });

  test('is concealed by what went on, and long loss fades', () => {
    const samples = tone({ frequency: 300, sampleRate: RATE, amplitude: 10_000, samples: RATE });
    const encoder = opus.createEncoder();
    const { out } = heard(packets(encoder, samples), (index) => index === 20 || index >= 30);
    const frame = (index: number): Int16Array => out.subarray(index * 960, (index + 1) * 960);
    expect(amplitudeOf(frame(20), 300, RATE)).toBeGreaterThan(6000);
    expect(rms(frame(45))).toBeLessThan(rms(frame(30)) / 4);
    encoder.free();
  });
});

describe('a packet', () => {
  test.each([
    ['nothing', [], 0],
    ['silence by its first byte only', [0x78], 960],
    ['10 ms of SILK', [0x00], 480],
    ['60 ms of SILK', [0x18], 2880],
    ['20 ms of both', [0x78], 960],
    ['2.5 ms of CELT', [0x80], 120],
    ['two frames', [0x79, 1], 1920],
    ['three frames', [0x7b, 3], 2880],
    ['three frames without their count', [0x7b], 0],
    ['no frames', [0x7b, 0], 0],
    ['more than 120 ms', [0x7b, 7], 0],
  ])('of %s has its length', (_name, bytes, samples) => {
    expect(opusSamples(Uint8Array.from(bytes))).toBe(samples);
  });

  test('of anything at all does no harm, and decoding goes on', () => {
    const decoder = opus.createDecoder();
    const out = new Int16Array(5760);
    const encoder = opus.createEncoder();
    const [good] = packets(encoder, tone({ frequency: 400, sampleRate: RATE, amplitude: 5000, samples: 960 }));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(255), (bytes, toc) => {
        if (bytes.length > 0) bytes[0] = toc;
        const count = decoder.decode(bytes, out);
        expect(count === 0 || count === opusSamples(bytes)).toBe(true);
        decoder.recover(bytes, out, 960);
        expect(decoder.decode(good!, out)).toBe(960);
      }),
      { numRuns: 1000 },
    );
    encoder.free();
    decoder.free();
  });

  test('that is too long for what it is given is refused', () => {
    const decoder = opus.createDecoder();
    expect(decoder.decode(Uint8Array.of(0x79, 1, 2, 3), new Int16Array(960))).toBe(0);
    expect(decoder.decode(new Uint8Array(1501).fill(0x78), new Int16Array(960))).toBe(0);
    decoder.free();
  });
});

test('lengths that Opus does not have, and buffers that are too small, make no packet', () => {
  const encoder = opus.createEncoder();
  expect(encoder.encode(new Int16Array(1000), new Uint8Array(1500))).toBe(0);
  expect(encoder.encode(new Int16Array(6000), new Uint8Array(1500))).toBe(0);
  expect(encoder.encode(new Int16Array(960).fill(1000), new Uint8Array(0))).toBe(0);
  encoder.free();
});

test('what is freed is given back: a thousand encoders and decoders one after another need no more memory than ten', async () => {
  const wasm = await loadOpusWasm();
  const codec = opusIn(wasm);
  const random = randomOf(1);
  const noise = Int16Array.from({ length: 960 }, () => random() * 2000);
  const out = new Uint8Array(1500);
  const pcm = new Int16Array(960);
  const cycle = (): number => {
    const encoder = codec.createEncoder();
    const decoder = codec.createDecoder();
    const length = encoder.encode(noise, out);
    const count = decoder.decode(out.subarray(0, length), pcm);
    encoder.free();
    encoder.free();
    decoder.free();
    return count + encoder.encode(noise, out) + decoder.decode(out.subarray(0, length), pcm);
  };
  for (let i = 0; i < 10; i++) expect(cycle()).toBe(960);
  const bytes = wasm.HEAPU8.length;
  for (let i = 0; i < 1000; i++) {
    const encoder = codec.createEncoder();
    codec.createDecoder().free();
    encoder.free();
  }
  expect(wasm.HEAPU8.length).toBe(bytes);
});
