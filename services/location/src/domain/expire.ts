import { type AddressChange, type AddressState, liveBindings } from './binding.js';

export type ExpireDecision = (AddressChange & { readonly expired: number }) | { readonly kind: 'unchanged' };

/** Removes what has expired. A binding renewed in the meantime isn't expired, and stays. */
export function expire(state: AddressState, nowMs: number): ExpireDecision {
  const expired = state.bindings.filter((binding) => binding.expiresAtMs <= nowMs);
  if (expired.length === 0) return { kind: 'unchanged' };
  return {
    kind: 'changed',
    reason: 'expired',
    put: [],
    bury: [],
    drop: expired.map((binding) => binding.bindingKey),
    bindings: liveBindings(state, nowMs),
    expired: expired.length,
  };
}
