import { randomBytes } from 'node:crypto';
import { type conference, type directory, directoryEvents } from '@ringdown/contracts';
import type { Bus, Logger, PeerChannel, Postgres, Subscription, Tracing } from '@ringdown/platform';
import { ServiceError } from '@ringdown/platform';
import type { RestApi } from '@ringdown/platform/rest';
import type { Registry } from 'prom-client';
import { BusConferenceEvents } from './adapters/bus/bus-conference-events.js';
import { DirectoryTenants } from './adapters/directory/directory-tenants.js';
import { ConferenceGrpcService, type OtherPod } from './adapters/grpc/conference-grpc-service.js';
import { observedService } from './adapters/grpc/observed-service.js';
import { OtherPods } from './adapters/grpc/other-pods.js';
import { PostgresRoomStore } from './adapters/postgres/postgres-room-store.js';
import { PostgresUsage } from './adapters/postgres/postgres-usage.js';
import { PostgresWhereabouts } from './adapters/postgres/postgres-whereabouts.js';
import { createRestApi } from './adapters/rest/rest-api.js';
import { ConferenceMetrics } from './conference-metrics.js';
import type { ConferenceEvents } from './ports/conference-events.js';
import type { Mixer } from './ports/mixer.js';
import type { RoomDirectory } from './ports/room-directory.js';
import type { Timers } from './ports/timers.js';
import type { Conferences } from './use-cases/conferences.js';
import { EventListeners } from './use-cases/event-listeners.js';
import { MeasuredMixer } from './use-cases/measured-mixer.js';
import { fullDocument } from './use-cases/roster-document.js';
import { StoredRoomDirectory } from './use-cases/stored-room-directory.js';
import { UsageMeter } from './use-cases/usage-meter.js';

export interface ConferenceControlOptions {
  readonly focusId: string;
  /** With the schema `conference` up to date. */
  readonly postgres: Postgres;
  readonly directory: Pick<directory.DirectoryService, 'getTenant' | 'getSubscriber' | 'resolveDomain'>;
  readonly bus: Bus;
  /** How pods of the focus connect to each other; absent where nothing is encrypted. */
  readonly focusChannel?: PeerChannel;
  /** Of this pod; asked for when they are needed, since they are made of `rooms` and `events`. */
  readonly conferences: () => Conferences;
  readonly mixer: Mixer;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly metrics: Registry;
  /** How another pod is reached, for tests. */
  readonly podAt?: (address: string) => OtherPod;
}

const DIRECTORY_MS = 2_000;
const TENANT_FRESH_MS = 1_000;
// A tenant that can't be asked for is as it was: calls into its rooms go on while the directory restarts.
const TENANT_STALE_MS = 60_000;

/** What operators, and services for them, have to do with the conferences of a pod: rooms, control, events, usage and metrics. */
export class ConferenceControl {
  /** For `Conferences`, and for whoever asks whether a room exists. */
  readonly rooms: RoomDirectory;
  /** The mixer of the options, for `Conferences`: what it does is measured. */
  readonly mixer: Mixer;
  /** To be told what happens in conferences. */
  readonly events: ConferenceEvents;
  /** To be served over gRPC as `conference.ConferenceDefinition`, or called in the same process. */
  readonly service: conference.ConferenceService;
  /** To be served by the process's HTTP server, with that of others. */
  readonly rest: RestApi;
  readonly #usage: UsageMeter;
  readonly #busEvents: BusConferenceEvents;
  readonly #pods: OtherPods;
  readonly #removals: Subscription;
  readonly #stopping = new AbortController();

  constructor(options: ConferenceControlOptions) {
    const { focusId, postgres, bus, conferences, mixer, timers, logger, tracing, metrics: registry } = options;
    // An outage of Postgres is reported where it is noticed, once.
    const failed = (what: string) => (error: unknown) => {
      if (!(error instanceof ServiceError)) logger.error(what, { error });
    };
    const tenants = new DirectoryTenants({
      service: options.directory,
      now: () => performance.now(),
      timeoutMs: DIRECTORY_MS,
      freshMs: TENANT_FRESH_MS,
      staleMs: TENANT_STALE_MS,
    });
    const store = new PostgresRoomStore(postgres);
    const usage = new PostgresUsage(postgres);
    const dependencies = { store, tenants, randomBytes: (length: number) => randomBytes(length) };
    const metrics = new ConferenceMetrics({ registry, conferences, mixer });
    this.mixer = new MeasuredMixer(mixer, (statistics) => metrics.media(statistics));
    this.rooms = new StoredRoomDirectory({ rooms: store, usage, tenants, now: () => performance.now() });
    this.#usage = new UsageMeter({
      store: usage,
      timers,
      failed: failed('Minutes of conferences could not be written'),
    });
    this.#busEvents = new BusConferenceEvents({ bus, focusId, conferences, timers, now: () => Date.now() });
    this.events = new EventListeners([metrics, this.#usage, this.#busEvents]);
    this.#pods = new OtherPods({ channel: options.focusChannel, tracing });
    const service = new ConferenceGrpcService({
      ...dependencies,
      focusId,
      conferences,
      usage,
      whereabouts: new PostgresWhereabouts(postgres),
      podAt: options.podAt ?? ((address) => this.#pods.at(address)),
      document: (one) => fullDocument(one.roster(), one.roster().version),
      stopping: this.#stopping.signal,
    });
    this.service = observedService(service, (operation, status, durationMs) =>
      metrics.grpcRequest(operation, status, durationMs),
    );
    this.rest = createRestApi({ rooms: dependencies, service: this.service, observer: metrics });
    this.#removals = bus.subscribe(
      directoryEvents.pattern(),
      ({ data }) => {
        const change = directoryEvents.decode(data)?.change;
        if (change?.subject?.$case !== 'tenant' || !change.subject.value.removed) return;
        void store.removeTenant(change.tenantId).catch(failed('Rooms of a tenant that is gone could not be removed'));
      },
      // One pod is enough.
      { queue: 'conference-rooms' },
    );
  }

  /** After the last conference has ended, and the watches of rosters with them: writes what is still to be written. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#removals.unsubscribe();
    this.#busEvents.close();
    this.#pods.close();
    await this.#usage.stop();
  }
}
