/** A bounded memory of answers that another service gives, for a short time. */
export interface FreshAnswersOptions<T> {
  readonly ask: (key: string, traceparent: string | undefined) => Promise<T>;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** How long an answer serves without asking again. */
  readonly freshMs: number;
  /** How long an answer may serve while asking fails. */
  readonly staleMs: number;
  /** The most answers remembered; the oldest goes first. */
  readonly capacity: number;
}

interface Remembered<T> {
  readonly answer: T;
  readonly askedAt: number;
}

/**
 * Answers from memory for `freshMs`, asks once for however many wait for the same key, and serves what it remembers while the service can't be
 * asked. For who is not on the path of every call: a bound on the age replaces change events.
 */
export class FreshAnswers<T> {
  readonly #options: FreshAnswersOptions<T>;
  readonly #remembered = new Map<string, Remembered<T>>();
  readonly #asking = new Map<string, Promise<T>>();

  constructor(options: FreshAnswersOptions<T>) {
    this.#options = options;
  }

  /** The answer for a key; rejects as asking does when there is nothing to fall back on. Of several that wait, the first one's trace shows the call. */
  get(key: string, traceparent?: string): Promise<T> {
    const known = this.#remembered.get(key);
    const ageMs = known === undefined ? Number.POSITIVE_INFINITY : this.#options.now() - known.askedAt;
    if (known !== undefined && ageMs < this.#options.freshMs) return Promise.resolve(known.answer);
    const asking = this.#asking.get(key) ?? this.#ask(key, traceparent);
    if (known === undefined || ageMs >= this.#options.staleMs) return asking;
    return asking.catch(() => known.answer);
  }

  #ask(key: string, traceparent: string | undefined): Promise<T> {
    const askedAt = this.#options.now();
    const asking = this.#options
      .ask(key, traceparent)
      .then((answer) => {
        this.#remember(key, { answer, askedAt });
        return answer;
      })
      .finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  #remember(key: string, remembered: Remembered<T>): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, remembered);
    if (this.#remembered.size <= this.#options.capacity) return;
    const oldest = this.#remembered.keys().next();
    if (!oldest.done) this.#remembered.delete(oldest.value);
  }
}
