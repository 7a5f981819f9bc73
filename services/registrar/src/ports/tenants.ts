import type { RegistrarTenant, TenantId } from '../domain/tenant.js';

/**
 * What the registrar asks the directory. Methods reject with a transient ServiceError where it can't be asked. `traceparent` is the step that
 * asks, for the trace of what is asked over the network.
 */
export interface Tenants {
  /** The tenant that a domain or IP literal belongs to; undefined if it is nobody's. */
  byDomain(domain: string, traceparent?: string): Promise<RegistrarTenant | undefined>;
  /** The limit of contacts that a subscriber has of its own; undefined where the tenant's holds. */
  maxContactsOf(tenantId: TenantId, username: string, traceparent?: string): Promise<number | undefined>;
}
