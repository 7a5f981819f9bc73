import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeRtpHeader } from '../rtp/rtp-header.js';
import { RtpView } from '../rtp/rtp-view.js';
import { DtmfReceiver } from './dtmf-receiver.js';
import { DtmfSender } from './dtmf-sender.js';
import { digitOfEvent, eventOfDigit, writeTelephoneEvent } from './telephone-event.js';

interface Event {
  readonly digit: string;
  readonly timestamp: number;
  readonly duration: number;
  readonly end?: boolean;
  readonly atMs?: number;
}

const view = new RtpView();

function put(receiver: DtmfReceiver, { digit, timestamp, duration, end = false, atMs = 0 }: Event): string | undefined {
  const bytes = new Uint8Array(16);
  writeRtpHeader(bytes, 0, 101, false, 1, timestamp, 1);
  writeTelephoneEvent(bytes, 12, eventOfDigit(digit)!, end, 10, duration);
  view.read(bytes);
  return receiver.put(view, atMs);
}

/** One press as phones send it: an update each 20 ms and the end three times. */
function press(digit: string, timestamp: number, updates = 5): Event[] {
  const duration = (n: number): number => (n + 1) * 160;
  return [
    ...Array.from({ length: updates }, (_, n) => ({
      digit,
      timestamp,
      duration: duration(n),
      atMs: timestamp / 8 + n * 20,
    })),
    ...Array.from({ length: 3 }, () => ({
      digit,
      timestamp,
      duration: duration(updates),
      end: true,
      atMs: timestamp / 8 + updates * 20,
    })),
  ];
}

const told = (events: readonly Event[]): string => {
  const receiver = new DtmfReceiver();
  return events.map((event) => put(receiver, event) ?? '').join('');
};

describe('DtmfReceiver', () => {
  const one = press('5', 8000);
  const two = press('5', 12_000);
  test.each<[string, readonly Event[], string]>([
    ['a press', one, '5'],
    ['the same key twice', [...one, ...two], '55'],
    ['every key', [...'0123456789*#ABCD'].flatMap((digit, n) => press(digit, 8000 + n * 4000)), '0123456789*#ABCD'],
    ['a press whose start is lost', one.slice(2), '5'],
    ['a press of which only an end is left', one.slice(-1), '5'],
    ['a press whose end is lost, then the same key', [...one.slice(0, 4), ...two], '55'],
    ['packets that come twice', one.flatMap((event) => [event, event]), '5'],
    ['packets in the wrong order', one.toReversed(), '5'],
    ['a straggler of the press before', [...one.slice(0, 7), ...two.slice(0, 2), one[7]!, ...two.slice(2)], '55'],
    [
      'a long press in segments',
      [
        { digit: '7', timestamp: 0, duration: 0xff00, atMs: 8160 },
        { digit: '7', timestamp: 0, duration: 0xffff, atMs: 8191 },
        { digit: '7', timestamp: 0xffff, duration: 160, atMs: 8211 },
        { digit: '7', timestamp: 0xffff, duration: 320, end: true, atMs: 8231 },
      ],
      '7',
    ],
    ['a timestamp near its wrap', [...press('1', 2 ** 32 - 200), ...press('2', 4000)], '12'],
  ])('tells %s', (_name, events, digits) => {
    expect(told(events)).toBe(digits);
  });

  test('tells nothing of other events and of what is too short', () => {
    const receiver = new DtmfReceiver();
    const bytes = new Uint8Array(16);
    writeRtpHeader(bytes, 0, 101, false, 1, 1, 1);
    for (const event of [16, 32, 255]) {
      bytes[12] = event;
      view.read(bytes);
      expect(receiver.put(view, 0)).toBeUndefined();
    }
    bytes[12] = 1;
    view.read(bytes, 15);
    expect(receiver.put(view, 0)).toBeUndefined();
    view.read(bytes, 16);
    expect(receiver.put(view, 0)).toBe('1');
  });

  test('knows which key is down, until its end or until nothing more comes', () => {
    const receiver = new DtmfReceiver();
    put(receiver, { digit: '3', timestamp: 1, duration: 160, atMs: 1000 });
    expect(receiver.pressed(1050)).toBe('3');
    expect(receiver.pressed(1200)).toBeUndefined();
    put(receiver, { digit: '3', timestamp: 1, duration: 320, end: true, atMs: 1210 });
    expect(receiver.pressed(1210)).toBeUndefined();
  });
});

describe('DtmfSender', () => {
  const send = (sender: DtmfSender, steps: number): (Event & { marker: boolean; volume: number })[] => {
    const out = new Uint8Array(8);
    const packets: (Event & { marker: boolean; volume: number })[] = [];
    for (let step = 0; step < steps; step++) {
      const packet = sender.next(out, 4, step * 160);
      if (packet === undefined) continue;
      expect(packet.length).toBe(4);
      packets.push({
        digit: digitOfEvent(out[4]!)!,
        timestamp: packet.timestamp,
        duration: (out[6]! << 8) | out[7]!,
        end: out[5]! >= 0x80,
        volume: out[5]! & 0x3f,
        marker: packet.marker,
        atMs: step * 20,
      });
    }
    return packets;
  };

  test('sends updates, three ends and a pause for each key, all with the time of the press', () => {
    const sender = new DtmfSender({ clockRate: 8000, stepMs: 20 });
    expect(sender.press('1#')).toBe(true);
    const packets = send(sender, 40);
    expect(sender.isBusy).toBe(false);
    expect(packets.filter(({ digit }) => digit === '1')).toEqual(
      [160, 320, 480, 640, 800, 800, 800].map((duration, n) => ({
        digit: '1',
        timestamp: 0,
        duration,
        end: n >= 4,
        volume: 10,
        marker: n === 0,
        atMs: n * 20,
      })),
    );
    expect(packets.find(({ digit }) => digit === '#')?.atMs).toBe(200);
    expect(packets).toHaveLength(14);
  });

  test('is understood, with any half of its packets lost but not all of one press', () => {
    const digits = '0123456789*#ABCDD00';
    const sender = new DtmfSender({ clockRate: 8000, stepMs: 20 });
    sender.press(digits);
    const packets = send(sender, 1000);
    fc.assert(
      fc.property(fc.infiniteStream(fc.boolean()), (keeps) => {
        const kept = packets.filter(() => keeps.next().value);
        const lost = new Set(packets.map(({ timestamp }) => timestamp));
        for (const { timestamp } of kept) lost.delete(timestamp);
        const all = [...kept, ...packets.filter(({ timestamp, marker }) => marker && lost.has(timestamp))];
        expect(told(all.sort((a, b) => a.timestamp - b.timestamp))).toBe(digits);
      }),
      { numRuns: 50 },
    );
  });

  test('refuses what is no key, and takes small letters', () => {
    const sender = new DtmfSender({ clockRate: 8000, stepMs: 20 });
    expect(sender.press('1x')).toBe(false);
    expect(sender.isBusy).toBe(false);
    expect(sender.press('d')).toBe(true);
    expect(send(sender, 20)[0]?.digit).toBe('D');
  });
});
