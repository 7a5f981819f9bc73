import { type directory, directoryEvents } from '@ringdown/contracts';
import type { Bus, Subscription } from '@ringdown/platform';
import type { OwnerNews } from '../../ports/owner-news.js';

/** Hears from the bus what the directory removes. Positions of the directory have no gap, so one that is skipped tells of a loss. */
export class DirectoryEvents {
  readonly #bus: Bus;
  readonly #news: OwnerNews;
  #subscription: Subscription | undefined;
  /** The last position heard of; undefined before the first. */
  #position: number | undefined;

  constructor(bus: Bus, news: OwnerNews) {
    this.#bus = bus;
    this.#news = news;
  }

  start(): void {
    this.#subscription = this.#bus.subscribe(directoryEvents.pattern(), ({ data }) => {
      const event = directoryEvents.decode(data);
      if (event !== undefined) this.#take(event);
    });
  }

  stop(): void {
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #take({ position, change, reset }: directory.WatchResponse): void {
    const known = this.#position ?? (change === undefined ? position : position - 1);
    if (change === undefined) {
      // A position that is lower is that of another database.
      if (reset || position > known) this.#news.newsMissed(known, position);
      this.#position = position;
      return;
    }
    // Published again: what it removed is gone, and what is bound since then is a successor's.
    if (position <= known) return;
    if (position > known + 1) this.#news.newsMissed(known, position - 1);
    this.#position = position;
    const { tenantId, subject } = change;
    if (subject?.$case === 'tenant' && subject.value.removed) this.#news.ownerGone({ kind: 'tenant', tenantId });
    if (subject?.$case !== 'subscriber') return;
    const addressesOfRecord = subject.value.lost?.addressesOfRecord ?? [];
    if (addressesOfRecord.length > 0) this.#news.ownerGone({ kind: 'addresses', tenantId, addressesOfRecord });
  }
}
