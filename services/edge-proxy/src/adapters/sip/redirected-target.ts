import type { directory } from '@ringdown/contracts';
import type { EdgeTarget } from '../../domain/hop.js';
import { contactsFor } from '../../domain/sips.js';
import { targetSet, withinReach } from '../../domain/target-set.js';
import type { LocationLookups } from '../../ports/lookups.js';

/**
 * Follows a redirect to another subscriber (RFC 3261 §16.7 step 4): the target becomes the first of that subscriber's devices, and `found` gets
 * the others. A subscriber who isn't registered leaves the target without hops.
 */
export function followRedirect(
  location: LocationLookups,
  requestUri: string,
  target: EdgeTarget,
  tenant: directory.Tenant,
  found: (others: readonly EdgeTarget[]) => void,
): void {
  const { addressOfRecord } = target;
  if (addressOfRecord === undefined) throw new Error('a redirect within the platform leads to an address of record');
  location.bindings(tenant.tenantId, addressOfRecord, (contacts) => {
    const bound = contacts.kind === 'found' ? withinReach(contactsFor(requestUri, contacts.value), []) : undefined;
    const [first, ...others] = bound === undefined ? [] : targetSet(tenant, addressOfRecord, bound);
    target.hops = first?.hops ?? [];
    target.bindings = first?.bindings ?? [];
    if (first !== undefined) target.leg = first.leg;
    found(others);
  });
}
