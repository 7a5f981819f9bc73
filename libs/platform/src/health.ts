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

  /** From now on the process is not ready: a balancer sends it nothing new while it ends. */
  drain(): void {
    this.#draining = true;
  }

  /** Runs all checks at once, each under a time limit. */
  async readiness(): Promise<Readiness> {
    if (this.#draining) {
      return { ready: false, checks: [{ name: 'process', ready: false, reason: 'the process is shutting down' }] };
    }
    const checks = await Promise.all([...this.#checks].map(([name, check]) => this.#run(name, check)));
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
