import { describe, expect, it } from 'vitest';
import { Camera, camerasOf, roomOfThree, VideoRoom } from '../testing/video-room.js';

describe('key frames are asked for', () => {
  it.each([
    [{ pli: true, fir: true }, 'pli', [0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500]],
    [{ fir: true }, 'fir', [0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500]],
    [{}, 'signalling', [0, 2000, 4000]],
  ])('as the source understands (%o): by %s, again while none comes, and not for ever', (facts, means, times) => {
    const all = new VideoRoom('VP8');
    const camera = new Camera('VP8', 1, 0xa);
    all.join('alice', facts);
    all.join('bob');
    const startedAt = all.nowMs;
    all.receiveAll('alice', camera.frame(false));
    all.wait(20_000);
    expect(all.asked.map((request) => request.atMs - startedAt)).toEqual(times);
    for (const request of all.asked)
      expect(request).toMatchObject({ of: 'alice', means, mediaSsrc: 0xa, firSequence: 1 });
  });

  it('until one begins; the next wish has another number', () => {
    const { all, bob } = roomOfThree();
    all.receiveAll('bob', bob.frame(false));
    all.receiveAll('bob', bob.frame(true));
    all.wait(3000);
    all.forget();
    all.switch.switchTo('bob', all.nowMs);
    all.wait(700);
    expect(all.asked.map((request) => request.firSequence)).toEqual([2, 2]);
    all.receiveAll('bob', bob.frame(true));
    all.wait(3000);
    expect(all.asked.length).toBe(2);
  });

  it('for many receivers at once with one request, and not again within half a second', () => {
    const { all, alice } = roomOfThree();
    all.wait(1000);
    all.forget();
    for (const member of ['bob', 'carol', 'bob']) all.switch.keyFrameRequested(member, all.nowMs);
    expect(all.asked).toMatchObject([{ of: 'alice', atMs: all.nowMs }]);
    all.receiveAll('alice', alice.frame(true));
    all.wait(100);
    all.switch.keyFrameRequested('carol', all.nowMs);
    expect(all.asked.length).toBe(1);
    all.wait(400);
    expect(all.asked.length).toBe(2);
    all.receiveAll('alice', alice.frame(true));
    all.wait(5000);
    expect(all.asked.length).toBe(2);
  });

  it('of whom the receiver sees, also where that is not the one shown', () => {
    const { all, bob } = roomOfThree();
    all.receiveAll('bob', bob.frame(true));
    all.wait(1000);
    all.forget();
    all.switch.keyFrameRequested('alice', all.nowMs);
    all.switch.keyFrameRequested('nobody', all.nowMs);
    expect(all.asked).toMatchObject([{ of: 'bob' }]);
  });

  it('for a receiver that comes later', () => {
    const { all, alice } = roomOfThree();
    all.wait(1000);
    all.forget();
    all.join('dave');
    all.receiveAll('alice', alice.frame(false));
    expect(all.asked).toMatchObject([{ of: 'alice' }]);
    expect(all.gotBy('dave')).toEqual([]);
    all.receiveAll('alice', alice.frame(true));
    expect(camerasOf(all.gotBy('dave'))).toEqual([1, 1]);
  });
});
