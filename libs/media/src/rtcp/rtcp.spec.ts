import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReceptionStatistics } from '../rtp/reception-statistics.js';
import { type RtcpListener, type RtcpProblem, readRtcp } from './read-rtcp.js';
import { RtcpSession } from './rtcp-session.js';
import { emptyReportBlock } from './rtcp-types.js';
import {
  writeBye,
  writeCname,
  writeFullIntra,
  writePictureLoss,
  writeReceiverReport,
  writeSenderReport,
} from './write-rtcp.js';

/** Everything that was told, in its order. */
function told(bytes: Uint8Array, length = bytes.length): unknown[] | RtcpProblem {
  const said: unknown[] = [];
  const names = ['senderReport', 'reportBlock', 'cname', 'bye', 'app', 'pictureLoss', 'fullIntra', 'nack'] as const;
  const listener: RtcpListener = Object.fromEntries(
    names.map((name) => [name, (...args: unknown[]) => void said.push([name, ...structuredClone(args)])]),
  );
  return readRtcp(bytes, length, listener) ?? said;
}

const info = {
  ntpSeconds: 0xdeadbeef,
  ntpFraction: 0x80000000,
  rtpTimestamp: 0xfffffff0,
  packets: 100,
  octets: 16_000,
};
const block = {
  ssrc: 0xcafe,
  fractionLost: 64,
  cumulativeLost: 25,
  extendedHighestSequence: 0x1_0063,
  jitter: 79,
  lastSenderReport: 0xbeef8000,
  delaySinceLastSenderReport: 65_536,
};

describe('a compound', () => {
  test('is read as it was written', () => {
    const out = new Uint8Array(500);
    let end = writeSenderReport(out, 0, 1, info, block);
    end = writeCname(out, end, 1, 'abc');
    end = writeFullIntra(out, end, 1, 7, 200);
    end = writePictureLoss(out, end, 1, 8);
    end = writeBye(out, end, 1);
    expect(end).toBe(52 + 16 + 20 + 12 + 8);
    expect(told(out, end)).toEqual([
      ['senderReport', 1, info],
      ['reportBlock', 1, block],
      ['cname', 1, 'abc'],
      ['fullIntra', 1, 7, 200],
      ['pictureLoss', 1, 8],
      ['bye', 1],
    ]);
  });

  test.each(['', 'a', 'ab', 'abcd', 'x'.repeat(255)])('takes a CNAME of any length: %s', (cname) => {
    const out = new Uint8Array(500).fill(0xff);
    const end = writeCname(out, writeReceiverReport(out, 0, 5), 5, cname);
    expect(end % 4).toBe(0);
    expect(told(out, end)).toEqual([['cname', 5, cname]]);
  });

  test('may hold what is written by others only', () => {
    const bytes = Uint8Array.from(
      [
        // A receiver report of two blocks, the second with a negative loss.
        [0x82, 201, 0, 13, 0, 0, 0, 1],
        [0, 0, 0, 2, 255, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6],
        [0, 0, 0, 3, 0, 0xff, 0xff, 0xfe, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6],
        // Two chunks of SDES, with a name between.
        [0x82, 202, 0, 6, 0, 0, 0, 1, 1, 1, 0x61, 2, 2, 0x62, 0x63, 0, 0, 0, 0, 2, 1, 2, 0x64, 0x65, 0, 0, 0, 0],
        [0x80, 204, 0, 3, 0, 0, 0, 1, 0x6e, 0x61, 0x6d, 0x65, 1, 2, 3, 4],
        // Two NACK entries; REMB; an extended report (RFC 3611), which is passed over.
        [0x81, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 9, 0x12, 0x34, 0, 1, 0x22, 0x22, 0, 0],
        [0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 0x52, 0x45, 0x4d, 0x42, 1, 2, 3, 4, 0, 0, 0, 9],
        [0x80, 207, 0, 1, 0, 0, 0, 1],
        // BYE of two with padding at the end.
        [0xa2, 203, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 4],
      ].flat(),
    );
    expect(told(bytes)).toEqual([
      ['reportBlock', 1, expect.objectContaining({ ssrc: 2, fractionLost: 255, cumulativeLost: 1 })],
      ['reportBlock', 1, expect.objectContaining({ ssrc: 3, cumulativeLost: -2 })],
      ['cname', 1, 'a'],
      ['cname', 2, 'de'],
      ['app', 1, 'name'],
      ['nack', 1, 9, 0x1234, 1],
      ['nack', 1, 9, 0x2222, 0],
      ['bye', 1],
      ['bye', 2],
    ]);
  });

  test.each<[string, number[], RtcpProblem]>([
    ['nothing', [], 'too-short'],
    ['half a header', [0x80, 201, 0, 0], 'too-short'],
    ['another version', [0x40, 201, 0, 1, 0, 0, 0, 1], 'version'],
    ['an RTP packet', [0x80, 0, 0, 1, 0, 0, 0, 1], 'type'],
    ['a length beyond the end', [0x80, 201, 0, 2, 0, 0, 0, 1], 'length'],
    ['a rest', [0x80, 201, 0, 1, 0, 0, 0, 1, 0x80, 201], 'length'],
    ['padding in the middle', [0xa0, 201, 0, 1, 0, 0, 0, 4, 0x80, 201, 0, 1, 0, 0, 0, 1], 'padding'],
    ['padding of nothing', [0xa0, 201, 0, 1, 0, 0, 0, 0], 'padding'],
    ['more padding than there is', [0xa0, 201, 0, 1, 0, 0, 0, 8], 'padding'],
  ])('of %s is refused, and nothing is told', (_name, bytes, problem) => {
    expect(told(Uint8Array.from(bytes))).toBe(problem);
  });

  test('of anything at all does no harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(7), (bytes, type) => {
        if (bytes.length >= 4) {
          bytes[0] = 0x80 | (bytes[0]! & 0x1f);
          bytes[1] = 200 + type;
          bytes[2] = 0;
          bytes[3] = Math.floor(bytes.length / 4) - 1;
        }
        const whole = bytes.subarray(0, bytes.length - (bytes.length % 4));
        expect(['object', 'string']).toContain(typeof told(whole));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('RtcpSession', () => {
  const session = (ssrc: number, epochMs = 1_800_000_000_000): RtcpSession =>
    new RtcpSession({ ssrc, cname: `c${ssrc}`, clockRate: 8000, epochMs, random: () => 0.5 });

  /** Takes what one side writes in at the other. */
  function deliver(bytes: Uint8Array, length: number, to: RtcpSession, nowMs: number): void {
    const problem = readRtcp(bytes, length, {
      senderReport: (_ssrc, senderInfo) => to.senderReport(senderInfo, nowMs),
      reportBlock: (_reporter, reportBlock) => to.reportBlock(reportBlock, nowMs),
    });
    expect(problem).toBeUndefined();
  }

  test('finds the round trip from what both sides report, though their clocks differ', () => {
    const a = session(1);
    const b = session(2, 1_700_000_000_123);
    const out = new Uint8Array(300);
    const fromB = { ssrc: 2, statistics: new ReceptionStatistics({ clockRate: 8000 }) };
    const fromA = { ssrc: 1, statistics: new ReceptionStatistics({ clockRate: 8000 }) };
    fromA.statistics.received(1, 160, 0);
    a.sent(160, 160, 1000);
    deliver(out, a.write(out, 1000, fromB), b, 1040);
    deliver(out, b.write(out, 3040, fromA), a, 3075);
    expect(a.roundTripMs).toBeCloseTo(75, 1);
    expect(b.roundTripMs).toBeUndefined();
  });

  test('reports as a sender only what was sent since, with the timestamp of now', () => {
    const a = session(1);
    const out = new Uint8Array(300);
    a.sent(0xffff_ffff, 160, 990);
    const first = told(out, a.write(out, 1000, undefined));
    expect(first).toEqual([
      [
        'senderReport',
        1,
        { ntpSeconds: 1_800_000_001 + 2_208_988_800, ntpFraction: 0, rtpTimestamp: 79, packets: 1, octets: 160 },
      ],
      ['cname', 1, 'c1'],
    ]);
    expect(told(out, a.write(out, 2000, undefined, true))).toEqual([
      ['cname', 1, 'c1'],
      ['bye', 1],
    ]);
    expect(out[1]).toBe(201);
  });

  test('reports what was lost of the peer', () => {
    const statistics = new ReceptionStatistics({ clockRate: 8000 });
    for (const sequence of [1, 2, 4]) statistics.received(sequence, sequence * 160, sequence * 20);
    const out = new Uint8Array(300);
    const report = told(out, session(1).write(out, 1000, { ssrc: 9, statistics }));
    expect(report).toContainEqual([
      'reportBlock',
      1,
      { ...emptyReportBlock(), ssrc: 9, fractionLost: 64, cumulativeLost: 1, extendedHighestSequence: 4 },
    ]);
  });

  test.each([0, 0.5, 0.999])('is due first after half and then after whole intervals (random %d)', (random) => {
    const one = new RtcpSession({ ssrc: 1, cname: 'c', clockRate: 8000, epochMs: 0, random: () => random });
    const out = new Uint8Array(300);
    const intervalMs = (5000 * (0.5 + random)) / (Math.E - 1.5);
    expect(one.isDue(0)).toBe(false);
    expect(one.isDue(intervalMs / 2 - 1)).toBe(false);
    expect(one.isDue(intervalMs / 2)).toBe(true);
    one.write(out, 10_000, undefined);
    expect(one.isDue(10_000 + intervalMs - 1)).toBe(false);
    expect(one.isDue(10_000 + intervalMs)).toBe(true);
  });

  test('is not misled by reports about others, without a sender report, or from the future', () => {
    const a = session(1);
    a.reportBlock({ ...block, ssrc: 5 }, 1000);
    a.reportBlock({ ...block, ssrc: 1, lastSenderReport: 0 }, 1000);
    a.reportBlock({ ...block, ssrc: 1, lastSenderReport: 0x7fff_ffff }, 1000);
    expect(a.roundTripMs).toBeUndefined();
  });
});
