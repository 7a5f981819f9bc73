import { location } from '@ringdown/contracts';
import type { Logger } from '@ringdown/platform';
import { type LeaseStanding, LeaseWatch, type Surroundings } from '../../domain/lease-watch.js';

export interface LeaseKeeperOptions {
  readonly service: Pick<location.LocationService, 'renewLease' | 'endLease'>;
  readonly edge: { readonly id: string; readonly incarnation: string };
  readonly ownsPinholes: boolean;
  readonly surroundings: () => Surroundings;
  readonly logger: Logger;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** 0 to 1; default Math.random. */
  readonly random?: () => number;
  /** Whether phones are better off at another edge: while they are, none may register a connection to this one. */
  readonly cutOff: (isCutOff: boolean) => void;
  /** Connections that phones have registered over are of no use any more. */
  readonly move: () => void;
}

/**
 * Long enough for three renewals in a row to be lost, and so short that location suspends the phones of a dead edge within 5 s: it judges four
 * times a second.
 */
const leaseMs = 4_000;
const renewMs = 1_000;
/** Edges that began together don't renew together for ever. */
const jitter = 0.2;
/** Before the next one is due. */
const renewTimeoutMs = 900;
const endTimeoutMs = 1_000;
const lookMs = 250;

const { BEGUN_ANEW, SUPERSEDED } = location.LeaseOutcome;

/** Renews this edge's lease at location while the edge runs, and has its phones move when they are better off at another one. */
export class LeaseKeeper {
  readonly counters = { renewed: 0, failed: 0 };
  readonly #options: LeaseKeeperOptions;
  readonly #watch: LeaseWatch;
  #standing: LeaseStanding = 'held';
  #renewing: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
    this.#watch = new LeaseWatch(options.now(), leaseMs);
  }

  get standing(): LeaseStanding {
    return this.#standing;
  }

  start(): void {
    this.#look();
    this.#looking = setInterval(() => this.#look(), lookMs);
    this.#underWay = this.#renew();
  }

  /** Gives the lease back: the edge's flows are closed. Location that can't be told finds out by itself. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearTimeout(this.#renewing);
    clearInterval(this.#looking);
    const { service, edge } = this.#options;
    // A renewal that came after the end would begin the lease anew.
    await this.#underWay;
    const gone = { edgeId: edge.id, incarnation: edge.incarnation };
    if (this.counters.renewed > 0) await service.endLease(gone, { timeoutMs: endTimeoutMs }).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const { service, edge, ownsPinholes, now, random = Math.random } = this.#options;
    const startedAt = now();
    try {
      const request = { edgeId: edge.id, incarnation: edge.incarnation, leaseMs, ownsPinholes };
      this.#renewed((await service.renewLease(request, { timeoutMs: renewTimeoutMs })).outcome);
    } catch {
      this.counters.failed += 1;
    }
    if (this.#stopped) return;
    this.#look();
    const dueMs = startedAt + renewMs * (1 - jitter * random()) - now();
    this.#renewing = setTimeout(
      () => {
        this.#underWay = this.#renew();
      },
      Math.max(0, dueMs),
    );
  }

  #renewed(outcome: location.LeaseOutcome): void {
    if (this.#stopped) return;
    if (outcome === SUPERSEDED) {
      this.#watch.superseded();
      return;
    }
    this.counters.renewed += 1;
    this.#watch.renewed(this.#options.now());
    if (outcome !== BEGUN_ANEW) return;
    this.#look();
    this.#options.logger.warn(
      'Location had given this edge up: nothing is bound to its connections any more, so they are closed for their phones to register again',
    );
    this.#options.move();
  }

  #look(): void {
    const { now, surroundings, logger, edge, move, cutOff } = this.#options;
    const standing = this.#watch.standing(now(), surroundings());
    if (standing === this.#standing) return;
    const before = this.#standing;
    this.#standing = standing;
    switch (standing) {
      case 'superseded':
        logger.error(
          `Another process is ${edge.id} now: the connections of this one are closed. Give every edge a RINGDOWN_EDGE_ID of its own`,
        );
        cutOff(true);
        move();
        return;
      case 'cut-off':
        logger.error(
          'Location is there and does not answer this edge: its connections are closed, so that their phones move',
        );
        cutOff(true);
        move();
        return;
      case 'waiting':
        logger.warn('Location does not answer, to nobody as far as can be seen: the connections stay');
        break;
      case 'held':
        logger.info('Location knows again that this edge lives');
    }
    if (before === 'cut-off' || before === 'superseded') cutOff(false);
  }
}
