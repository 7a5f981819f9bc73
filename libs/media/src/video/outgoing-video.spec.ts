import { describe, expect, it } from 'vitest';
import { roomOfThree } from '../testing/video-room.js';

describe('numbers', () => {
  it('leave a gap exactly where packets were lost on the way, and put late ones into it', () => {
    const { all, alice } = roomOfThree();
    const [a, b] = alice.frame(false);
    const [c, d] = alice.frame(false);
    for (const packet of [a, c, d, b]) all.receive('alice', packet);
    const numbers = all.gotBy('bob').map((packet) => packet.sequence - (all.gotBy('bob')[0]?.sequence ?? 0));
    expect(numbers).toEqual([0, 1, 2, 4, 5, 3]);
  });

  it('never go back before the beginning of a source: what it sent before its key frame stays behind', () => {
    const { all, bob } = roomOfThree();
    all.receiveAll('bob', bob.frame(false));
    const [late] = bob.frame(false);
    all.switch.switchTo('bob', all.nowMs);
    all.receiveAll('bob', bob.frame(true));
    all.forget();
    expect(all.receive('bob', late)).toBe('taken');
    expect(all.gotBy('carol')).toEqual([]);
  });

  it('count a packet that only probes', () => {
    const { all, alice } = roomOfThree();
    const [probe] = alice.frame(false);
    const padding = Uint8Array.of(0xa0, ...probe.subarray(1, 12), 0, 0, 3);
    expect(all.receive('alice', padding)).toBe('taken');
    all.receiveAll('alice', [alice.frame(false)[1]]);
    const [, , third, fourth] = all.gotBy('bob');
    expect(third).toMatchObject({ from: -1 });
    expect(((fourth?.sequence ?? 0) - (third?.sequence ?? 0)) & 0xffff).toBe(3);
  });

  it('leave extensions and contributing sources behind', () => {
    const { all, alice } = roomOfThree();
    const [packet] = alice.frame(false);
    const extended = Uint8Array.of(
      0x91,
      ...packet.subarray(1, 12),
      0,
      0,
      0,
      9,
      0xbe,
      0xde,
      0,
      1,
      0x10,
      1,
      0,
      0,
      ...packet.subarray(12),
    );
    all.forget();
    expect(all.receive('alice', extended)).toBe('taken');
    expect(all.gotBy('bob')).toMatchObject([{ from: 1 }]);
  });

  it('let time go on as it did while a source was awaited', () => {
    const { all, bob } = roomOfThree();
    all.switch.switchTo('bob', all.nowMs);
    all.wait(2000);
    all.receiveAll('bob', bob.frame(true));
    const [first, , third] = all.gotBy('carol');
    expect(((third?.timestamp ?? 0) - (first?.timestamp ?? 0)) | 0).toBe(2000 * 90);
    expect(all.switch.sent('carol')).toMatchObject({
      packetsSent: 4,
      octetsSent: 4 * 16,
      timestamp: third?.timestamp,
      timestampAtMs: all.nowMs,
    });
  });

  it('shorten picture ids to the width that the new source has', () => {
    const { all, bob } = roomOfThree();
    all.switch.switchTo('bob', all.nowMs);
    const [packet] = bob.frame(true);
    const short = Uint8Array.of(...packet.subarray(0, 12), 0x90, 0x80, 5, ...packet.subarray(17));
    all.receive('bob', short);
    const [, before, after] = all.gotBy('carol');
    expect(after).toMatchObject({ from: 2, pictureId: ((before?.pictureId ?? 0) + 1) & 0x7f });
  });
});
