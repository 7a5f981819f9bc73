/** Where a REGISTER came in, and who can send there. */
export interface ReceivingFlow {
  readonly token: string;
  readonly edgeId: string;
  readonly incarnation: string;
  readonly transport: string;
  readonly host: string;
  readonly port: number;
}

/** What orders REGISTER requests of one device, and recognises one that comes again. */
export interface RegisterOrder {
  readonly callId: string;
  readonly cseq: number;
  /** Stands for everything the device wrote about its contacts in the request. */
  readonly requestDigest: string;
}

/** A contact bound to an address of record (RFC 3261 §10). Times are milliseconds since 1970 by Postgres's clock. */
export interface Binding extends RegisterOrder {
  /** Two contacts are the same one if and only if their keys are equal (RFC 3261 §10.3 step 7, §19.1.4). */
  readonly bindingKey: string;
  readonly uri: string;
  readonly contactParams: string;
  readonly qThousandths: number | undefined;
  readonly instanceId: string;
  readonly regId: number;
  readonly path: readonly string[];
  readonly flow: ReceivingFlow;
  readonly userAgent: string;
  readonly expiresAtMs: number;
  readonly updatedAtMs: number;
  /** Since when requests don't go there, because the edge that owns the flow is silent; undefined if they do. */
  readonly suspendedAtMs: number | undefined;
}

/** What is remembered of a removed binding, so that a late or repeated REGISTER is recognised. */
export interface Tombstone extends RegisterOrder {
  /** The removed binding's, or `everyBinding`. */
  readonly bindingKey: string;
  readonly expiresAtMs: number;
}

/** The key of a tombstone that `Contact: *` leaves; no contact's key is this. */
export const everyBinding = '*';

/** RFC 3261 §17.2.2: how long a request may still come again (timer J, 64 × T1). */
export const tombstoneMs = 32_000;

/** All that is stored of one address of record, whether or not it has expired. */
export interface AddressState {
  readonly bindings: readonly Binding[];
  readonly tombstones: readonly Tombstone[];
}

export type ChangeReason =
  | 'registered'
  | 'expired'
  | 'flow-gone'
  | 'owner-gone'
  | 'suspended'
  | 'restored'
  | 'lease-ended';

/** What to store, and what is bound afterwards. */
export interface AddressChange {
  readonly kind: 'changed';
  readonly reason: ChangeReason;
  readonly put: readonly Binding[];
  readonly bury: readonly Tombstone[];
  /** Keys of rows that are neither put nor buried and go. */
  readonly drop: readonly string[];
  /** What is bound after the change, in the order of `byRecency`. */
  readonly bindings: readonly Binding[];
}

/** What is bound now, the most recently set first. */
export function liveBindings(state: AddressState, nowMs: number): Binding[] {
  return state.bindings.filter((binding) => binding.expiresAtMs > nowMs).sort(byRecency);
}

/** The most recently set first; those of one moment in the order of their keys. */
export function byRecency(a: Binding, b: Binding): number {
  if (a.updatedAtMs !== b.updatedAtMs) return b.updatedAtMs - a.updatedAtMs;
  return a.bindingKey < b.bindingKey ? -1 : a.bindingKey > b.bindingKey ? 1 : 0;
}
