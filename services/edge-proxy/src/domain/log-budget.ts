/** Whether a line may be written now. */
export type Allowance =
  /** `silenced` lines of the same source were not written since its last one that was. */
  { readonly kind: 'line'; readonly silenced: number } | { readonly kind: 'silent' };

export interface LogBudgetOptions {
  /** Lines of one source in a window; 10 unless told. */
  readonly lines?: number;
  /** How long a window is, from the first line in it; 10,000 unless told. */
  readonly windowMs?: number;
  /** Sources that are remembered; 10,000 unless told. */
  readonly sources?: number;
}

interface Window {
  readonly beganAtMs: number;
  lines: number;
  silenced: number;
}

const line: Allowance = { kind: 'line', silenced: 0 };
const silent: Allowance = { kind: 'silent' };

/**
 * Keeps what strangers cause from filling a disk: of each source so many lines in a window, and then silence; the first line of its next window
 * says how many were not written. The source whose window began first is forgotten for a new one, with its count. Time comes in as an argument, in
 * milliseconds of any clock; one that is set back begins a window.
 */
export class LogBudget {
  readonly #lines: number;
  readonly #windowMs: number;
  readonly #sources: number;
  /** In the order in which the windows began. */
  readonly #windows = new Map<string, Window>();
  /** Kept, as each new iterator would step again over all that was deleted at the front. What it has passed is no longer in the map. */
  readonly #oldestFirst = this.#windows.keys();

  constructor({ lines = 10, windowMs = 10_000, sources = 10_000 }: LogBudgetOptions = {}) {
    this.#lines = lines;
    this.#windowMs = windowMs;
    this.#sources = sources;
  }

  /** Sources that are remembered. */
  get size(): number {
    return this.#windows.size;
  }

  /** Asks for one line; where it may be written, it has been counted. */
  take(nowMs: number, source: string): Allowance {
    const known = this.#windows.get(source);
    if (known === undefined || !this.#lasts(known, nowMs)) return this.#begin(nowMs, source, known?.silenced ?? 0);
    if (known.lines < this.#lines) {
      known.lines += 1;
      return line;
    }
    known.silenced += 1;
    return silent;
  }

  #lasts({ beganAtMs }: Window, nowMs: number): boolean {
    return nowMs >= beganAtMs && nowMs < beganAtMs + this.#windowMs;
  }

  #begin(nowMs: number, source: string, silenced: number): Allowance {
    // Taken out even if known, so that the first of the map is always the oldest.
    if (!this.#windows.delete(source) && this.#windows.size >= this.#sources) {
      const oldest = this.#oldestFirst.next();
      if (oldest.done !== true) this.#windows.delete(oldest.value);
    }
    this.#windows.set(source, { beganAtMs: nowMs, lines: 1, silenced: 0 });
    return silenced === 0 ? line : { kind: 'line', silenced };
  }
}
