import type { Logger } from './logger.js';

/** A service that runs in this process. */
export interface RunningService {
  readonly name: string;
  /** Takes nothing new and lets what is under way end, for at most `timeoutMs`. */
  drain(timeoutMs: number): Promise<void>;
  /** Frees everything it holds. Called once, after drain. */
  stop(): Promise<void>;
}

export interface ShutdownOptions {
  readonly logger: Logger;
  /** For all services together; default 10,000. */
  readonly timeoutMs?: number;
  /** Signals that come within this time are one; default 1,000. Ctrl-C reaches a process under npm twice. */
  readonly repeatWindowMs?: number;
  readonly now?: () => number;
}

/** What a service gets for stopping even when all time is used up: its sockets and processes should be freed. */
const leastStopMs = 500;

export type ShutdownOutcome = 'clean' | 'forced';

/**
 * Ends a process's services one after another, in the order in which they were added, under one time limit. A signal
 * within a second of the first is the same one; a later one means "now".
 */
export class Shutdown {
  readonly #services: RunningService[] = [];
  readonly #logger: Logger;
  readonly #timeoutMs: number;
  readonly #repeatWindowMs: number;
  readonly #now: () => number;
  readonly #hurry = Promise.withResolvers<void>();
  #firstAtMs: number | undefined;
  #outcome: Promise<ShutdownOutcome> | undefined;

  constructor(options: ShutdownOptions) {
    this.#logger = options.logger;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#repeatWindowMs = options.repeatWindowMs ?? 1_000;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Adds a service to the end of the order. The platform's: edges, SIP servers, location and directory, bus, Postgres. */
  add(service: RunningService): void {
    this.#services.push(service);
  }

  /** To be called for each SIGINT or SIGTERM. Resolves, for all callers alike, when everything has stopped or was given up. */
  signal(): Promise<ShutdownOutcome> {
    const now = this.#now();
    if (this.#outcome === undefined) {
      this.#firstAtMs = now;
      this.#outcome = this.#run();
    } else if (now - (this.#firstAtMs ?? now) > this.#repeatWindowMs) {
      this.#hurry.resolve();
    }
    return this.#outcome;
  }

  async #run(): Promise<ShutdownOutcome> {
    const endsAtMs = this.#now() + this.#timeoutMs;
    let outcome: ShutdownOutcome = 'clean';
    for (const service of this.#services) {
      const leftMs = Math.max(0, endsAtMs - this.#now());
      const drained = await this.#within(leftMs, service.name, 'drain', () => service.drain(leftMs));
      // What didn't drain in time is stopped all the same, so that its sockets and processes are freed.
      const stopped = await this.#within(Math.max(leastStopMs, endsAtMs - this.#now()), service.name, 'stop', () =>
        service.stop(),
      );
      if (!drained || !stopped) outcome = 'forced';
    }
    return outcome;
  }

  async #within(
    limitMs: number,
    service: string,
    step: 'drain' | 'stop',
    action: () => Promise<void>,
  ): Promise<boolean> {
    const limit = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => limit.resolve('late'), limitMs);
    let hurry: NodeJS.Timeout | undefined;
    try {
      const work = action().then(() => 'done' as const);
      const hurried = this.#hurry.promise.then(() => {
        // "Now" ends a drain at once, and leaves a stop only the least time.
        if (step === 'stop') hurry = setTimeout(() => limit.resolve('late'), leastStopMs);
        return step === 'stop' ? limit.promise : 'late';
      });
      const end = await Promise.race([work, limit.promise, hurried]);
      if (end === 'done') return true;
      // Its late failure must not end the process before the others have stopped.
      work.catch(() => undefined);
      this.#logger.warn(`${service} did not ${step} in time`, {
        service,
        limitMs: Math.round(limitMs),
      });
    } catch (error) {
      this.#logger.error(`${service} failed to ${step}`, { service, error });
    } finally {
      clearTimeout(timer);
      clearTimeout(hurry);
    }
    return false;
  }
}

/** Calls `shutdown.signal()` for SIGINT and SIGTERM, and `exit` with 0 or 1 when all is done. Only a process's starter does this. */
export function installSignalHandlers(shutdown: Pick<Shutdown, 'signal'>, exit: (code: number) => void): () => void {
  const handle = () => void shutdown.signal().then((outcome) => exit(outcome === 'clean' ? 0 : 1));
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  return () => {
    process.off('SIGINT', handle);
    process.off('SIGTERM', handle);
  };
}
