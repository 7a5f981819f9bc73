/** Who speaks is told at most so often. */
const SHORTEST_INTERVAL_MS = 100;

export interface SpeakersOptions {
  readonly now: () => number;
  readonly after: (delayMs: number, run: () => void) => () => void;
  readonly tell: (members: readonly string[]) => void;
}

/** Passes on who is speaking: at once, then at most ten times a second, and always the last state. */
export class Speakers {
  readonly #options: SpeakersOptions;
  #told: readonly string[] = [];
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #latest: readonly string[] = [];
  #isWaiting = false;

  constructor(options: SpeakersOptions) {
    this.#options = options;
  }

  /** The members that speak now, the loudest first. */
  now(members: readonly string[]): void {
    this.#latest = members;
    if (this.#isWaiting) return;
    const sinceMs = this.#options.now() - this.#toldAtMs;
    if (sinceMs >= SHORTEST_INTERVAL_MS) {
      this.#tell();
      return;
    }
    this.#isWaiting = true;
    this.#options.after(SHORTEST_INTERVAL_MS - sinceMs, () => {
      this.#isWaiting = false;
      this.#tell();
    });
  }

  #tell(): void {
    const latest = this.#latest;
    const isSame = latest.length === this.#told.length && latest.every((member, i) => member === this.#told[i]);
    if (isSame) return;
    this.#told = latest;
    this.#toldAtMs = this.#options.now();
    this.#options.tell(latest);
  }
}
