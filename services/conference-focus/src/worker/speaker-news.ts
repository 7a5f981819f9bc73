/** Those who follow a conference by its events see no more often than this who speaks, and each time wakes the thread that tells them. */
export const shortestIntervalMs = 250;

/** When the rest of the platform is told who speaks in a room: at once, then at most four times a second, and always the last state. */
export class SpeakerNews {
  readonly #tell: (members: readonly string[]) => void;
  #latest: readonly string[] = [];
  #told: readonly string[] = [];
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(tell: (members: readonly string[]) => void) {
    this.#tell = tell;
  }

  /** Once a tick; with who speaks, the loudest first, where that has changed. */
  tick(nowMs: number, changed: readonly string[] | undefined): void {
    if (changed !== undefined) this.#latest = changed;
    if (this.#latest === this.#told || nowMs - this.#toldAtMs < shortestIntervalMs) return;
    const latest = this.#latest;
    const isSame = latest.length === this.#told.length && latest.every((member, i) => member === this.#told[i]);
    this.#told = latest;
    if (isSame) return;
    this.#toldAtMs = nowMs;
    this.#tell(latest);
  }
}
