import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { writeRtpHeader } from './rtp-header.js';
import { isRtcp, RtpView } from './rtp-view.js';

function packet(...parts: (number | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flat());
}

const FIXED = [0x12, 0x34, 0x00, 0x00, 0x03, 0xe8, 0xde, 0xad, 0xbe, 0xef] as const;

describe('RtpView', () => {
  test('reads a plain packet', () => {
    const view = new RtpView();
    expect(view.read(packet(0x80, 0x88, FIXED, 1, 2, 3))).toBeUndefined();
    expect(view).toMatchObject({
      marker: true,
      payloadType: 8,
      sequenceNumber: 0x1234,
      timestamp: 1000,
      ssrc: 0xdeadbeef,
      csrcCount: 0,
      extensionProfile: -1,
      payloadOffset: 12,
      payloadLength: 3,
      paddingLength: 0,
    });
  });

  test('reads sources, extension and padding, in a buffer that is longer than the datagram', () => {
    const view = new RtpView();
    const bytes = packet(
      0xb2,
      0x00,
      FIXED,
      [0, 0, 0, 7],
      [0x80, 0, 0, 9],
      [0xbe, 0xde, 0, 1],
      [1, 2, 3, 4],
      [5, 6],
      [0, 2],
    );
    const buffer = new Uint8Array(100).fill(0xff);
    buffer.set(bytes);
    expect(view.read(buffer, bytes.length)).toBeUndefined();
    expect(view).toMatchObject({
      csrcCount: 2,
      extensionProfile: 0xbede,
      extensionOffset: 24,
      extensionLength: 4,
      payloadOffset: 28,
      payloadLength: 2,
      paddingLength: 2,
    });
    expect([view.csrc(0), view.csrc(1)]).toEqual([7, 0x80000009]);
  });

  test.each([
    ['nothing', packet(), 'too-short'],
    ['eleven bytes', packet(0x80, 0, FIXED.slice(1)), 'too-short'],
    ['STUN', packet(0x00, 0x01, FIXED), 'version'],
    ['DTLS', packet(22, 0xfe, FIXED), 'version'],
    ['RTCP', packet(0x80, 200, FIXED), 'rtcp'],
    ['sources beyond the end', packet(0x8f, 0, FIXED, [0, 0, 0, 1]), 'csrc'],
    ['an extension without its header', packet(0x90, 0, FIXED, [0xbe, 0xde]), 'extension'],
    ['an extension beyond the end', packet(0x90, 0, FIXED, [0xbe, 0xde, 0xff, 0xff], [1, 2, 3, 4]), 'extension'],
    ['no padding where there should be some', packet(0xa0, 0, FIXED, [1, 2, 0]), 'padding'],
    ['more padding than there is payload', packet(0xa0, 0, FIXED, [1, 2, 4]), 'padding'],
  ])('refuses %s', (_name, bytes, problem) => {
    expect(new RtpView().read(bytes)).toBe(problem);
  });

  test('takes whatever it is given without throwing, and stays within it', () => {
    const view = new RtpView();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        if (bytes.length > 0) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
        if (view.read(bytes) !== undefined) return;
        expect(view.payloadOffset + view.payloadLength + view.paddingLength).toBe(bytes.length);
      }),
    );
  });

  test('reads what was written, counters beyond their width included', () => {
    const bytes = new Uint8Array(20);
    const view = new RtpView();
    expect(writeRtpHeader(bytes, 3, 111, false, 0x1_0007, 0x1_0000_0009, 0xffff_ffff)).toBe(12);
    expect(view.read(bytes.subarray(3))).toBeUndefined();
    expect(view).toMatchObject({ payloadType: 111, marker: false, sequenceNumber: 7, timestamp: 9, ssrc: 0xffff_ffff });
  });
});

test('isRtcp tells RTCP from RTP with and without a marker', () => {
  expect([200, 206, 192, 223].map((type) => isRtcp(packet(0x80, type)))).toEqual([true, true, true, true]);
  expect([0, 8, 111, 0x80, 0x80 | 111, 191, 224].some((type) => isRtcp(packet(0x80, type)))).toBe(false);
  expect(isRtcp(packet(0x80))).toBe(false);
});
