import type { LogFields, Logger } from './logger.js';
import { ServiceError } from './service-error.js';

interface Outage {
  readonly sinceMs: number;
  failures: number;
  lastFailureMs: number;
  /** The first success after the last failure. */
  worksSinceMs: number | undefined;
  /** Runs while it works and that hasn't been told. */
  timer: NodeJS.Timeout | undefined;
}

/** How long a dependency has to work before its outage counts as over. */
const healedAfterMs = 1_000;

/**
 * Logs a failing dependency once, and once more when it has worked again for a second, however often it is tried in between: one
 * that fails now and then makes one pair of lines, not a pair for each success. A dependency that refuses work because it has too
 * much of it is not away, so `resource-exhausted` is no outage. A key names the dependency (`postgres`, `nats`, `location`).
 */
export class OutageLog {
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #outages = new Map<string, Outage>();

  constructor(logger: Logger, now: () => number = () => performance.now()) {
    this.#logger = logger;
    this.#now = now;
  }

  /** Records a failure; logs `message` if the dependency worked until now. Returns whether it did. */
  failed(key: string, message: string, fields?: LogFields): boolean {
    if (isOverload(fields?.error)) return false;
    const now = this.#now();
    const outage = this.#outages.get(key);
    if (outage !== undefined) {
      clearTimeout(outage.timer);
      outage.timer = undefined;
      outage.worksSinceMs = undefined;
      outage.lastFailureMs = now;
      outage.failures += 1;
      return false;
    }
    this.#outages.set(key, {
      sinceMs: now,
      failures: 1,
      lastFailureMs: now,
      worksSinceMs: undefined,
      timer: undefined,
    });
    this.#logger.error(message, { ...fields, dependency: key });
    return true;
  }

  /**
   * Records a success. If the dependency had failed, `message` is logged with the outage's length and failures, at once or as soon
   * as a second without a failure has passed. Returns whether it was logged at once.
   */
  healed(key: string, message: string): boolean {
    const outage = this.#outages.get(key);
    if (outage === undefined) return false;
    const now = this.#now();
    outage.worksSinceMs ??= now;
    const leftMs = outage.lastFailureMs + healedAfterMs - now;
    if (leftMs > 0) {
      outage.timer ??= setTimeout(() => this.#end(key, outage, message), leftMs).unref();
      return false;
    }
    this.#end(key, outage, message);
    return true;
  }

  #end(key: string, outage: Outage, message: string): void {
    clearTimeout(outage.timer);
    this.#outages.delete(key);
    const outageMs = Math.round((outage.worksSinceMs ?? this.#now()) - outage.sinceMs);
    this.#logger.info(message, { dependency: key, outageMs, failures: outage.failures });
  }
}

function isOverload(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'resource-exhausted';
}
