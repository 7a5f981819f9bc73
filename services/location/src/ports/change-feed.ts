import type { Binding, ChangeReason } from '../domain/binding.js';

/** What an address of record became by one committed change. */
export interface CommittedChange {
  /** Counts up without a gap over all tenants, in commit order. */
  readonly position: number;
  readonly tenantId: string;
  readonly addressOfRecord: string;
  readonly version: number;
  readonly reason: ChangeReason;
  readonly bindings: readonly Binding[];
}

/** Changes that follow one another. */
export interface ChangePage {
  readonly changes: readonly CommittedChange[];
  /** The last committed position when the page was read. */
  readonly headPosition: number;
  /** Postgres's time when the page was read, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** Where committed changes go: the bus. What can't be handed on is a ServiceError `unavailable`, and comes again. */
export interface ChangePublisher {
  /** Hands the changes on, in this order. */
  publish(changes: readonly CommittedChange[], nowMs: number): Promise<void>;
  /** Every change up to the position was published. */
  heartbeat(position: number): void;
  /** Changes up to the position may not have been published and can't be any more: what is known must be read anew. */
  reset(position: number): void;
}

/** How a replica that has committed something calls the one that publishes; over the bus, so a call may be lost. */
export interface CommitCalls {
  call(): void;
  /** `called`: another replica has called. Returns what ends it. */
  listen(called: () => void): () => void;
}

/** What a watcher sees. */
export type WatchItem =
  | { readonly kind: 'change'; readonly change: CommittedChange; readonly nowMs: number }
  /** Every change up to the position was seen. */
  | { readonly kind: 'heartbeat'; readonly position: number }
  /** What is known must be read anew; changes after the position follow. */
  | { readonly kind: 'reset'; readonly position: number };

/** Changes as they are committed. */
export interface ChangeFeed {
  /**
   * The changes of one tenant, or of all (''), after a position; -1 is the present. Heartbeats come at the start and every
   * second. Goes on until the signal is aborted; throws ServiceError `unavailable` when the store can't be reached.
   */
  watch(tenantId: string, after: number, signal: AbortSignal): AsyncIterable<WatchItem>;
}
