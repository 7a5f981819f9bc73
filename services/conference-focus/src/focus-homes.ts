import { randomInt } from 'node:crypto';
import type { Bus, Logger, OutageLog, Postgres } from '@ringdown/platform';
import { BusPodVoices } from './adapters/bus/bus-pod-voices.js';
import { HomeTable } from './adapters/postgres/home-table.js';
import { PodTable } from './adapters/postgres/pod-table.js';
import type { PodLife } from './domain/pod.js';
import type { MixerLoad } from './ports/mixer.js';
import type { PodTimes } from './ports/pod-register.js';
import type { RoomDirectory } from './ports/room-directory.js';
import { type Located, type LocateQuestion, locateConference } from './use-cases/locate-conference.js';
import { PodHomes } from './use-cases/pod-homes.js';
import { PodRegistration } from './use-cases/pod-registration.js';

export interface FocusHomesOptions {
  readonly self: PodLife;
  /** With the schema `conference` up to date. */
  readonly postgres: Postgres;
  readonly bus: Bus;
  readonly rooms: Pick<RoomDirectory, 'room' | 'tenant'>;
  readonly mediaHosts: readonly string[];
  /** Where others reach this pod, `host:port`; undefined until they do. */
  readonly address: () => string | undefined;
  readonly load: () => MixerLoad;
  readonly outages: OutageLog;
  readonly logger: Logger;
}

const beatMs = 1_000;
const times: PodTimes = { leaseMs: 4_000, stallMs: 2_000, recoveryMs: 8_000 };

/** What a pod has to do with where conferences live: its place among the pods, the homes of its own conferences, and its answer to where others are. */
export class FocusHomes {
  readonly homes: PodHomes;
  readonly #registration: PodRegistration;
  readonly #voices: BusPodVoices;
  readonly #rooms: FocusHomesOptions['rooms'];

  constructor(options: FocusHomesOptions) {
    const { self, postgres, bus, rooms, mediaHosts, address, load, outages, logger } = options;
    const now = (): number => performance.now();
    this.#rooms = rooms;
    this.#voices = new BusPodVoices({ bus, self, address, now });
    this.#registration = new PodRegistration({
      register: new PodTable(postgres, times),
      self,
      mediaHosts,
      address,
      load,
      outages,
      logger,
      now,
      leaseMs: times.leaseMs,
      beatMs,
      beaten: (sinceMs) => this.homes.beaten(sinceMs, times.leaseMs),
      superseded: () => this.homes.lost(),
    });
    this.homes = new PodHomes({
      homes: new HomeTable(postgres),
      voices: this.#voices,
      self,
      pods: () => this.#registration.pods,
      refreshPods: () => this.#registration.refresh(),
      tenants: rooms,
      outages,
      random: () => randomInt(1_000_000) / 1_000_000,
      now,
    });
  }

  /** A sentence about why this pod can't be given conferences; undefined where it can. */
  get trouble(): string | undefined {
    return this.#registration.trouble;
  }

  /** Resolves when this pod can be given conferences, where it can be reached already and Postgres answers. */
  start(): Promise<void> {
    return this.#registration.start();
  }

  /** Where requests for a conference go. Throws ServiceError `unavailable` where the tables can't be asked. */
  locate(question: LocateQuestion): Promise<Located> {
    return locateConference(this.homes, this.#rooms, question);
  }

  /** This pod opens no conferences any more: others hear it on the bus at once, and find it in the table. */
  async drain(): Promise<void> {
    this.#voices.drain();
    await Promise.allSettled([this.homes.drain(), this.#registration.drain()]);
  }

  /** This pod is gone, and what it has is free. */
  async stop(): Promise<void> {
    await this.#registration.stop();
    this.#voices.leave();
  }
}
