import { randomBytes } from 'node:crypto';
import { type AudioCodec, type MediaRoom, WorkerMixer } from '@ringdown/conference-focus';
import { keyAndSaltBytes } from '@ringdown/media';
import { answer } from '../asked-process.js';
import type { Kind } from '../cell.js';
import { type Address, type Place, payloadTypes } from './mixing-system.js';
import type { RingdownQuestions } from './ringdown-questions.js';

/** The mixer of the focus alone, with one thread, as a process that is measured. */
const host = '127.0.0.1';
const suite = 'AES_CM_128_HMAC_SHA1_80';
const encodings = { 'G.711': 'PCMU', 'G.722': 'G722', Opus: 'opus', SRTP: 'PCMU' } as const;
// As a phone offers it: copies of lost frames are understood.
const opus = { inbandFec: true, dtx: false };

const mixer = await WorkerMixer.start({
  ip4: { host, advertisedHost: host },
  ports: { first: 10_000, last: 14_999 },
  udp: process.argv[2] === 'dgram' ? 'dgram' : 'auto',
  workers: 1,
  onThreadLost: (reason) => {
    throw new Error(`The mixer's thread is lost: ${reason}`);
  },
});
let rooms: MediaRoom[] = [];

answer<RingdownQuestions>(
  {
    open: async ({ kind, rooms: sizes, load }) => {
      const places: Place[] = [];
      for (const [number, size] of sizes.entries()) {
        const room = mixer.open(`room-${number}`, { onEvent: () => undefined });
        rooms.push(room);
        for (let member = 0; member < size; member += 1) places.push(await join(room, `member-${member}`, kind, load));
      }
      return places;
    },
    clear: async () => {
      await Promise.all(rooms.map((room) => room.close()));
      rooms = [];
      return undefined;
    },
    lateP99Ms: () => mixer.load().lateP99Ms,
  },
  () => mixer.close(),
);

async function join(room: MediaRoom, member: string, kind: Kind, load: Address): Promise<Place> {
  const { audio } = await room.add(member, { family: 'IP4', video: false });
  const payloadType = payloadTypes[kind];
  const codec: AudioCodec = {
    encoding: encodings[kind],
    sendPayloadType: payloadType,
    receivePayloadType: payloadType,
    ptimeMs: 20,
    ...(kind === 'Opus' ? { opus } : {}),
  };
  const keys =
    kind === 'SRTP'
      ? ({ suite, send: randomBytes(keyAndSaltBytes(suite)), receive: randomBytes(keyAndSaltBytes(suite)) } as const)
      : undefined;
  room.update(member, {
    audio: {
      remote: load,
      direction: 'sendrecv',
      rtcp: load,
      srtp: keys,
      codec,
      accepted: [codec],
      dtmf: undefined,
    },
    video: undefined,
  });
  return { host: audio.host, rtpPort: audio.port, rtcpPort: audio.port + 1, payloadType, key: keys?.receive };
}
