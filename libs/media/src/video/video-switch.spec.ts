import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpView } from '../rtp/rtp-view.js';
import { Camera, type SeenPacket, VideoRoom } from '../testing/video-room.js';

/** Three members, of whom Alice (1) is shown to all and has sent a key frame. */
function room(encoding: 'VP8' | 'H264' = 'VP8') {
  const all = new VideoRoom(encoding);
  const cameras = {
    alice: new Camera(encoding, 1, 0xa),
    bob: new Camera(encoding, 2, 0xb),
    carol: new Camera(encoding, 3, 0xc),
  };
  for (const member of ['alice', 'bob', 'carol']) all.join(member);
  all.receiveAll('alice', cameras.alice.frame(true));
  return { all, ...cameras };
}

const sources = (packets: readonly SeenPacket[]): number[] => packets.map((packet) => packet.from);

/** Where a receiver's stream isn't one: another SSRC, numbers or pictures that don't go on by one, time that doesn't go on. */
function breaks(packets: readonly SeenPacket[]): SeenPacket[] {
  return packets.filter((packet, i) => {
    const before = packets[i - 1];
    if (before === undefined) return false;
    const picture = before.marker ? 1 : 0;
    const ticks = (packet.timestamp - before.timestamp) | 0;
    return (
      packet.ssrc !== before.ssrc ||
      packet.sequence !== ((before.sequence + 1) & 0xffff) ||
      (before.marker ? ticks < 900 : ticks !== 0) ||
      (packet.pictureId !== -1 && packet.pictureId !== ((before.pictureId + picture) & 0x7fff)) ||
      (packet.temporalIndex !== -1 && packet.temporalIndex !== ((before.temporalIndex + picture) & 0xff))
    );
  });
}

describe.each(['VP8', 'H264'] as const)('%s', (encoding) => {
  it('shows the first that sends to everybody else, with payload types of their own', () => {
    const { all } = room(encoding);
    expect(all.switch.shown).toBe('alice');
    expect(all.asked).toEqual([]);
    expect(sources(all.gotBy('alice'))).toEqual([]);
    for (const member of ['bob', 'carol']) {
      expect(sources(all.gotBy(member))).toEqual([1, 1]);
      expect(all.gotBy(member)).toMatchObject([
        { payloadType: 100, marker: false },
        { payloadType: 100, marker: true },
      ]);
    }
    expect(all.gotBy('bob')[0]?.ssrc).not.toBe(all.gotBy('carol')[0]?.ssrc);
  });

  it('goes on with the old source until a key frame of the new one begins', () => {
    const { all, alice, bob } = room(encoding);
    all.receiveAll('bob', bob.frame(false));
    all.forget();
    all.switch.switchTo('bob', all.nowMs);
    all.receiveAll('bob', bob.frame(false));
    all.receiveAll('alice', alice.frame(false));
    expect(sources(all.gotBy('carol'))).toEqual([1, 1]);
    all.wait(100);
    all.receiveAll('bob', bob.frame(true));
    all.receiveAll('alice', alice.frame(false));
    all.receiveAll('bob', bob.frame(false));
    expect(sources(all.gotBy('carol'))).toEqual([1, 1, 2, 2, 2, 2]);
    expect(all.gotBy('carol')[2]?.isKeyFrameStart).toBe(true);
    expect(breaks(all.gotBy('carol'))).toEqual([]);
  });

  it('shows the speaker who was shown before', () => {
    const { all, alice, bob, carol } = room(encoding);
    for (const [member, camera] of [
      ['bob', bob],
      ['carol', carol],
    ] as const) {
      all.switch.switchTo(member, all.nowMs);
      all.receiveAll(member, camera.frame(true));
    }
    all.receiveAll('bob', bob.frame(true));
    all.forget();
    all.receiveAll('alice', alice.frame(false));
    all.receiveAll('bob', bob.frame(false));
    all.receiveAll('carol', carol.frame(false));
    expect(sources(all.gotBy('alice'))).toEqual([3, 3]);
    expect(sources(all.gotBy('bob'))).toEqual([3, 3]);
    expect(sources(all.gotBy('carol'))).toEqual([2, 2]);
  });

  it('shows the first speaker anybody who sends, and the one shown before when the shown one leaves', () => {
    const { all, alice, bob } = room(encoding);
    all.receiveAll('bob', bob.frame(true));
    expect(sources(all.gotBy('alice'))).toEqual([2, 2]);
    all.switch.switchTo('bob', all.nowMs);
    all.receiveAll('bob', bob.frame(true));
    all.forget();
    all.switch.setSource('bob', undefined, all.nowMs);
    expect(all.switch.shown).toBe('alice');
    expect(all.asked).toMatchObject([{ of: 'alice' }]);
    all.receiveAll('bob', bob.frame(true));
    all.receiveAll('alice', alice.frame(true));
    expect(sources(all.gotBy('carol'))).toEqual([1, 1]);
    all.switch.setSource('alice', undefined, all.nowMs);
    expect(all.switch.shown).toBeUndefined();
  });

  it('keeps one stream over a thousand switches, lost and late packets included', () => {
    const { all, alice, bob, carol } = room(encoding);
    const cameras = { alice, bob, carol };
    const names = ['alice', 'bob', 'carol'] as const;
    for (let round = 0; round < 1000; round += 1) {
      all.switch.switchTo(names[round % 3] as string, all.nowMs);
      for (const [i, name] of names.entries()) {
        const [first, second] = cameras[name].frame(round % 5 === i);
        all.receive(name, first);
        all.receive(name, second);
      }
      all.wait(20);
    }
    for (const name of names) {
      const got = all.gotBy(name);
      expect(got.length).toBeGreaterThan(500);
      expect(breaks(got)).toEqual([]);
      expect(sources(got)).not.toContain(names.indexOf(name) + 1);
      const changes = got.filter((packet, i) => i > 0 && packet.from !== got[i - 1]?.from);
      expect(changes.length).toBeGreaterThan(50);
      expect(changes.filter((packet) => !packet.isKeyFrameStart)).toEqual([]);
    }
  });
});

describe('numbers', () => {
  it('leave a gap exactly where packets were lost on the way, and put late ones into it', () => {
    const { all, alice } = room();
    const [a, b] = alice.frame(false);
    const [c, d] = alice.frame(false);
    for (const packet of [a, c, d, b]) all.receive('alice', packet);
    const numbers = all.gotBy('bob').map((packet) => packet.sequence - (all.gotBy('bob')[0]?.sequence ?? 0));
    expect(numbers).toEqual([0, 1, 2, 4, 5, 3]);
  });

  it('never go back before the beginning of a source: what it sent before its key frame stays behind', () => {
    const { all, bob } = room();
    all.receiveAll('bob', bob.frame(false));
    const [late] = bob.frame(false);
    all.switch.switchTo('bob', all.nowMs);
    all.receiveAll('bob', bob.frame(true));
    all.forget();
    expect(all.receive('bob', late)).toBe('taken');
    expect(all.gotBy('carol')).toEqual([]);
  });

  it('count a packet that only probes', () => {
    const { all, alice } = room();
    const [probe] = alice.frame(false);
    const padding = Uint8Array.of(0xa0, ...probe.subarray(1, 12), 0, 0, 3);
    expect(all.receive('alice', padding)).toBe('taken');
    all.receiveAll('alice', [alice.frame(false)[1]]);
    const [, , third, fourth] = all.gotBy('bob');
    expect(third).toMatchObject({ from: -1 });
    expect(((fourth?.sequence ?? 0) - (third?.sequence ?? 0)) & 0xffff).toBe(3);
  });

  it('leave extensions and contributing sources behind', () => {
    const { all, alice } = room();
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
    const { all, bob } = room();
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
    const { all, bob } = room();
    all.switch.switchTo('bob', all.nowMs);
    const [packet] = bob.frame(true);
    const short = Uint8Array.of(...packet.subarray(0, 12), 0x90, 0x80, 5, ...packet.subarray(17));
    all.receive('bob', short);
    const [, before, after] = all.gotBy('carol');
    expect(after).toMatchObject({ from: 2, pictureId: ((before?.pictureId ?? 0) + 1) & 0x7f });
  });
});

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
    const { all, bob } = room();
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
    const { all, alice } = room();
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
    const { all, bob } = room();
    all.receiveAll('bob', bob.frame(true));
    all.wait(1000);
    all.forget();
    all.switch.keyFrameRequested('alice', all.nowMs);
    all.switch.keyFrameRequested('nobody', all.nowMs);
    expect(all.asked).toMatchObject([{ of: 'bob' }]);
  });

  it('for a receiver that comes later', () => {
    const { all, alice } = room();
    all.wait(1000);
    all.forget();
    all.join('dave');
    all.receiveAll('alice', alice.frame(false));
    expect(all.asked).toMatchObject([{ of: 'alice' }]);
    expect(all.gotBy('dave')).toEqual([]);
    all.receiveAll('alice', alice.frame(true));
    expect(sources(all.gotBy('dave'))).toEqual([1, 1]);
  });
});

describe('a source', () => {
  it.each([
    ['a new SSRC', { ssrc: 0xaa }],
    ['far numbers twice in a row', { sequence: 40_000 }],
  ])('that begins anew with %s goes on in the same stream from its next key frame', (_, anew) => {
    const { all, alice } = room();
    Object.assign(alice, anew);
    all.wait(1000);
    all.receiveAll('alice', alice.frame(false));
    expect(all.asked).toMatchObject([{ of: 'alice', mediaSsrc: alice.ssrc, atMs: all.nowMs }]);
    all.receiveAll('alice', alice.frame(true));
    all.receiveAll('alice', alice.frame(false));
    const got = all.gotBy('bob');
    expect(got.length).toBe(6);
    expect(breaks(got)).toEqual([]);
  });

  it('is not disturbed by one stray packet', () => {
    const { all, alice } = room();
    const stray = new Camera('VP8', 1, 0xa);
    stray.sequence = 30_000;
    expect(all.receive('alice', stray.frame(true)[0])).toBe('source');
    all.receiveAll('alice', alice.frame(false));
    expect(all.gotBy('bob').length).toBe(4);
    expect(breaks(all.gotBy('bob'))).toEqual([]);
  });

  it.each([
    ['of nobody', 'dave', (packet: Uint8Array) => packet, 'source'],
    ['of another payload type', 'alice', (packet: Uint8Array) => packet.with(1, 97), 'payload-type'],
    ['malformed', 'alice', (packet: Uint8Array) => packet.slice(0, 14), 'malformed'],
    [
      'too long for a network',
      'alice',
      (packet: Uint8Array) => Uint8Array.of(...packet, ...new Uint8Array(3000)),
      'malformed',
    ],
  ])('has packets refused: %s', (_, member, change, verdict) => {
    const { all, alice } = room();
    all.forget();
    expect(all.receive(member, change(alice.frame(false)[1]))).toBe(verdict);
    expect(all.seen).toEqual([]);
  });
});

it('follows new facts of the same member, and nothing of one that has left', () => {
  const { all, alice } = room();
  const before = all.gotBy('bob')[0]?.ssrc;
  all.forget();
  all.switch.setReceiver('bob', { payloadType: 120 }, all.nowMs);
  all.switch.setReceiver('carol', undefined, all.nowMs);
  all.switch.setSource('alice', { payloadType: 96, pli: false, fir: true }, all.nowMs);
  all.receiveAll('alice', alice.frame(false));
  expect(all.gotBy('carol')).toEqual([]);
  expect(all.gotBy('bob')).toMatchObject([{ payloadType: 120, ssrc: before }, { payloadType: 120 }]);
  expect(all.switch.sent('carol')).toBeUndefined();
  all.wait(1000);
  all.forget();
  all.switch.keyFrameRequested('bob', all.nowMs);
  expect(all.asked).toMatchObject([{ means: 'fir' }]);
  all.switch.switchTo('nobody', all.nowMs);
  expect(all.switch.shown).toBe('alice');
});

it.each(['VP8', 'H264'] as const)('%s: takes garbage, and sends nothing that is no RTP', (encoding) => {
  const { all } = room(encoding);
  const view = new RtpView();
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom('alice', 'bob'),
      (bytes, sequence, member) => {
        const packet = Uint8Array.of(0x80, 96, sequence >> 8, sequence & 0xff, 0, 0, 0, 0, 0, 0, 0, 0xa, ...bytes);
        all.receive(member, packet);
        all.switch.switchTo(member, all.nowMs);
        all.wait(10);
        expect(view.read(packet)).toBeUndefined();
      },
    ),
  );
  expect(all.gotBy('carol').every((packet) => packet.ssrc === all.gotBy('carol')[0]?.ssrc)).toBe(true);
});
