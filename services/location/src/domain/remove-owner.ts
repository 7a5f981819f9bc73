import { type AddressChange, type AddressState, liveBindings, tombstoneMs } from './binding.js';

/** Removes what is bound to an address of record whose subscriber or tenant is gone. */
export interface RemoveOwnerCommand {
  readonly kind: 'remove-owner';
  readonly tenantId: string;
  readonly addressOfRecord: string;
  /** When that was learned, by this process's monotonic clock in milliseconds. */
  readonly learnedAtMs: number;
}

export type RemoveOwnerDecision = (AddressChange & { readonly removed: number }) | { readonly kind: 'unchanged' };

/**
 * Removes the bindings that are older than the news that their owner is gone, which came `ageMs` ago: those set since are a
 * successor's of the same name.
 */
export function removeOwner(state: AddressState, nowMs: number, ageMs: number): RemoveOwnerDecision {
  const live = liveBindings(state, nowMs);
  const gone = live.filter((binding) => binding.updatedAtMs <= nowMs - ageMs);
  if (gone.length === 0) return { kind: 'unchanged' };
  return {
    kind: 'changed',
    reason: 'owner-gone',
    put: [],
    bury: gone.map(({ bindingKey, callId, cseq }) => ({
      bindingKey,
      callId,
      // A REGISTER of the former owner's that is still under way must not set the binding again.
      cseq,
      requestDigest: '',
      expiresAtMs: nowMs + tombstoneMs,
    })),
    drop: [],
    bindings: live.filter((binding) => !gone.includes(binding)),
    removed: gone.length,
  };
}
