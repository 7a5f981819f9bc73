import type { LogFields, Logger } from './logger.js';

interface Outage {
  readonly sinceMs: number;
  failures: number;
}

/**
 * Logs a failing dependency once, and once more when it works again, however often it is tried in between.
 * A key names the dependency (`postgres`, `nats`, `location`).
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
    const outage = this.#outages.get(key);
    if (outage !== undefined) {
      outage.failures += 1;
      return false;
    }
    this.#outages.set(key, { sinceMs: this.#now(), failures: 1 });
    this.#logger.error(message, { ...fields, dependency: key });
    return true;
  }

  /** Records a success; logs `message` with the outage's length and failures if the dependency had failed. */
  healed(key: string, message: string): boolean {
    const outage = this.#outages.get(key);
    if (outage === undefined) return false;
    this.#outages.delete(key);
    const outageMs = Math.round(this.#now() - outage.sinceMs);
    this.#logger.info(message, { dependency: key, outageMs, failures: outage.failures });
    return true;
  }
}
