import { describe, expect, it } from 'vitest';
import type { AudioCodec, AudioLeg } from '../ports/mixer.js';
import { costOf, phaseOfNewRoom } from './room-phase.js';

function leg(encoding: AudioCodec['encoding'], isSrtp: boolean): AudioLeg {
  const codec = { encoding, sendPayloadType: 0, receivePayloadType: 0, ptimeMs: 20 };
  const key = Buffer.alloc(30);
  return {
    remote: undefined,
    direction: 'sendrecv',
    rtcp: undefined,
    srtp: isSrtp ? { suite: 'AES_CM_128_HMAC_SHA1_80', send: key, receive: key } : undefined,
    codec,
    accepted: [codec],
    dtmf: undefined,
  };
}

/** Rooms of three as they are opened, each when the one before has its members. */
function opened(rooms: number, member: AudioLeg): readonly number[] {
  const costs = [0, 0, 0, 0];
  const counts = [0, 0, 0, 0];
  for (let room = 0; room < rooms; room++) {
    const phase = phaseOfNewRoom(costs);
    costs[phase] = (costs[phase] as number) + 1 + 3 * costOf(member);
    counts[phase] = (counts[phase] as number) + 1;
  }
  return counts;
}

describe('phaseOfNewRoom', () => {
  it.each<[string, AudioLeg, number, readonly number[]]>([
    ['a few of G.711 in one', leg('PCMU', false), 60, [60, 0, 0, 0]],
    ['more of G.711 in the next', leg('PCMA', false), 100, [64, 36, 0, 0]],
    ['many of G.711 in all alike', leg('PCMU', false), 400, [100, 100, 100, 100]],
    ['of SRTP half as many', leg('PCMU', true), 100, [37, 37, 26, 0]],
    ['of Opus a third', leg('opus', false), 60, [20, 20, 20, 0]],
    ['of G.722 a third', leg('G722', false), 84, [21, 21, 21, 21]],
  ])('puts %s', (_name, member, rooms, phases) => {
    expect(opened(rooms, member)).toEqual(phases);
  });

  it('is the first for the first room', () => {
    expect(phaseOfNewRoom([0, 0, 0, 0])).toBe(0);
  });
});

it('counts a member without media as one', () => {
  expect(costOf(undefined)).toBe(1);
});
