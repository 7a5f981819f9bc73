import type { ConferenceEvent, ConferenceEvents } from '../ports/conference-events.js';
import type { Timers } from '../ports/timers.js';
import type { UsageStore } from '../ports/usage-store.js';

export interface UsageMeterOptions {
  readonly store: Pick<UsageStore, 'add'>;
  readonly timers: Timers;
  /** What couldn't be written, which is tried again. */
  readonly failed: (error: unknown) => void;
}

/** How long members who have left are gathered before they are written. */
const GATHER_MS = 1_000;

/**
 * Adds up how long members were in, by tenant. What is not written yet is lost with the process: the members of a second, and those that
 * were in when it died.
 */
export class UsageMeter implements ConferenceEvents {
  readonly #options: UsageMeterOptions;
  #gathered = new Map<string, number>();
  #cancel: (() => void) | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: UsageMeterOptions) {
    this.#options = options;
  }

  happened(event: ConferenceEvent): void {
    if (event.type !== 'left' || event.durationMs <= 0) return;
    this.#add(event.tenantId, event.durationMs);
    this.#later();
  }

  refused(): void {}

  /** Writes what is gathered. Resolves when that is done, or has failed. */
  async stop(): Promise<void> {
    this.#unschedule();
    await this.#writing;
    await this.#write();
    // What failed now isn't tried again.
    this.#unschedule();
  }

  #unschedule(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #later(): void {
    this.#cancel ??= this.#options.timers.after(GATHER_MS, () => {
      this.#cancel = undefined;
      this.#writing = this.#writing.then(() => this.#write());
    });
  }

  async #write(): Promise<void> {
    const gathered = this.#gathered;
    if (gathered.size === 0) return;
    this.#gathered = new Map();
    try {
      await this.#options.store.add(gathered);
    } catch (error) {
      for (const [tenantId, memberMs] of gathered) this.#add(tenantId, memberMs);
      this.#options.failed(error);
      this.#later();
    }
  }

  #add(tenantId: string, memberMs: number): void {
    this.#gathered.set(tenantId, (this.#gathered.get(tenantId) ?? 0) + memberMs);
  }
}
