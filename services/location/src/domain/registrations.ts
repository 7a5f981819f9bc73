import type { AddressChange, AddressState } from './binding.js';

/** How a change moves the number of its tenant's addresses of record that have bindings. */
export type RegistrationStep = -1 | 0 | 1;

/**
 * Whether an address of record begins or ceases to have bindings by a change. What has expired counts until it is removed, so an
 * expired registration that comes back is no new one.
 */
export function registrationStep(state: AddressState, change: AddressChange): RegistrationStep {
  const before = state.bindings.length > 0;
  const after = change.put.length > 0 || keepsAny(state, change);
  if (before === after) return 0;
  return after ? 1 : -1;
}

function keepsAny(state: AddressState, change: AddressChange): boolean {
  const gone = new Set(change.drop);
  for (const tombstone of change.bury) gone.add(tombstone.bindingKey);
  return state.bindings.some((binding) => !gone.has(binding.bindingKey));
}

/** One of the changes that are to be committed together. */
export interface RegistrationClaim {
  readonly tenantId: string;
  readonly step: RegistrationStep;
  /** The most registrations that the tenant may have; 0 is no limit. */
  readonly maxRegistrations: number;
}

/**
 * Which of the claims a limit refuses: by position, how many registrations there are. `counts` is by tenant before any of them.
 * Room that other claims of the group give back is there for those that take, which are served in turn.
 */
export function refusedClaims(
  claims: readonly RegistrationClaim[],
  counts: ReadonlyMap<string, number>,
): ReadonlyMap<number, number> {
  const taken = new Map(counts);
  for (const { tenantId, step } of claims) {
    if (step < 0) taken.set(tenantId, (taken.get(tenantId) ?? 0) + step);
  }
  const refused = new Map<number, number>();
  claims.forEach(({ tenantId, step, maxRegistrations }, i) => {
    if (step <= 0) return;
    const registrations = taken.get(tenantId) ?? 0;
    if (maxRegistrations > 0 && registrations >= maxRegistrations) refused.set(i, registrations);
    else taken.set(tenantId, registrations + step);
  });
  return refused;
}
