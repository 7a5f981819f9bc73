declare const tenantId: unique symbol;

/** A tenant's id; it is never derived from anything a device writes. */
export type TenantId = string & { readonly [tenantId]: true };

/** What the registrar knows of a tenant. */
export interface RegistrarTenant {
  readonly tenantId: TenantId;
  /** Stands in addresses of record, whichever of its domains a device uses. */
  readonly canonicalDomain: string;
  readonly enabled: boolean;
  readonly expiry: ExpiryBounds;
  /** The most bindings of one address of record; 0 is no limit. */
  readonly maxContacts: number;
  /** The most addresses of record with bindings; 0 is no limit. */
  readonly maxRegistrations: number;
  /** Whether devices are told where their requests shall go (RFC 3608). */
  readonly serviceRoute: boolean;
}

/** The bounds of a binding's expiry, in seconds. */
export interface ExpiryBounds {
  readonly minSec: number;
  readonly maxSec: number;
  /** For contacts that say nothing. */
  readonly defaultSec: number;
}
