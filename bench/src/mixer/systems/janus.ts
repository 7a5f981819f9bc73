import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { canRunWith, freePorts, startChild } from '@ringdown/testbed';
import type { Kind } from '../cell.js';
import { writeJanusConfiguration } from './janus-configuration.js';
import { JanusSession } from './janus-session.js';
import { type Address, type MixingSystem, type Place, payloadTypes } from './mixing-system.js';

export const janusIsInstalled = canRunWith('janus');

/** Its plain RTP participants know neither G.722 nor SRTP. */
const codecs: Partial<Record<Kind, { readonly codec: string; readonly rate: number }>> = {
  'G.711': { codec: 'pcmu', rate: 8000 },
  Opus: { codec: 'opus', rate: 48_000 },
};
const startMs = 10_000;

/** One life of Janus. */
interface Life {
  readonly pid: number;
  readonly session: JanusSession;
  readonly bridge: JanusBridge;
  stop(): Promise<void>;
}

/**
 * Starts Debian's Janus with its audiobridge, with a room's own sample rate that of the codec, else with its defaults. Where a room of Opus was more
 * than it could do it may crash as the room ends: then it is started anew for the next. `started` is called for each life.
 */
export async function startJanus(started: (pid: number) => void): Promise<MixingSystem> {
  let life = await begin();
  started(life.pid);
  return {
    name: 'janus',
    get pid() {
      return life.pid;
    },
    kinds: Object.keys(codecs) as Kind[],
    open: async (kind, rooms, load) => {
      if (life.session.isClosed) {
        await life.stop();
        life = await begin();
        started(life.pid);
      }
      return life.bridge.open(kind, rooms, load);
    },
    clear: async () => {
      try {
        await life.bridge.clear();
      } catch (error) {
        // Nobody is left in it.
        if (!life.session.isClosed) throw error;
      }
    },
    lateP99Ms: () => Promise.resolve(undefined),
    stop: () => life.stop(),
  };
}

async function begin(): Promise<Life> {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-janus-'));
  const apiPort = await freePorts(1);
  writeJanusConfiguration(folder, apiPort);
  const child = startChild('janus', ['-F', folder], { cwd: folder });
  const stop = async (): Promise<void> => {
    await child.end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const session = await answering(`ws://127.0.0.1:${apiPort}`);
    return {
      pid: child.process.pid ?? -1,
      session,
      bridge: new JanusBridge(session, await session.attach()),
      stop: async () => {
        session.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw new Error(`janus did not start; it printed:\n${child.output()}`, { cause: error });
  }
}

async function answering(url: string): Promise<JanusSession> {
  const deadline = performance.now() + startMs;
  for (;;) {
    try {
      return await JanusSession.open(url);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(100);
    }
  }
}

/** Rooms and participants of the audiobridge. */
class JanusBridge {
  readonly #session: JanusSession;
  /** Of whoever makes and destroys rooms. */
  readonly #keeper: number;
  #rooms: number[] = [];
  #participants: number[] = [];

  constructor(session: JanusSession, keeper: number) {
    this.#session = session;
    this.#keeper = keeper;
  }

  async open(kind: Kind, rooms: readonly number[], load: Address): Promise<readonly Place[]> {
    const how = codecs[kind];
    if (how === undefined) throw new Error(`Janus has no plain RTP participants with ${kind}`);
    const places: Place[] = [];
    for (const [index, size] of rooms.entries()) {
      const room = index + 1;
      const options = {
        sampling_rate: how.rate,
        allow_rtp_participants: true,
        audiolevel_ext: false,
        is_private: true,
      };
      await this.#session.message(this.#keeper, { request: 'create', room, ...options });
      this.#rooms.push(room);
      for (let participant = 0; participant < size; participant += 1)
        places.push(await this.#join(room, how.codec, payloadTypes[kind], load));
    }
    return places;
  }

  async clear(): Promise<void> {
    for (const room of this.#rooms) await this.#session.message(this.#keeper, { request: 'destroy', room });
    for (const handle of this.#participants) await this.#session.detach(handle);
    this.#rooms = [];
    this.#participants = [];
  }

  async #join(room: number, codec: string, payloadType: number, { host, port }: Address): Promise<Place> {
    const handle = await this.#session.attach();
    this.#participants.push(handle);
    const rtp = { ip: host, port, payload_type: payloadType };
    const joined = await this.#session.message(handle, { request: 'join', room, codec, rtp });
    const own = joined['rtp'] as { readonly port: number };
    return { host: '127.0.0.1', rtpPort: own.port, rtcpPort: undefined, payloadType, key: undefined };
  }
}
