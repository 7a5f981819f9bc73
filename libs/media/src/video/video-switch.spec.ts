import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpView } from '../rtp/rtp-view.js';
import { breaks, Camera, camerasOf, roomOfThree } from '../testing/video-room.js';

describe.each(['VP8', 'H264'] as const)('%s', (encoding) => {
  it('shows the first that sends to everybody else, with payload types of their own', () => {
    const { all } = roomOfThree(encoding);
    expect(all.switch.shown).toBe('alice');
    expect(all.asked).toEqual([]);
    expect(camerasOf(all.gotBy('alice'))).toEqual([]);
    for (const member of ['bob', 'carol']) {
      expect(camerasOf(all.gotBy(member))).toEqual([1, 1]);
      expect(all.gotBy(member)).toMatchObject([
        { payloadType: 100, marker: false },
        { payloadType: 100, marker: true },
      ]);
    }
    expect(all.gotBy('bob')[0]?.ssrc).not.toBe(all.gotBy('carol')[0]?.ssrc);
  });

  it('goes on with the old source until a key frame of the new one begins', () => {
    const { all, alice, bob } = roomOfThree(encoding);
    all.receiveAll('bob', bob.frame(false));
    all.forget();
    all.switch.switchTo('bob', all.nowMs);
    all.receiveAll('bob', bob.frame(false));
    all.receiveAll('alice', alice.frame(false));
    expect(camerasOf(all.gotBy('carol'))).toEqual([1, 1]);
    all.wait(100);
    all.receiveAll('bob', bob.frame(true));
    all.receiveAll('alice', alice.frame(false));
    all.receiveAll('bob', bob.frame(false));
    expect(camerasOf(all.gotBy('carol'))).toEqual([1, 1, 2, 2, 2, 2]);
    expect(all.gotBy('carol')[2]?.isKeyFrameStart).toBe(true);
    expect(breaks(all.gotBy('carol'))).toEqual([]);
  });

  it('shows the speaker who was shown before', () => {
    const { all, alice, bob, carol } = roomOfThree(encoding);
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
    expect(camerasOf(all.gotBy('alice'))).toEqual([3, 3]);
    expect(camerasOf(all.gotBy('bob'))).toEqual([3, 3]);
    expect(camerasOf(all.gotBy('carol'))).toEqual([2, 2]);
  });

  it('shows the first speaker anybody who sends, and the one shown before when the shown one leaves', () => {
    const { all, alice, bob } = roomOfThree(encoding);
    all.receiveAll('bob', bob.frame(true));
    expect(camerasOf(all.gotBy('alice'))).toEqual([2, 2]);
    all.switch.switchTo('bob', all.nowMs);
    all.receiveAll('bob', bob.frame(true));
    all.forget();
    all.switch.setSource('bob', undefined, all.nowMs);
    expect(all.switch.shown).toBe('alice');
    expect(all.asked).toMatchObject([{ of: 'alice' }]);
    all.receiveAll('bob', bob.frame(true));
    all.receiveAll('alice', alice.frame(true));
    expect(camerasOf(all.gotBy('carol'))).toEqual([1, 1]);
    all.switch.setSource('alice', undefined, all.nowMs);
    expect(all.switch.shown).toBeUndefined();
  });

  it('keeps one stream over a thousand switches, lost and late packets included', () => {
    const { all, alice, bob, carol } = roomOfThree(encoding);
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
      expect(camerasOf(got)).not.toContain(names.indexOf(name) + 1);
      const changes = got.filter((packet, i) => i > 0 && packet.from !== got[i - 1]?.from);
      expect(changes.length).toBeGreaterThan(50);
      expect(changes.filter((packet) => !packet.isKeyFrameStart)).toEqual([]);
    }
  });
});

describe('a source', () => {
  it.each([
    ['a new SSRC', { ssrc: 0xaa }],
    ['far numbers twice in a row', { sequence: 40_000 }],
  ])('that begins anew with %s goes on in the same stream from its next key frame', (_, anew) => {
    const { all, alice } = roomOfThree();
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
    const { all, alice } = roomOfThree();
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
    const { all, alice } = roomOfThree();
    all.forget();
    expect(all.receive(member, change(alice.frame(false)[1]))).toBe(verdict);
    expect(all.seen).toEqual([]);
  });
});

it('follows new facts of the same member, and nothing of one that has left', () => {
  const { all, alice } = roomOfThree();
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
  const { all } = roomOfThree(encoding);
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
