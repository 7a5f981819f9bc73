import { describe, expect, test } from 'vitest';
import type { Codec, SampleRate } from '../codec/codec.js';
import { PCMA, PCMU } from '../codec/g711.js';
import { G722 } from '../codec/g722.js';
import { loadOpus } from '../codec/opus.js';
import { writeRtpHeader } from '../rtp/rtp-header.js';
import { RtpView } from '../rtp/rtp-view.js';
import { randomOf } from '../testing/random.js';
import { amplitudeOf, rms, tone } from '../testing/tones.js';
import { AudioReceiver } from './audio-receiver.js';
import type { PutVerdict } from './playout.js';

interface Sender {
  readonly codec: Codec;
  readonly payloadType: number;
  readonly ptimeMs?: number;
  readonly ppm?: number;
  /** Undefined is lost. */
  readonly delayMs?: (index: number) => number | undefined;
  /** Until then nobody hears it, and it is gauged. */
  readonly gaugedMs?: number;
}

const view = new RtpView();

function put(
  receiver: AudioReceiver,
  payload: Uint8Array,
  at: { type: number; sequence: number; ticks: number; nowMs: number },
): PutVerdict {
  const bytes = new Uint8Array(12 + payload.length);
  writeRtpHeader(bytes, 0, at.type, false, at.sequence, at.ticks, 1);
  bytes.set(payload, 12);
  // No `expect`: it would cost more than all that is tested.
  if (view.read(bytes) !== undefined) throw new Error('What was written is no RTP');
  return receiver.put(view, at.nowMs);
}

/** What is heard, frame by frame of 20 ms, of a sound that is sent. */
function hear(
  samples: Int16Array,
  { codec, payloadType, ptimeMs = 20, ppm = 0, delayMs = () => 5, gaugedMs = 0 }: Sender,
  sampleRate: SampleRate,
): { heard: Int16Array; results: string[]; powers: number[]; receiver: AudioReceiver } {
  const receiver = new AudioReceiver({
    formats: [
      { payloadType: 0, codec: PCMU },
      { payloadType: 8, codec: PCMA },
      { payloadType, codec },
    ],
    sampleRate,
  });
  const encoder = codec.createEncoder();
  const length = (codec.sampleRate / 1000) * ptimeMs;
  const arrivals: { atMs: number; payload: Uint8Array; index: number }[] = [];
  for (let index = 0; (index + 1) * length <= samples.length; index++) {
    const delay = delayMs(index);
    const out = new Uint8Array(2000);
    const payload = out.subarray(0, encoder.encode(samples.subarray(index * length, (index + 1) * length), out));
    if (delay !== undefined) arrivals.push({ atMs: (index + 1) * ptimeMs * (1 - ppm / 1e6) + delay, payload, index });
  }
  arrivals.sort((a, b) => a.atMs - b.atMs);
  const results: string[] = [];
  const powers: number[] = [];
  const frame = sampleRate / 50;
  const frames = Math.floor(((samples.length / codec.sampleRate) * 1000 + 400) / 20);
  const heard = new Int16Array(frames * frame);
  let next = 0;
  for (let tick = 0; tick < frames; tick++) {
    const nowMs = tick * 20 + 7;
    for (; next < arrivals.length && arrivals[next]!.atMs <= nowMs; next++) {
      const { atMs, payload, index } = arrivals[next]!;
      put(receiver, payload, {
        type: payloadType,
        sequence: index & 0xffff,
        ticks: index * ptimeMs * (codec.clockRate / 1000),
        nowMs: atMs,
      });
    }
    const out = new Int16Array(frame).fill(77);
    const power = nowMs < gaugedMs ? receiver.gauge(frame, nowMs) : -1;
    powers.push(power);
    if (power < 0) results.push(receiver.read(out, nowMs));
    else if (nowMs + 20 >= gaugedMs) receiver.gauged(out);
    else out.fill(0);
    heard.set(out, tick * frame);
  }
  return { heard, results, powers, receiver };
}

const from = (heard: Int16Array, sampleRate: number, fromMs: number, toMs: number): Int16Array =>
  heard.subarray((fromMs * sampleRate) / 1000, (toMs * sampleRate) / 1000);

describe.each([8000, 16_000, 48_000] as const)('read at %d Hz', (sampleRate) => {
  test.each([10, 20, 30, 40, 60])('a tone in packets of %d ms is heard whole and pure', (ptimeMs) => {
    const samples = tone({ frequency: 500, sampleRate: 8000, amplitude: 8000, samples: 24_000 });
    const { heard, results } = hear(samples, { codec: PCMA, payloadType: 8, ptimeMs }, sampleRate);
    const middle = from(heard, sampleRate, 500, 2500);
    const level = amplitudeOf(middle, 500, sampleRate);
    expect(Math.abs(level - 8000)).toBeLessThan(150);
    expect(Math.sqrt(rms(middle) ** 2 - level ** 2 / 2) / level).toBeLessThan(0.02);
    expect(results.slice(20, 130)).not.toContain('concealed');
    expect(results.at(-1)).toBe('silence');
    expect(rms(heard.subarray(-sampleRate / 50))).toBe(0);
  });
});

test('1 % loss and 40 ms of jitter leave a tone nearly as it was', () => {
  const random = randomOf(7);
  const samples = tone({ frequency: 500, sampleRate: 8000, amplitude: 8000, samples: 160_000 });
  const { heard, results } = hear(
    samples,
    { codec: PCMU, payloadType: 0, delayMs: () => (random() < 0.01 ? undefined : 5 + random() * 40) },
    8000,
  );
  const later = from(heard, 8000, 1000, 19_000);
  const level = rms(later) / (8000 / Math.SQRT2);
  expect(level).toBeGreaterThan(0.97);
  expect(level).toBeLessThan(1.02);
  expect(results.slice(50, 950).filter((result) => result === 'concealed').length).toBeLessThan(25);
  // Per 20 ms, since changes of the delay move its phase.
  let pure = 0;
  for (let at = 0; at + 160 <= later.length; at += 160) {
    if (amplitudeOf(later.subarray(at, at + 160), 500, 8000) > 7600) pure++;
  }
  expect(pure / (later.length / 160)).toBeGreaterThan(0.97);
});

test.each([200, -200])('a clock that is %d ppm off is followed by stretching, and nothing is concealed', (ppm) => {
  const samples = tone({ frequency: 400, sampleRate: 8000, amplitude: 8000, samples: 8000 * 150 });
  const { heard, results, receiver } = hear(samples, { codec: PCMU, payloadType: 0, ppm }, 8000);
  expect(results.slice(10, 7400)).not.toContain('concealed');
  expect(results.slice(10, 7400)).not.toContain('silence');
  expect(receiver.counts.dropped + receiver.counts.late).toBe(0);
  let worst = 0;
  const middle = from(heard, 8000, 1000, 148_000);
  for (let i = 1; i < middle.length; i++) worst = Math.max(worst, Math.abs(middle[i]! - middle[i - 1]!));
  // A sine of 400 Hz at 8000 takes steps of 2514 at most.
  expect(worst).toBeLessThan(3200);
});

test('jitter that begins lengthens the delay, and its end shortens it again', () => {
  const random = randomOf(8);
  const samples = tone({ frequency: 400, sampleRate: 8000, amplitude: 8000, samples: 8000 * 60 });
  const delays: number[] = [];
  const receiver = new AudioReceiver({ formats: [{ payloadType: 0, codec: PCMU }], sampleRate: 8000 });
  const out = new Int16Array(160);
  const encoder = PCMU.createEncoder();
  const arrivals = Array.from({ length: 3000 }, (_, index) => {
    const payload = new Uint8Array(160);
    encoder.encode(samples.subarray(index * 160, index * 160 + 160), payload);
    return { index, payload, atMs: index * 20 + (index >= 500 && index < 1000 ? random() * 80 : 0) };
  }).sort((a, b) => a.atMs - b.atMs);
  for (let tick = 0, next = 0; tick < 2990; tick++) {
    const nowMs = tick * 20 + 7;
    for (; next < arrivals.length && arrivals[next]!.atMs <= nowMs; next++) {
      const { index, payload, atMs } = arrivals[next]!;
      put(receiver, payload, { type: 0, sequence: index, ticks: index * 160, nowMs: atMs });
    }
    delays.push(receiver.delayMs(nowMs));
    receiver.read(out, nowMs);
  }
  const mean = (from: number, to: number): number => delays.slice(from, to).reduce((a, b) => a + b, 0) / (to - from);
  expect(mean(400, 500)).toBeLessThan(45);
  expect(mean(600, 1000)).toBeGreaterThan(75);
  expect(mean(2700, 2990)).toBeLessThan(45);
});

test('a change of codec within the stream goes on', () => {
  const receiver = new AudioReceiver({
    formats: [
      { payloadType: 0, codec: PCMU },
      { payloadType: 8, codec: PCMA },
    ],
    sampleRate: 16_000,
  });
  const out = new Int16Array(320);
  const results: string[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < 100; index++) {
    const codec = index < 50 ? PCMU : PCMA;
    const payload = new Uint8Array(160);
    const samples = tone({ frequency: 400, sampleRate: 8000, amplitude: 8000, samples: 160, from: index * 160 });
    codec.createEncoder().encode(samples, payload);
    put(receiver, payload, { type: index < 50 ? 0 : 8, sequence: index, ticks: index * 160, nowMs: index * 20 });
    results.push(receiver.read(out, index * 20 + 10));
    if (index > 5) least = Math.min(least, amplitudeOf(out, 400, 16_000));
  }
  expect(results.slice(3)).toEqual(Array.from({ length: 97 }, () => 'audio'));
  expect(least).toBeGreaterThan(7000);
  expect(receiver.codec).toBe(PCMA);
});

test('what came while nobody read is not heard, and what comes then is not late', () => {
  const receiver = new AudioReceiver({ formats: [{ payloadType: 0, codec: PCMU }], sampleRate: 8000 });
  const encoder = PCMU.createEncoder();
  const out = new Int16Array(160);
  const heard = { secret: 0, said: 0 };
  for (let index = 0; index < 300; index++) {
    const isUnread = index >= 50 && index < 200;
    const payload = new Uint8Array(160);
    const frequency = isUnread ? 1000 : 500;
    encoder.encode(tone({ frequency, sampleRate: 8000, amplitude: 8000, samples: 160 }), payload);
    put(receiver, payload, { type: 0, sequence: index, ticks: index * 160, nowMs: index * 20 });
    if (isUnread) continue;
    receiver.read(out, index * 20 + 10);
    if (index < 203) continue;
    heard.secret = Math.max(heard.secret, amplitudeOf(out, 1000, 8000));
    heard.said = Math.max(heard.said, amplitudeOf(out, 500, 8000));
  }
  expect(heard.secret).toBeLessThan(200);
  expect(heard.said).toBeGreaterThan(7500);
  expect(receiver.delayMs(299 * 20 + 10)).toBeLessThan(40);
});

test('payload types that mean nothing, or no more, are refused and silent', () => {
  const receiver = new AudioReceiver({ formats: [{ payloadType: 0, codec: PCMU }], sampleRate: 8000 });
  const at = { type: 0, sequence: 1, ticks: 160, nowMs: 0 };
  expect(put(receiver, new Uint8Array(160), { ...at, type: 9 })).toBe('payload-type');
  expect(put(receiver, new Uint8Array(160), at)).toBe('kept');
  receiver.setFormats([{ payloadType: 8, codec: PCMA }]);
  const out = new Int16Array(160);
  expect(receiver.read(out, 100)).toBe('silence');
  expect(put(receiver, new Uint8Array(160), { ...at, sequence: 2, ticks: 320, nowMs: 20 })).toBe('payload-type');
  receiver.free();
});

describe('who is only gauged', () => {
  const samples = tone({ frequency: 500, sampleRate: 8000, amplitude: 8000, samples: 8000 * 6 });

  test.each([10, 20, 30, 40, 60])('is heard whole when somebody listens, after packets of %d ms', (ptimeMs) => {
    const { heard, powers } = hear(samples, { codec: PCMA, payloadType: 8, ptimeMs, gaugedMs: 3000 }, 8000);
    for (const power of powers.slice(10, 149)) expect(Math.abs(power / 32e6 - 1)).toBeLessThan(0.02);
    expect(Math.abs(amplitudeOf(from(heard, 8000, 3000, 5000), 500, 8000) - 8000)).toBeLessThan(150);
    let worst = 0;
    for (let i = 3000 * 8; i < 5500 * 8; i++) worst = Math.max(worst, Math.abs(heard[i]! - heard[i - 1]!));
    // A sine of 500 Hz at 8000 takes steps of 3142 at most.
    expect(worst).toBeLessThan(3300);
  });

  test('is heard from the packet on that was gauged last', () => {
    const { heard } = hear(samples, { codec: PCMU, payloadType: 0, gaugedMs: 3000 }, 8000);
    const first = from(heard, 8000, 2980, 3000);
    expect(rms(from(heard, 8000, 2900, 2980))).toBe(0);
    expect(rms(first)).toBeGreaterThan(5000);
  });

  test.each([
    ['steady', (): number => 5],
    ['40 ms of jitter', (index: number): number => 5 + ((index * 37) % 41)],
    ['a pause', (index: number): number => (index >= 50 && index < 55 ? 105 : 5)],
  ])('has the delay of who is heard: %s', (_name, delayMs) => {
    const sender = { codec: PCMU, payloadType: 0, delayMs };
    const delays = [0, 5900].map((gaugedMs) => {
      const { receiver } = hear(samples, { ...sender, gaugedMs }, 8000);
      return receiver.counts;
    });
    expect(Math.abs(delays[1]!.kept - delays[0]!.kept)).toBeLessThanOrEqual(2);
    expect(Math.abs(delays[1]!.missing - delays[0]!.missing)).toBeLessThanOrEqual(3);
    expect(Math.abs(delays[1]!.dropped - delays[0]!.dropped)).toBeLessThanOrEqual(1);
  });

  test('leaves nothing of what was passed over in what is concealed', () => {
    const receiver = new AudioReceiver({ formats: [{ payloadType: 0, codec: PCMU }], sampleRate: 8000 });
    const out = new Int16Array(160);
    const payload = new Uint8Array(160);
    PCMU.createEncoder().encode(samples.subarray(0, 160), payload);
    for (let index = 0; index < 50; index++) {
      put(receiver, payload, { type: 0, sequence: index, ticks: index * 160, nowMs: index * 20 });
      if (index < 5 || receiver.gauge(160, index * 20 + 5) < 0) receiver.read(out, index * 20 + 5);
    }
    expect(receiver.gauge(160, 1005)).toBeGreaterThan(0);
    expect([receiver.read(out, 1025), rms(out)]).toEqual(['concealed', 0]);
  });

  test.each([
    ['G.722', () => G722, 8000],
    ['Opus', loadOpus, 8000],
    ['G.711 at another rate', () => PCMU, 16_000],
  ] as const)('is not, of %s', async (_name, load, sampleRate) => {
    const codec = await load();
    const sound = tone({ frequency: 500, sampleRate: codec.sampleRate, amplitude: 8000, samples: codec.sampleRate });
    const { powers } = hear(sound, { codec, payloadType: 9, gaugedMs: 1000 }, sampleRate);
    expect(powers.every((power) => power === -1)).toBe(true);
  });

  test('is silent when nothing comes any more, and goes on with another codec', () => {
    const { powers } = hear(samples.subarray(0, 8000), { codec: PCMU, payloadType: 0, gaugedMs: 6000 }, 8000);
    expect(powers.slice(-10)).toEqual(powers.slice(-10).map(() => 0));
    const receiver = new AudioReceiver({
      formats: [
        { payloadType: 0, codec: PCMU },
        { payloadType: 8, codec: PCMA },
      ],
      sampleRate: 8000,
    });
    const out = new Int16Array(160);
    for (let index = 0; index < 100; index++) {
      const codec = index < 50 ? PCMU : PCMA;
      const payload = new Uint8Array(160);
      codec.createEncoder().encode(samples.subarray(0, 160), payload);
      put(receiver, payload, { type: codec === PCMU ? 0 : 8, sequence: index, ticks: index * 160, nowMs: index * 20 });
      if (receiver.gauge(160, index * 20 + 5) < 0) receiver.read(out, index * 20 + 5);
    }
    expect(receiver.codec).toBe(PCMA);
    expect(receiver.gauge(160, 2005)).toBeCloseTo(32e6, -6);
    receiver.gauged(out);
    expect(amplitudeOf(out.subarray(80), 500, 8000)).toBeCloseTo(8000, -3);
  });
});
