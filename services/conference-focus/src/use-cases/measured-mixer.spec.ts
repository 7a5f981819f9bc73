import { describe, expect, it } from 'vitest';
import type { MemberStatistics } from '../ports/mixer.js';
import { FakeMixer } from '../testing/fake-mixer.js';
import { MeasuredMixer } from './measured-mixer.js';

const figures = (packetsReceived: number): MemberStatistics => ({
  packetsReceived,
  packetsLost: 0,
  packetsSent: 0,
  jitterMs: 0,
  roundTripMs: undefined,
  refused: { source: 0, replay: 0, authentication: 0, malformed: 0, 'payload-type': 0, flood: 0 },
});

async function scene() {
  const fake = new FakeMixer();
  const told: number[] = [];
  const mixer = new MeasuredMixer(fake, ({ packetsReceived }) => void told.push(packetsReceived));
  const room = mixer.open('r', { onEvent: () => undefined });
  const state: { statistics: (member: string) => Promise<MemberStatistics | undefined> } = {
    statistics: async (member) => figures(Number(member)),
  };
  fake.room.statistics = (member?: string) => state.statistics(member ?? '');
  for (const member of ['1', '2', '3']) await room.add(member, { family: 'IP4', video: false });
  return { fake, told, room, state };
}

describe('a mixer that measures', () => {
  it('tells of each member once, when it goes or when the room closes', async () => {
    const { fake, told, room } = await scene();
    await room.remove('2');
    await room.remove('2');
    expect(told).toEqual([2]);
    expect([...fake.room.members]).toEqual(['1', '3']);
    await room.close();
    expect(told).toEqual([2, 1, 3]);
    expect(fake.room.isClosed).toBe(true);
  });

  it('closes what can not be measured any more', async () => {
    const { fake, told, room, state } = await scene();
    state.statistics = () => Promise.reject(new Error('the thread is gone'));
    await room.remove('1');
    state.statistics = async () => undefined;
    await room.close();
    expect(told).toEqual([]);
    expect(fake.room.isClosed).toBe(true);
  });
});
