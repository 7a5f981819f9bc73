/** Does a piece of work again and again, with a pause in between, until it is stopped. */
export class RepeatedWork {
  readonly #work: () => Promise<unknown>;
  readonly #failed: (error: unknown) => void;
  readonly #pauseMs: number;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: {
    readonly work: () => Promise<unknown>;
    readonly failed: (error: unknown) => void;
    readonly pauseMs: number;
  }) {
    this.#work = options.work;
    this.#failed = options.failed;
    this.#pauseMs = options.pauseMs;
  }

  /** Begins at once. */
  start(): void {
    if (this.#stopped) return;
    this.#underWay = this.#work()
      .then(
        () => undefined,
        (error: unknown) => this.#failed(error),
      )
      .finally(() => {
        if (!this.#stopped) this.#timer = setTimeout(() => this.start(), this.#pauseMs);
      });
  }

  /** Resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#underWay;
  }
}
