import { ReturnSchedule } from './return-schedule.js';
import { TokenBuckets } from './token-buckets.js';

/** How many REGISTERs of this edge may wait for a registrar before newcomers, and before anybody, is sent away. */
export interface GovernorBounds {
  readonly newcomers: number;
  readonly everybody: number;
  /** How many a second are told to come back to an edge that has too many under way. */
  readonly returnsPerSec: number;
}

const defaultBounds: GovernorBounds = { newcomers: 1_000, everybody: 2_000, returnsPerSec: 500 };
const manySchedules = 10_000;
/** No tenant has this id. */
const wholeEdge = '';

/**
 * Paces waves of registrations, as they come after an outage (D8): so many a second for each tenant, and so many under way for the whole edge. Who comes without
 * credentials, to be challenged, and who comes with them are counted apart: a wave of newcomers doesn't keep those out who have been challenged already, or
 * who refresh with a nonce that they have. Time is in milliseconds of a monotonic clock.
 */
export class RegistrationGovernor {
  /** How many were sent away since the start, and why. */
  readonly refused = { tenant: 0, edge: 0 };
  readonly #newcomers = new TokenBuckets();
  readonly #proving = new TokenBuckets();
  readonly #schedules = new Map<string, ReturnSchedule>();
  readonly #bounds: GovernorBounds;
  #underWay = 0;

  constructor(
    bounds: Partial<GovernorBounds> = {},
    private readonly random: () => number = Math.random,
  ) {
    this.#bounds = { ...defaultBounds, ...bounds };
  }

  /** REGISTERs that a registrar has not answered yet. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Undefined where a REGISTER may go on; else after how many seconds it should be sent again. `perSec` is the tenant's, 0 for no limit. */
  retryAfterSec(now: number, tenantId: string, perSec: number, hasCredentials: boolean): number | undefined {
    const { newcomers, everybody, returnsPerSec } = this.#bounds;
    if (this.#underWay >= (hasCredentials ? everybody : newcomers)) {
      this.refused.edge += 1;
      return this.#schedule(now, wholeEdge).retryAfterSec(now, returnsPerSec);
    }
    if (perSec <= 0 || (hasCredentials ? this.#proving : this.#newcomers).take(now, tenantId, perSec)) return undefined;
    this.refused.tenant += 1;
    return this.#schedule(now, tenantId).retryAfterSec(now, perSec);
  }

  /** Whether one without credentials might go on now, with nothing counted. */
  wouldTake(now: number, tenantId: string, perSec: number): boolean {
    if (this.#underWay >= this.#bounds.newcomers) return false;
    return perSec <= 0 || this.#newcomers.left(now, tenantId, perSec) >= 1;
  }

  /** One has gone to a registrar. */
  began(): void {
    this.#underWay += 1;
  }

  /** It was answered, or never will be. */
  ended(): void {
    this.#underWay -= 1;
  }

  #schedule(now: number, key: string): ReturnSchedule {
    const known = this.#schedules.get(key);
    if (known !== undefined) return known;
    if (this.#schedules.size >= manySchedules) {
      for (const [other, schedule] of this.#schedules) if (schedule.isOver(now)) this.#schedules.delete(other);
    }
    const schedule = new ReturnSchedule(this.random);
    this.#schedules.set(key, schedule);
    return schedule;
  }
}
