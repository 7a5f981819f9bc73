import { randomBytes, randomInt } from 'node:crypto';
import type { conference } from '@ringdown/contracts';
import {
  type Bus,
  type Logger,
  migrate,
  OutageLog,
  type PeerChannel,
  Postgres,
  registerPostgresMetrics,
  type Tracing,
} from '@ringdown/platform';
import { BranchSource, SipStack } from '@ringdown/sip-runtime';
import { type HostPort, SipLinkAcceptor } from '@ringdown/sip-transport';
import type { Registry } from 'prom-client';
import { RecordingFolder } from './adapters/files/recording-folder.js';
import { locateService } from './adapters/grpc/locate-service.js';
import type { MixerOptions } from './adapters/mixer/mixer-options.js';
import { WorkerMixer } from './adapters/mixer/worker-mixer.js';
import { processTimers } from './adapters/process-timers.js';
import { FocusUserAgent } from './adapters/sip/focus-user-agent.js';
import { ConferenceControl, type ConferenceControlOptions } from './conference-control.js';
import { FocusHomes } from './focus-homes.js';
import { type Held, measureHeld } from './held-metric.js';
import { PodConferences } from './use-cases/conferences.js';

/** Where the focus's migrations are, beside `src` and `dist`. */
export const migrationsDir = new URL('../migrations', import.meta.url);

export interface ConferenceFocusRuntimeOptions {
  /** Names this pod towards edges and other pods; calls under way name it too. */
  readonly focusId: string;
  readonly postgresUrl: string;
  readonly directory: ConferenceControlOptions['directory'];
  readonly bus: Bus;
  /** The address that SipLink flows name as their local one. */
  readonly local: HostPort;
  /** Where others reach this pod, `host:port`; undefined until they do. */
  readonly address: () => string | undefined;
  readonly mixer: Omit<MixerOptions, 'onThreadLost'>;
  readonly recordingsFolder: string;
  /** How long conferences may go on when the pod is to end. */
  readonly graceMs: number;
  /** How pods connect to each other; absent where nothing is encrypted. */
  readonly focusChannel?: PeerChannel;
  readonly logger: Logger;
  readonly tracing: Tracing;
  readonly metrics: Registry;
}

/** The answer to a BYE comes within this time, or not at all. */
const farewellMs = 2_000;
const lookMs = 50;

/** One pod of the focus behind SipLink. */
export class ConferenceFocusRuntime {
  /** Where edges connect: in the same process, or through a gRPC server (`serveSipLink`). */
  readonly acceptor: SipLinkAcceptor;
  readonly stack: SipStack;
  /** Answers where conferences are. */
  readonly locate: conference.LocateService;
  readonly control: ConferenceControl;
  readonly #options: ConferenceFocusRuntimeOptions;
  readonly #postgres: Postgres;
  readonly #mixer: WorkerMixer;
  readonly #homes: FocusHomes;
  readonly #conferences: PodConferences;
  #agent!: FocusUserAgent;

  /**
   * Brings the schema up to date, starts the mixer's threads and says that the pod is there. Throws ServiceError `unavailable` if Postgres can't be reached,
   * and what keeps a thread from running.
   */
  static async open(options: ConferenceFocusRuntimeOptions): Promise<ConferenceFocusRuntime> {
    const { postgresUrl, logger } = options;
    await migrate({ url: postgresUrl, schema: 'conference', dir: migrationsDir, logger });
    const onThreadLost = (reason: string): void => logger.error('a thread of the mixer has died', { reason });
    const runtime = new ConferenceFocusRuntime(options, await WorkerMixer.start({ ...options.mixer, onThreadLost }));
    await runtime.#homes.start();
    return runtime;
  }

  private constructor(options: ConferenceFocusRuntimeOptions, mixer: WorkerMixer) {
    const { focusId, postgresUrl, bus, logger, local, address, recordingsFolder } = options;
    const self = { podId: focusId, incarnation: randomBytes(5).toString('hex') };
    const { incarnation } = self;
    this.#options = options;
    this.#mixer = mixer;
    this.#postgres = new Postgres({ url: postgresUrl, service: 'conference-focus', schema: 'conference', logger });
    this.control = new ConferenceControl({
      ...options,
      postgres: this.#postgres,
      conferences: () => this.#conferences,
      mixer,
      timers: processTimers,
    });
    const { rooms, events } = this.control;
    const { ip4, ip6 } = options.mixer;
    this.#homes = new FocusHomes({
      self,
      postgres: this.#postgres,
      bus,
      rooms,
      mediaHosts: [ip4, ip6].flatMap((host) => host?.advertisedHost ?? []),
      address,
      load: () => mixer.load(),
      outages: new OutageLog(logger),
      logger,
    });
    this.locate = locateService((question) => this.#homes.locate(question));
    this.#conferences = new PodConferences({
      mixer: this.control.mixer,
      rooms,
      homes: this.#homes.homes,
      events,
      recordings: new RecordingFolder({ folder: recordingsFolder, logger, now: () => Date.now() }),
      timers: processTimers,
      dialOut: () => this.#agent,
      now: () => Date.now(),
      randomInt: (below) => randomInt(below),
    });
    this.stack = new SipStack({
      branches: new BranchSource({ edge: focusId, incarnation }),
      onBug: (error) => logger.error('a bug in handling a message', { error }),
      user: (stack) => {
        const edges = (): SipLinkAcceptor => this.acceptor;
        this.#agent = new FocusUserAgent(stack, {
          conferences: this.#conferences,
          edges: {
            get flows() {
              return edges().flows;
            },
          },
          logger,
          tracing: options.tracing,
          metrics: options.metrics,
        });
        return this.#agent;
      },
    });
    this.acceptor = new SipLinkAcceptor({ events: this.stack.events, local, self: { name: focusId, incarnation } });
    measureHeld(options.metrics, () => this.#held);
    registerPostgresMetrics(options.metrics, { main: this.#postgres });
  }

  /** Rejects with a sentence where the pod can't be given conferences. */
  async ready(): Promise<void> {
    const { trouble } = this.#homes;
    if (trouble !== undefined) throw new Error(trouble);
  }

  /**
   * Opens no conferences any more, and lets those that are open go on for the grace time; who is in them then is told why it ends. Resolves when all is said,
   * or after `timeoutMs`.
   */
  async drain(timeoutMs: number): Promise<void> {
    const { graceMs, logger } = this.#options;
    const deadline = performance.now() + timeoutMs;
    this.#conferences.drain();
    await this.#homes.drain();
    await until(Math.min(graceMs, Math.max(0, timeoutMs - farewellMs)), () => this.#open === 0);
    if (this.#open > 0) logger.info(`${this.#open} conferences end with this pod`);
    await this.#conferences.endAll('drained');
    await this.#agent.settled();
    const leftMs = Math.max(0, deadline - performance.now());
    await until(Math.min(farewellMs, leftMs), () => this.stack.unanswered.flows.size === 0);
    await this.acceptor.drain();
  }

  /** Ends what is left at once. */
  async stop(): Promise<void> {
    await this.#conferences.endAll('drained');
    await this.#homes.stop();
    this.acceptor.close();
    this.stack.close();
    await this.control.stop();
    await this.#mixer.close();
    await this.#postgres.close();
  }

  get #held(): Held {
    const { size, wheel } = this.stack;
    const { rooms, questions } = this.#mixer.held;
    return {
      ...this.#agent.held,
      mixer_rooms: rooms,
      mixer_questions: questions,
      homes: this.#homes.homes.held,
      transactions: size.inviteClient + size.inviteServer + size.nonInviteClient + size.nonInviteServer,
      timers: wheel.size,
    };
  }

  get #open(): number {
    return [...this.#conferences.all()].length;
  }
}

/** Resolves when it holds, or after that time. */
async function until(timeoutMs: number, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, lookMs));
}
