import { locationCommits } from '@ringdown/contracts';
import type { Bus } from '@ringdown/platform';
import type { CommitCalls } from '../../ports/change-feed.js';

const nothing = new Uint8Array(0);

/** Calls of replicas, over the bus; each hears its own too. */
export class BusCommitCalls implements CommitCalls {
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  call(): void {
    this.#bus.publish(locationCommits, nothing);
  }

  listen(called: () => void): () => void {
    const subscription = this.#bus.subscribe(locationCommits, called);
    return () => subscription.unsubscribe();
  }
}
