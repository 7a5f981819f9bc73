import type { ConferenceTenant } from './room-directory.js';

/** What the directory knows that conferences need. Every method rejects where it can't be asked. */
export interface Tenants {
  /** Undefined: there is no such tenant, or it is disabled. */
  tenant(tenantId: string): Promise<ConferenceTenant | undefined>;
  hasSubscriber(tenantId: string, username: string): Promise<boolean>;
  /** The canonical domain of the tenant that a domain belongs to; undefined where it is nobody's. */
  canonicalDomain(domain: string): Promise<string | undefined>;
}
