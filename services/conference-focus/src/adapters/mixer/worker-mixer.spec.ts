import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MediaRoom, RoomMediaEvent } from '../../ports/mixer.js';
import { RtpPhone } from '../../testing/rtp-phone.js';
import { WorkerMixer } from './worker-mixer.js';

const [a, b] = [425, 850];
const lost: string[] = [];
const phones: RtpPhone[] = [];
let mixer: WorkerMixer;

beforeEach(async () => {
  lost.length = 0;
  const first = 20_000 + 4 * randomInt(7000);
  mixer = await WorkerMixer.start({
    ip4: { host: '127.0.0.1', advertisedHost: '127.0.0.1' },
    ports: { first, last: first + 99 },
    workers: 2,
    onThreadLost: (reason) => lost.push(reason),
  });
});

afterEach(async () => {
  await mixer.close();
  for (const phone of phones.splice(0)) phone.close();
});

async function join(room: MediaRoom, id: string, hertz: number): Promise<RtpPhone> {
  const phone = await RtpPhone.open(hertz, 1000 + phones.length);
  phones.push(phone);
  phone.target = (await room.add(id, { family: 'IP4', video: false })).audio;
  room.update(id, phone.media());
  return phone;
}

describe('a mixer of threads', () => {
  it('mixes each room by itself', async () => {
    const events: RoomMediaEvent[] = [];
    const rooms = [0, 1, 2].map((room) => mixer.open(`room-${room}`, { onEvent: (event) => events.push(event) }));
    const pairs = await Promise.all(
      rooms.map(async (room, index) => [await join(room, `one-${index}`, a), await join(room, `two-${index}`, b)]),
    );
    await Promise.all(pairs.flat().map((phone) => phone.hear(40)));
    for (const [one, two] of pairs) {
      expect(one?.hears(b)).toBeGreaterThan(4000);
      expect(one?.hears(a)).toBeLessThan(200);
      expect(two?.hears(a)).toBeGreaterThan(4000);
    }
    expect(events.filter(({ type }) => type === 'latched')).toHaveLength(6);
    expect((await rooms[0]?.statistics('one-0'))?.packetsReceived).toBeGreaterThan(20);
    await Promise.all(rooms.map((room) => room.close()));
    expect(mixer.load().busyShare).toBeLessThan(1);
  });

  it('answers for members that have left, and for closed rooms, without throwing', async () => {
    const room = mixer.open('room', { onEvent: () => undefined });
    await room.remove('nobody');
    await room.play({ kind: 'tones', name: 'join' }, 'nobody');
    await room.play({ kind: 'tones', name: 'join' }, 'everybody');
    expect(await room.statistics('nobody')).toBeUndefined();
    expect(await room.stopRecording()).toBeUndefined();
    await room.close();
    await room.close();
    room.control('nobody', { muted: true, deaf: false, gainDb: 0, waiting: false });
    await expect(room.add('late', { family: 'IP4', video: false })).rejects.toThrow('closed');
  });

  it('refuses what is asked of it after it was closed', async () => {
    const room = mixer.open('room', { onEvent: () => undefined });
    await mixer.close();
    await expect(room.add('late', { family: 'IP4', video: false })).rejects.toThrow('gone');
    await room.close();
  });

  it('tells the rooms of a thread that dies, frees its ports, and has another one in its place', async () => {
    const told = new Map<string, RoomMediaEvent[]>();
    const open = (name: string): MediaRoom => {
      told.set(name, []);
      return mixer.open(name, { onEvent: (event) => told.get(name)?.push(event) });
    };
    const [doomed, other] = [open('doomed'), open('other')];
    const { audio } = await doomed.add('one', { family: 'IP4', video: false });
    const one = await join(other, 'one', a);
    // No message of the focus is like this: it stands for a bug in the thread.
    doomed.update('one', undefined as never);
    await expect(doomed.add('two', { family: 'IP4', video: false })).rejects.toThrow('gone');
    expect(told.get('doomed')?.map(({ type }) => type)).toEqual(['lost']);
    expect(lost).toHaveLength(1);
    expect(await doomed.statistics('one')).toBeUndefined();
    await doomed.close();

    await one.hear(10);
    expect(told.get('other')?.some(({ type }) => type === 'lost')).toBe(false);
    const freed = createSocket('udp4');
    freed.bind(audio.port, audio.host);
    await once(freed, 'listening');
    freed.close();
    await one.hear(100);
    const again = await open('again').add('one', { family: 'IP4', video: false });
    expect((again.audio.port / 2) % 2).toBe((audio.port / 2) % 2);
  });
});
