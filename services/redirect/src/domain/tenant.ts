declare const tenantId: unique symbol;

/** A tenant's id; it is never derived from anything a caller writes. */
export type TenantId = string & { readonly [tenantId]: true };

/** What the redirect server knows of a tenant. */
export interface RedirectTenant {
  readonly tenantId: TenantId;
  /** Stands in addresses of record, whichever of its domains a caller used. */
  readonly canonicalDomain: string;
  readonly enabled: boolean;
  /** Requests for its addresses of record are redirected to their bindings where no route says otherwise. */
  readonly redirectsByDefault: boolean;
}
