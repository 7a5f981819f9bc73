import type { directory, location } from '@ringdown/contracts';

/**
 * What a lookup ended with. `unavailable` means that the owning service could not be asked and nothing usable was cached; what depends on it
 * is answered 503.
 */
export type Lookup<V> =
  /** `isStale`: its owner could not be asked, so what isn't in the value may be there all the same. */
  | { readonly kind: 'found'; readonly value: V; readonly isStale?: true }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unavailable' };

/**
 * Called exactly once: before the lookup returns when the answer is warm, later otherwise. So a warm call runs through in one turn, and a
 * cold one is parked without a promise on the path.
 */
export type Answered<V> = (answer: Lookup<V>) => void;

/** The bindings of an address of record that requests may go to, as location gave them. */
export interface BoundContacts {
  readonly version: number;
  readonly bindings: readonly location.Binding[];
  /** The lookup's time on the edge's clock, in milliseconds: `remainingMs` of a binding counts from here. */
  readonly readAt: number;
}

/** Tenants, subscribers and routes: directory's, through the edge's cache. */
export interface DirectoryLookups {
  /** The same lookups, where what has to be asked over the network is a part of that trace (W3C Trace Context). */
  within(traceparent: string): DirectoryLookups;
  tenantByDomain(domain: string, answered: Answered<directory.Tenant>): void;
  tenant(tenantId: string, answered: Answered<directory.Tenant>): void;
  tenantByNumber(
    e164: string,
    answered: Answered<{ readonly tenantId: string; readonly username: string | undefined }>,
  ): void;
  subscriber(tenantId: string, username: string, answered: Answered<directory.Subscriber>): void;
  routes(tenantId: string, answered: Answered<readonly directory.Route[]>): void;
}

/** Bindings: location's, through the edge's cache. */
export interface LocationLookups {
  /** The same lookups, where what has to be asked over the network is a part of that trace (W3C Trace Context). */
  within(traceparent: string): LocationLookups;
  /**
   * `absent` when nothing is bound; found without any binding when all of them are suspended. Where the last flow was lost a few seconds ago the answer
   * waits for the phone to come back.
   */
  bindings(tenantId: string, addressOfRecord: string, answered: Answered<BoundContacts>): void;
  /** A registration of this address of record was just acknowledged through this edge: what is cached may be behind it by an event. */
  registered(tenantId: string, addressOfRecord: string): void;
  /** What is cached lacks something that location may know of by now: the next lookup asks. */
  doubt(tenantId: string, addressOfRecord: string): void;
  /** The flow of a binding is gone: it is removed if it still has that flow (RFC 5626 §5.3, 430). Failure is logged, not returned. */
  flowGone(tenantId: string, addressOfRecord: string, binding: location.Binding): void;
  /** The edge that holds the flow of a binding can't be reached: the phone may come back over another one. */
  ownerAway(tenantId: string, addressOfRecord: string, binding: location.Binding): void;
}
