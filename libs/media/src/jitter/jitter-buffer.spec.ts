import { describe, expect, test } from 'vitest';
import { writeRtpHeader } from '../rtp/rtp-header.js';
import { RtpView } from '../rtp/rtp-view.js';
import { randomOf } from '../testing/random.js';
import { JitterBuffer } from './jitter-buffer.js';
import type { PutVerdict } from './playout.js';

interface Packet {
  /** When it is sent, by the receiver's clock. */
  readonly sentMs: number;
  readonly timestamp: number;
  readonly sequence: number;
  readonly bytes?: number;
  readonly marker?: boolean;
  /** When it arrives after that; lost if undefined. */
  readonly delayMs: number | undefined;
}

/** A take's answer, and how long after it was sent a packet is played. */
interface Played {
  readonly atMs: number;
  readonly what: number | 'missing' | 'silence';
  readonly delayMs: number;
}

const view = new RtpView();
const fresh = (): JitterBuffer => new JitterBuffer({ clockRate: 8000, ticksOf: (_, payload) => payload.length });

function put(buffer: JitterBuffer, packet: Packet, nowMs: number): PutVerdict {
  const bytes = new Uint8Array(12 + (packet.bytes ?? 160));
  writeRtpHeader(bytes, 0, 0, packet.marker ?? false, packet.sequence, packet.timestamp, 1);
  // No `expect`: it would cost more than all that is tested.
  if (view.read(bytes) !== undefined) throw new Error('What was written is no RTP');
  return buffer.put(view, nowMs);
}

/** Plays a stream: packets as they arrive, a take for each `ticks` that are needed, by a clock that ticks each 20 ms with a phase of 7. */
function play(
  packets: readonly Packet[],
  buffer = fresh(),
): {
  readonly played: readonly Played[];
  readonly buffer: JitterBuffer;
} {
  const arrivals = packets
    .filter((packet) => packet.delayMs !== undefined)
    .map((packet) => ({ packet, atMs: packet.sentMs + packet.delayMs! }))
    .sort((a, b) => a.atMs - b.atMs);
  const sentAt = new Map(packets.map((packet) => [packet.timestamp, packet.sentMs]));
  const played: Played[] = [];
  const endMs = packets.at(-1)!.sentMs + 300;
  let next = 0;
  let heldMs = 0;
  let lastMs = 20;
  for (let nowMs = packets[0]!.sentMs + 7; nowMs < endMs; nowMs += 20) {
    for (; next < arrivals.length && arrivals[next]!.atMs <= nowMs; next++)
      put(buffer, arrivals[next]!.packet, arrivals[next]!.atMs);
    while (heldMs < 20) {
      const result = buffer.take(nowMs);
      if (result === 'silence') heldMs = 20;
      else if (result !== 'missing') lastMs = result.ticks / 8;
      const what = typeof result === 'string' ? result : result.timestamp;
      const wrapped = typeof what === 'number' ? what % 2 ** 32 : Number.NaN;
      played.push({ atMs: nowMs, what, delayMs: nowMs + heldMs - (sentAt.get(wrapped) ?? Number.NaN) });
      if (result !== 'silence') heldMs += lastMs;
    }
    heldMs -= 20;
  }
  return { played, buffer };
}

function stream(
  count: number,
  { ptimeMs = 20, firstTimestamp = 1000, firstSequence = 100, ppm = 0 } = {},
  delayMs: (index: number) => number | undefined = () => 5,
): Packet[] {
  return Array.from({ length: count }, (_, index) => ({
    sentMs: index * ptimeMs * (1 - ppm / 1e6),
    timestamp: (firstTimestamp + index * ptimeMs * 8) % 2 ** 32,
    sequence: (firstSequence + index) & 0xffff,
    bytes: ptimeMs * 8,
    delayMs: delayMs(index),
  }));
}

const frames = (played: readonly Played[]): Played[] => played.filter(({ what }) => typeof what === 'number');
const count = (played: readonly Played[], what: 'missing' | 'silence'): number =>
  played.filter((one) => one.what === what).length;
const meanDelayMs = (played: readonly Played[]): number =>
  frames(played).reduce((sum, { delayMs }) => sum + delayMs, 0) / frames(played).length;

function expectInOrder(played: readonly Played[]): void {
  const stamps = frames(played).map(({ what }) => what as number);
  expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
  expect(new Set(stamps).size).toBe(stamps.length);
}

/** Between the first and the last packet that is played. */
function during(played: readonly Played[]): Played[] {
  const isFrame = ({ what }: Played): boolean => typeof what === 'number';
  return played.slice(played.findIndex(isFrame), played.findLastIndex(isFrame) + 1);
}

describe('a stream without jitter', () => {
  test.each([10, 20, 30, 40, 60])('of %d ms packets is played whole, after little more than a packet', (ptimeMs) => {
    const { played } = play(stream(600, { ptimeMs }));
    expectInOrder(played);
    expect(frames(played)).toHaveLength(600);
    // Where a tick takes two packets the delay grows once, until the second has arrived as well.
    expect(count(during(played), 'missing')).toBeLessThanOrEqual(ptimeMs % 20 === 0 ? 0 : 1);
    expect(meanDelayMs(played.slice(-100))).toBeLessThan(5 + 2 * ptimeMs + 20);
  });

  test('is played whole over the wraps of timestamp and sequence number', () => {
    const { played } = play(stream(300, { firstTimestamp: 2 ** 32 - 16_000, firstSequence: 65_500 }));
    expect(frames(played)).toHaveLength(300);
    expect(count(during(played), 'missing')).toBe(0);
  });

  test('may change the length of its packets', () => {
    const second = stream(100, { ptimeMs: 40 }).map((packet) => ({
      ...packet,
      sentMs: packet.sentMs + 2000,
      timestamp: packet.timestamp + 16_000,
      sequence: packet.sequence + 100,
    }));
    const { played } = play([...stream(100), ...second]);
    expect(frames(played)).toHaveLength(200);
    expect(count(during(played), 'missing')).toBeLessThanOrEqual(2);
  });
});

describe('jitter', () => {
  test('of 40 ms costs less than 1 % of the packets after the first second, and less than 80 ms of delay', () => {
    const random = randomOf(1);
    const { played } = play(stream(3000, {}, () => 5 + random() * 40));
    expectInOrder(played);
    const later = during(played).filter(({ atMs }) => atMs > 1000);
    expect(count(later, 'missing') / later.length).toBeLessThan(0.01);
    expect(meanDelayMs(later)).toBeLessThan(80);
    expect(meanDelayMs(later)).toBeGreaterThan(40);
  });

  test('that begins is answered within a second, and forgotten within half a minute after it ends', () => {
    const random = randomOf(2);
    const isRough = (index: number): boolean => index >= 500 && index < 1000;
    const { played } = play(stream(3000, {}, (index) => 5 + (isRough(index) ? random() * 80 : 0)));
    const between = (from: number, to: number): Played[] => played.filter(({ atMs }) => atMs >= from && atMs < to);
    expect(meanDelayMs(between(5000, 10_000))).toBeLessThan(45);
    expect(count(between(11_000, 20_000), 'missing')).toBeLessThan(10);
    expect(meanDelayMs(between(12_000, 20_000))).toBeGreaterThan(75);
    expect(meanDelayMs(between(50_000, 60_000))).toBeLessThan(50);
  });

  test('that reorders packets is put right', () => {
    const { played, buffer } = play(stream(1000, {}, (index) => (index % 5 === 2 ? 30 : 5)));
    expectInOrder(played);
    expect(buffer.counts.late).toBeLessThan(3);
    expect(frames(played).length).toBeGreaterThan(990);
  });

  test('beyond the ceiling is not waited for', () => {
    const random = randomOf(3);
    const { played, buffer } = play(stream(2000, {}, () => 5 + random() * 900));
    expectInOrder(played);
    expect(Math.max(...frames(played).map(({ delayMs }) => delayMs))).toBeLessThan(5 + 900 + 20);
    expect(meanDelayMs(played)).toBeLessThan(5 + 200 + 40);
    expect(buffer.counts.late).toBeGreaterThan(500);
  });
});

describe('loss', () => {
  test('of 1 % is told, packet by packet, and moves nothing else', () => {
    const random = randomOf(4);
    const packets = stream(2000, {}, () => (random() < 0.01 ? undefined : 5));
    const lost = packets.filter(({ delayMs }) => delayMs === undefined).length;
    const { played } = play(packets);
    expect(count(during(played), 'missing')).toBe(lost);
    const delays = frames(played).map(({ delayMs }) => delayMs);
    expect(Math.max(...delays) - Math.min(...delays)).toBeLessThanOrEqual(20);
  });

  test('in bursts is concealed for 100 ms and then silence, and what follows comes in time', () => {
    const packets = stream(500, {}, (index) => (index >= 100 && index < 112 ? undefined : 5));
    const { played } = play(packets);
    expect(count(during(played), 'missing')).toBe(5);
    expect(count(during(played), 'silence')).toBeGreaterThan(5);
    expect(count(during(played), 'silence')).toBeLessThan(10);
    expect(frames(played)).toHaveLength(488);
  });

  test('with jitter is both', () => {
    const random = randomOf(5);
    const packets = stream(3000, {}, () => (random() < 0.01 ? undefined : 5 + random() * 40));
    const lost = packets.filter(({ delayMs }) => delayMs === undefined).length;
    const later = during(play(packets).played);
    expect(count(later, 'missing')).toBeLessThan(lost + 30);
  });
});

describe('a sender whose clock is off', () => {
  test.each([200, -200])('by %d ppm is followed for ten minutes without the delay growing or running out', (ppm) => {
    const random = randomOf(6);
    const { played, buffer } = play(stream(30_000, { ppm }, () => 5 + random() * 5));
    expectInOrder(played);
    const between = (from: number, to: number): Played[] => played.filter(({ atMs }) => atMs >= from && atMs < to);
    expect(Math.abs(meanDelayMs(between(500_000, 590_000)) - meanDelayMs(between(20_000, 60_000)))).toBeLessThan(35);
    // 200 ppm of ten minutes are 120 ms: six packets.
    const moved = ppm > 0 ? buffer.counts.dropped : buffer.counts.repeated + buffer.counts.missing;
    expect(moved).toBeGreaterThanOrEqual(4);
    expect(moved).toBeLessThanOrEqual(12);
  });
});

describe('pauses', () => {
  test('are silence, and what comes after them is played whole', () => {
    const first = stream(100);
    const second = stream(100).map((packet) => ({
      ...packet,
      sentMs: packet.sentMs + 10_000,
      timestamp: packet.timestamp + 80_000,
      sequence: packet.sequence + 100,
      marker: packet.sequence === 100,
    }));
    const { played } = play([...first, ...second]);
    expect(frames(played)).toHaveLength(200);
    expect(count(during(played), 'missing')).toBe(5);
    expect(count(during(played), 'silence')).toBeGreaterThan(380);
  });

  test('of the sequence numbers only, as telephone events make them, are no loss', () => {
    const packets = stream(200).map((packet, index) => ({
      ...packet,
      sequence: packet.sequence + (index >= 100 ? 13 : 0),
    }));
    expect(count(during(play(packets).played), 'missing')).toBe(0);
  });
});

describe('a timestamp that jumps', () => {
  test.each([
    ['forward', 1_000_000],
    ['backward', -40_000],
    ['anywhere', 2_147_483_000],
  ])('%s costs one packet', (_name, by) => {
    const packets = stream(400, { firstTimestamp: 100_000 }).map((packet, index) =>
      index < 200 ? packet : { ...packet, timestamp: (packet.timestamp + by + 2 ** 32) % 2 ** 32 },
    );
    const { played, buffer } = play(packets);
    expect(buffer.counts.kept).toBe(399);
    expect(frames(played).length).toBeGreaterThanOrEqual(395);
  });

  test('once, by a stray packet, changes nothing', () => {
    const buffer = fresh();
    const stray = { sentMs: 0, timestamp: 3_000_000_000, sequence: 9999, delayMs: 0 };
    const verdicts: string[] = [];
    const taken: string[] = [];
    for (const [index, packet] of stream(50).entries()) {
      put(buffer, packet, packet.sentMs);
      if (index % 10 === 5) {
        const timestamp = 3_000_000_000 - index * 1e7;
        verdicts.push(put(buffer, { ...stray, sequence: 9999 + index * 50, timestamp }, packet.sentMs));
      }
      taken.push(typeof buffer.take(packet.sentMs));
    }
    expect(verdicts).toEqual(Array.from({ length: 5 }, () => 'jump'));
    expect(taken.slice(3)).toEqual(Array.from({ length: 47 }, () => 'object'));
  });
});

describe('put', () => {
  test('tells duplicates from late packets, whether they wait or were played', () => {
    const buffer = fresh();
    const packets = stream(20);
    for (const packet of packets) {
      if (packet.sequence === 105) continue;
      expect(put(buffer, packet, packet.sentMs)).toBe('kept');
      expect(put(buffer, packet, packet.sentMs)).toBe('duplicate');
      buffer.take(packet.sentMs + 10);
    }
    expect(put(buffer, packets[3]!, 400)).toBe('duplicate');
    expect(put(buffer, packets[5]!, 400)).toBe('late');
  });

  test('refuses what the codec can not read', () => {
    const buffer = fresh();
    for (const bytes of [0, 961, 2001]) expect(put(buffer, { ...stream(1)[0]!, bytes }, 0)).toBe('malformed');
    expect(buffer.take(100)).toBe('silence');
  });

  test('holds a flood to its places, and keeps the newest', () => {
    const buffer = fresh();
    for (const packet of stream(1000, { ptimeMs: 10 })) put(buffer, packet, packet.sentMs);
    expect(buffer.counts.dropped).toBe(1000 - 64);
    const result = buffer.take(10_000);
    expect(typeof result === 'object' && result.timestamp).toBeGreaterThan(1000 + 80 * (1000 - 25));
  });
});
