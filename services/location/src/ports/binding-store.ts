import type { BindCommand } from '../domain/bind.js';
import type { Binding } from '../domain/binding.js';
import type { RemoveOwnerCommand } from '../domain/remove-owner.js';
import type { UnbindCommand } from '../domain/unbind.js';

/** What is bound to an address of record, and when that was. */
export interface AddressSnapshot {
  /** Grows with every change; 0 if the address was never bound. */
  readonly version: number;
  /** The most recently set first; none of them expired. */
  readonly bindings: readonly Binding[];
  /** Postgres's time of the snapshot, in milliseconds since 1970. */
  readonly nowMs: number;
}

export type BindOutcome =
  | ({ readonly kind: 'bound'; readonly repeated: boolean } & AddressSnapshot)
  | { readonly kind: 'out-of-order'; readonly currentCseq: number }
  | { readonly kind: 'too-many-contacts'; readonly contacts: number }
  | { readonly kind: 'registrations-exhausted'; readonly registrations: number };

export interface UnbindOutcome {
  readonly kind: 'unbound';
  readonly removed: number;
  readonly version: number;
}

/** What a caller says about one request beside the request. */
export interface RequestScope {
  /** How long the caller still waits. */
  readonly timeoutMs?: number | undefined;
  /** W3C traceparent of the span that asks. */
  readonly traceparent?: string | undefined;
}

/**
 * The bindings. Every method throws ServiceError: `unavailable` (the store can't be reached; of a change it isn't known whether
 * it was made), `resource-exhausted` (too much waits already), `deadline`, `invalid` (the store refuses the values).
 */
export interface BindingStore {
  /** Resolved means committed. */
  bind(command: BindCommand, scope?: RequestScope): Promise<BindOutcome>;
  unbind(command: UnbindCommand, scope?: RequestScope): Promise<UnbindOutcome>;
  removeOwner(command: RemoveOwnerCommand): Promise<UnbindOutcome>;
  lookup(tenantId: string, addressOfRecord: string, scope?: RequestScope): Promise<AddressSnapshot>;
  /** Addresses with bindings that come after `after` in the store's order, at most `limit`. */
  list(
    tenantId: string,
    after: string,
    limit: number,
    scope?: RequestScope,
  ): Promise<readonly (AddressSnapshot & { readonly addressOfRecord: string })[]>;
}
