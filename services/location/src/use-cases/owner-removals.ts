import { type Logger, ServiceError } from '@ringdown/platform';
import type { BindingStore } from '../ports/binding-store.js';
import type { OwnerGone, OwnerNews } from '../ports/owner-news.js';

export interface OwnerRemovalsOptions {
  readonly store: Pick<BindingStore, 'lookup' | 'list' | 'removeOwner'>;
  /** Whether this replica is the one that acts. */
  readonly leads: () => boolean;
  readonly logger: Logger;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** How often it is seen whether there is something to do. */
  readonly pollMs: number;
  /** How long news are kept by a replica that doesn't lead, so that it can act on them if the one that led is gone. */
  readonly keepMs: number;
  readonly removed: (bindings: number) => void;
  readonly missed: () => void;
}

interface Pending {
  readonly gone: OwnerGone;
  readonly learnedAtMs: number;
}

const maxPending = 10_000;
const pageSize = 500;

/**
 * Removes the bindings of subscribers and tenants that the directory no longer has, so that a successor of the same name doesn't get
 * calls on the phones of the one before. Every replica hears the news and the one that leads acts; the others keep them for a while, for
 * the case that they lead next. Doing it twice changes nothing: only bindings older than the news are removed.
 */
export class OwnerRemovals implements OwnerNews {
  readonly #options: OwnerRemovalsOptions;
  #pending: Pending[] = [];
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(options: OwnerRemovalsOptions) {
    this.#options = options;
  }

  ownerGone(gone: OwnerGone): void {
    this.#pending.push({ gone, learnedAtMs: this.#options.now() });
    if (this.#pending.length > maxPending) {
      this.#pending.shift();
      this.#options.missed();
    }
    this.#work();
  }

  newsMissed(afterPosition: number, upToPosition: number): void {
    this.#options.missed();
    this.#options.logger.warn(
      'Events of the directory were missed: what is bound for subscribers removed by them stays until it expires',
      { afterPosition, upToPosition },
    );
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#working;
  }

  #work(): void {
    if (this.#stopped || this.#working !== undefined) return;
    clearTimeout(this.#timer);
    this.#working = this.#removeAll()
      .catch((error: unknown) => {
        // An outage of Postgres is reported where it is noticed, once.
        if (error instanceof ServiceError) return;
        this.#options.logger.error('Bindings of removed subscribers could not be removed', { error });
      })
      .finally(() => {
        this.#working = undefined;
        if (this.#stopped || this.#pending.length === 0) return;
        this.#timer = setTimeout(() => this.#work(), this.#options.pollMs);
      });
  }

  async #removeAll(): Promise<void> {
    const { leads, now, keepMs } = this.#options;
    while (leads() && !this.#stopped) {
      const [next] = this.#pending;
      if (next === undefined) return;
      await this.#remove(next);
      this.#pending = this.#pending.filter((pending) => pending !== next);
    }
    this.#pending = this.#pending.filter(({ learnedAtMs }) => now() - learnedAtMs < keepMs);
  }

  async #remove({ gone, learnedAtMs }: Pending): Promise<void> {
    const { store } = this.#options;
    const { tenantId } = gone;
    if (gone.kind === 'addresses') {
      for (const addressOfRecord of gone.addressesOfRecord) {
        const { bindings } = await store.lookup(tenantId, addressOfRecord);
        // An address that was never bound needs no row.
        if (bindings.length > 0) await this.#removeFrom(tenantId, [addressOfRecord], learnedAtMs);
      }
      return;
    }
    let after = '';
    for (;;) {
      const page = await store.list(tenantId, after, pageSize);
      const addresses = page.map(({ addressOfRecord }) => addressOfRecord);
      await this.#removeFrom(tenantId, addresses, learnedAtMs);
      if (page.length < pageSize) return;
      after = addresses.at(-1) ?? after;
    }
  }

  async #removeFrom(tenantId: string, addresses: readonly string[], learnedAtMs: number): Promise<void> {
    const { store, removed } = this.#options;
    const outcomes = await Promise.all(
      addresses.map((addressOfRecord) =>
        store.removeOwner({ kind: 'remove-owner', tenantId, addressOfRecord, learnedAtMs }),
      ),
    );
    removed(outcomes.reduce((sum, outcome) => sum + outcome.removed, 0));
  }
}
