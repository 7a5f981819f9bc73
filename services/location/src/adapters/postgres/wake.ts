/** Lets loops sleep until something happens, or a time has passed. */
export class Wake {
  readonly #sleepers = new Set<() => void>();
  #count = 0;

  /** Wakes all who sleep. */
  ring(): void {
    this.#count += 1;
    for (const wake of this.#sleepers) wake();
  }

  /** How often it has rung. */
  get count(): number {
    return this.#count;
  }

  /** Resolves when it has rung more often than `seen`, after `timeoutMs`, or when the signal is aborted. */
  async after(seen: number, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#count > seen || signal?.aborted === true) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal?.addEventListener('abort', wake);
      this.#sleepers.add(wake);
    });
  }
}
