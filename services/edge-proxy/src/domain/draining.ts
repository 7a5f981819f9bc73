/** How long an edge takes to leave, in milliseconds. */
export interface DrainTimes {
  /** Until the balancers have noticed that it isn't ready: it goes on as before. */
  readonly noticeMs: number;
  /** The most time after that. */
  readonly graceMs: number;
}

/** What an edge still has to do. */
export interface Remaining {
  /** Requests that wait for a final response. */
  readonly requests: number;
  /** Connections of phones and other peers that are open. */
  readonly connections: number;
}

/**
 * `notice`: everything goes on. `moving`: new requests are handed to another edge, and connections are closed one after the other. `ending`: there is
 * no other edge; what is new is refused, what is under way may end. `over`: nothing is left, or the time is up.
 */
export type DrainStage = 'notice' | 'moving' | 'ending' | 'over';

/** Fewer a second than this are no storm, whatever the time for it. */
const leastClosedPerSec = 50;
/** What was answered last may have to be answered again: 0.5 s and 1.5 s later (RFC 3261 §17.1.1.2), and a little. */
const quietMs = 2_000;

/**
 * The steps in which an edge leaves. Time comes in as an argument, in milliseconds of a monotonic clock, and so does what is left to do; it is to be
 * looked at several times a second.
 */
export class Draining {
  readonly #startedAt: number;
  readonly #times: DrainTimes;
  readonly #isAlone: boolean;
  #stage: DrainStage;
  #movingSince = 0;
  #toClose = 0;
  #quietSince: number | undefined;

  /** `isAlone`: no other edge can take anything over. */
  constructor(now: number, times: DrainTimes, isAlone: boolean) {
    this.#startedAt = now;
    this.#times = times;
    this.#isAlone = isAlone;
    this.#stage = isAlone ? 'ending' : 'notice';
  }

  /** Which stage it is in by now. */
  look(now: number, remaining: Remaining): DrainStage {
    const { noticeMs, graceMs } = this.#times;
    if (this.#stage === 'notice' && now - this.#startedAt >= noticeMs) {
      this.#stage = 'moving';
      this.#movingSince = now;
      this.#toClose = remaining.connections;
    }
    if (this.#stage === 'notice' || this.#stage === 'over') return this.#stage;
    const endsAt = this.#startedAt + graceMs + (this.#isAlone ? 0 : noticeMs);
    if (now >= endsAt || this.#isQuiet(now, remaining)) this.#stage = 'over';
    return this.#stage;
  }

  /** How many connections may still be open by now. */
  mayBeOpen(now: number): number {
    if (this.#stage === 'notice') return Number.POSITIVE_INFINITY;
    if (this.#stage !== 'moving') return 0;
    const spreadMs = Math.min(this.#times.graceMs / 2, (this.#toClose * 1_000) / leastClosedPerSec);
    const share = spreadMs === 0 ? 1 : Math.min(1, (now - this.#movingSince) / spreadMs);
    return Math.floor(this.#toClose * (1 - share));
  }

  #isQuiet(now: number, { requests, connections }: Remaining): boolean {
    // Phones that have nowhere to go stay until the edge is gone.
    if (this.#isAlone) return requests === 0;
    if (requests > 0 || connections > 0) {
      this.#quietSince = undefined;
      return false;
    }
    this.#quietSince ??= now;
    return now - this.#quietSince >= quietMs;
  }
}
