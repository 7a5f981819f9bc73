import { type Logger, OutageLog, type Postgres, silentLogger } from '@ringdown/platform';
import { HomeTable } from '../adapters/postgres/home-table.js';
import { PodTable } from '../adapters/postgres/pod-table.js';
import type { PodLife, PodVoice } from '../domain/pod.js';
import { DEFAULT_SETTINGS, type RoomSettings } from '../domain/room-settings.js';
import { NO_LIMITS } from '../domain/tenant-limits.js';
import type { PodTimes } from '../ports/pod-register.js';
import type { PodVoices } from '../ports/pod-voices.js';
import { type Located, type LocateQuestion, locateConference } from '../use-cases/locate-conference.js';
import { PodHomes } from '../use-cases/pod-homes.js';
import { PodRegistration } from '../use-cases/pod-registration.js';

export interface HomedPodOptions {
  readonly postgres: Postgres;
  /** What the bus says of each pod, by its id; `heard` unless it is told. One for all pods. */
  readonly said: Map<string, PodVoice>;
  readonly life: PodLife;
  readonly times?: Partial<PodTimes>;
  readonly load?: { members: number; busyShare: number };
  readonly maxConferences?: number;
  /** Monotonic, in milliseconds. */
  readonly now?: () => number;
  readonly logger?: Logger;
}

/** What a pod's process has of homes, beating when the test says so. Its tenants have a room of every name that doesn't begin with `no-`. */
export class HomedPod {
  readonly homes: PodHomes;
  readonly registration: PodRegistration;
  readonly taken: string[] = [];
  readonly load: { members: number; busyShare: number };

  constructor(options: HomedPodOptions) {
    const { postgres, said, life, maxConferences = 0 } = options;
    const now = options.now ?? (() => performance.now());
    // Longer than a test takes on a machine that has much to do: what is to lapse is made older.
    const times = { leaseMs: 60_000, stallMs: 3_600_000, recoveryMs: 60_000, ...options.times };
    const logger = options.logger ?? silentLogger();
    const outages = new OutageLog(logger);
    const address = () => `${life.podId}:9000`;
    this.load = options.load ?? { members: 0, busyShare: 0 };
    const voices: PodVoices = {
      of: ({ podId }) => said.get(podId) ?? 'heard',
      drain: () => void said.set(life.podId, 'draining'),
      leave: () => void said.set(life.podId, 'left'),
    };
    this.registration = new PodRegistration({
      register: new PodTable(postgres, times),
      self: life,
      mediaHosts: ['192.0.2.1'],
      address,
      load: () => this.load,
      outages,
      logger,
      now,
      leaseMs: times.leaseMs,
      beatMs: 3_600_000,
      beaten: (sinceMs) => this.homes.beaten(sinceMs, times.leaseMs),
      superseded: () => this.homes.lost(),
    });
    const limits = { ...NO_LIMITS, maxConferences };
    this.homes = new PodHomes({
      homes: new HomeTable(postgres),
      voices,
      self: life,
      pods: () => this.registration.pods,
      refreshPods: () => this.registration.refresh(),
      tenants: { tenant: async () => ({ limits, canonicalDomain: 'acme.test' }) },
      outages,
      random: () => 0,
      now,
    });
    this.homes.onTaken((tenantId, room) => this.taken.push(`${tenantId} ${room}`));
  }

  beat(): Promise<void> {
    return this.registration.beat();
  }

  /** Which pod a request goes to, or why to none. */
  async locate(room: string, over: Partial<LocateQuestion> = {}): Promise<string> {
    const located = await this.located(room, over);
    return located.kind === 'home' ? `${located.pod.podId}${located.isClaimed ? '' : '?'}` : located.kind;
  }

  located(room: string, over: Partial<LocateQuestion> = {}): Promise<Located> {
    const question = { tenantId: 'acme', room, mayOpen: true, notPod: undefined, ...over };
    const rooms = {
      room: async (_tenantId: string, name: string): Promise<RoomSettings | undefined> =>
        name.startsWith('no-') ? undefined : { ...DEFAULT_SETTINGS, name, uri: `sip:${name}@acme.test` },
    };
    return locateConference(this.homes, rooms, question);
  }
}
