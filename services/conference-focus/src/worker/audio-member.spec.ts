import { EncodeProfiles, writeRtpHeader } from '@ringdown/media';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AudioLeg, MediaDirection, RoomMediaEvent } from '../ports/mixer.js';
import { loadCodecs } from './audio-codecs.js';
import { AudioMember } from './audio-member.js';

const codec = { encoding: 'PCMU', sendPayloadType: 0, receivePayloadType: 0, ptimeMs: 20 } as const;
const remote = { host: '192.0.2.1', port: 4000 };
const codecs = await loadCodecs();
const time = { tick: 0, nowMs: 0, now: () => time.nowMs, profiles: new EncodeProfiles(), codecs };

let events: RoomMediaEvent[];
let member: AudioMember;
let sequence: number;

beforeEach(() => {
  time.nowMs = 1000;
  time.tick = 0;
  sequence = 0;
  events = [];
  member = new AudioMember('one', 'cname', time, (event) => events.push(event));
});

function agree(direction: MediaDirection): void {
  const leg: AudioLeg = {
    remote,
    direction,
    rtcp: undefined,
    srtp: undefined,
    codec,
    accepted: [codec],
    dtmf: undefined,
  };
  member.update(leg, 0);
}

/** Lets seconds go by, in each of which it is looked whether a packet has come. */
function pass(seconds: number, packets = false): void {
  for (let second = 0; second < seconds; second++) {
    time.nowMs += 1000;
    time.tick += 50;
    if (packets) {
      const packet = Buffer.alloc(172, 0xff);
      writeRtpHeader(packet, 0, 0, false, sequence++, time.nowMs * 8, 7);
      member.transport.received(packet, remote.host, remote.port, time.nowMs);
    }
    member.checkSilence(time.nowMs);
  }
}

const silences = (): unknown[] => events.filter(({ type }) => type === 'silent');

describe('a member of whom nothing comes', () => {
  it('is reported after ten seconds, once, and again when it has been heard in between', () => {
    agree('sendrecv');
    pass(9);
    expect(silences()).toEqual([]);
    pass(30);
    expect(silences()).toEqual([{ type: 'silent', member: 'one', silentMs: 10_000 }]);
    pass(2, true);
    pass(11);
    expect(silences()).toHaveLength(2);
  });

  it('is not, while packets come', () => {
    agree('sendrecv');
    pass(60, true);
    expect(silences()).toEqual([]);
  });

  it.each(['sendonly', 'inactive'] as const)('is not, where nothing may come: %s', (direction) => {
    agree(direction);
    pass(60);
    expect(silences()).toEqual([]);
    agree('sendrecv');
    pass(9);
    expect(silences()).toEqual([]);
    pass(1);
    expect(silences()).toHaveLength(1);
  });
});

describe('packets of a member', () => {
  it('are looked at up to a number in each tick, and what is more is counted', () => {
    agree('sendrecv');
    const packet = Buffer.alloc(172, 0xff);
    for (let index = 0; index < 60; index++) {
      writeRtpHeader(packet, 0, 0, false, index, index * 160, 7);
      member.transport.received(packet, remote.host, remote.port, time.nowMs);
    }
    expect(member.statistics.packetsReceived).toBe(48);
    expect(member.statistics.refused.flood).toBe(12);
    time.tick++;
    writeRtpHeader(packet, 0, 0, false, 60, 9600, 7);
    member.transport.received(packet, remote.host, remote.port, time.nowMs);
    expect(member.statistics.packetsReceived).toBe(49);
  });
});
