import type { directory } from '@ringdown/contracts';
import type { ConsumedRealm } from './consumed-credentials.js';
import type { Leg } from './hop.js';

/** Who a request comes from, as far as the platform knows. */
export interface Origin {
  /** The tenant of an authenticated subscriber; undefined for a caller from outside. */
  readonly tenant: directory.Tenant | undefined;
  readonly subscriber: directory.Subscriber | undefined;
  /** The identity that was proved; undefined for a caller from outside. */
  readonly addressOfRecord: string | undefined;
  /** How a sealed route finds the sender again. */
  readonly leg: Leg;
  readonly trustClass: directory.TrustClass;
  /** Whose credentials go no further. */
  readonly consumedRealm: ConsumedRealm;
}

/** A sender whom nobody vouches for. */
export const stranger = (trustClass: directory.TrustClass, consumedRealm?: ConsumedRealm): Origin => ({
  tenant: undefined,
  subscriber: undefined,
  addressOfRecord: undefined,
  leg: { kind: 'none' },
  trustClass,
  consumedRealm,
});
