/** One thing a service needs: resolves when it works, rejects with a sentence when it doesn't. */
export type HealthCheck = () => Promise<void>;

export interface CheckResult {
  readonly name: string;
  readonly ready: boolean;
  /** What is wrong; undefined when ready. */
  readonly reason: string | undefined;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly CheckResult[];
}

/** The dependencies of a process's services, each under its name: `location/postgres`, `edge-proxy/directory`. */
export class Health {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #sipChecks = new Map<string, HealthCheck>();
  readonly #timeoutMs: number;
  #draining = false;

  constructor(options: { readonly timeoutMs?: number } = {}) {
    this.#timeoutMs = options.timeoutMs ?? 1_000;
  }

  /** Adds a dependency; returns what removes it again. */
  add(name: string, check: HealthCheck): () => void {
    if (this.#checks.has(name)) throw new Error(`There is a health check ${name} already`);
    this.#checks.set(name, check);
    return () => this.#checks.delete(name);
  }

  /**
   * Adds the SIP sockets of a service: they are a dependency like others, and also told of alone, so that a process whose sockets answer no more is
   * ended though its HTTP server lives. Returns what removes it again.
   */
  addSip(name: string, check: HealthCheck): () => void {
    const remove = this.add(name, check);
    this.#sipChecks.set(name, check);
    return () => {
      this.#sipChecks.delete(name);
      remove();
    };
  }

  /** From now on the process is not ready: a balancer sends it nothing new while it ends. */
  drain(): void {
    this.#draining = true;
  }

  /** Runs all checks at once, each under a time limit. */
  async readiness(): Promise<Readiness> {
    if (this.#draining) {
      return { ready: false, checks: [{ name: 'process', ready: false, reason: 'the process is shutting down' }] };
    }
    return this.#runAll(this.#checks);
  }

  /** Whether the SIP sockets answer, also while the process ends; undefined in a process that has none. */
  async sip(): Promise<Readiness | undefined> {
    return this.#sipChecks.size === 0 ? undefined : this.#runAll(this.#sipChecks);
  }

  async #runAll(all: ReadonlyMap<string, HealthCheck>): Promise<Readiness> {
    const checks = await Promise.all([...all].map(([name, check]) => this.#run(name, check)));
    return { ready: checks.every((check) => check.ready), checks };
  }

  async #run(name: string, check: HealthCheck): Promise<CheckResult> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${this.#timeoutMs} ms`)), this.#timeoutMs);
    try {
      const work = check();
      work.catch(() => undefined);
      await Promise.race([work, late.promise]);
      return { name, ready: true, reason: undefined };
    } catch (error) {
      return { name, ready: false, reason: error instanceof Error ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
    }
  }
}
