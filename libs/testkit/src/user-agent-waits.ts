/** Something that a test waits for. */
interface Wait {
  /** True once it is settled. */
  attempt(): boolean;
  fail(reason: string): void;
}

/** Promises that resolve when something has come true, each within a time limit. Nothing sleeps: `check` says when to look. */
export class UserAgentWaits {
  readonly #waiting = new Set<Wait>();
  readonly #timeoutMs: number;
  readonly #describe: () => string;

  /** `describe` is added to what a wait says that failed. */
  constructor(timeoutMs: number, describe: () => string) {
    this.#timeoutMs = timeoutMs;
    this.#describe = describe;
  }

  /** Resolves with what `look` finds, now or later; rejects when it finds nothing in time. */
  until<T>(what: string, look: () => T | undefined, timeoutMs = this.#timeoutMs): Promise<T> {
    const found = look();
    if (found !== undefined) return Promise.resolve(found);
    return new Promise<T>((resolve, reject) => {
      const fail = (reason: string): void => {
        clearTimeout(timeout);
        this.#waiting.delete(wait);
        reject(this.error(`${what}: ${reason}`));
      };
      const attempt = (): boolean => {
        const late = look();
        if (late === undefined) return false;
        clearTimeout(timeout);
        resolve(late);
        return true;
      };
      const wait: Wait = { attempt, fail };
      const timeout = setTimeout(() => fail(`nothing within ${timeoutMs} ms`), timeoutMs);
      this.#waiting.add(wait);
    });
  }

  /** An error that shows what was recorded. */
  error(what: string): Error {
    return new Error(`${what}\n${this.#describe()}`);
  }

  /** Looks again, after something happened. */
  check(): void {
    for (const wait of this.#waiting) if (wait.attempt()) this.#waiting.delete(wait);
  }

  /** Gives up all waits. */
  close(): void {
    for (const wait of this.#waiting) wait.fail('the user agent was closed');
  }
}
