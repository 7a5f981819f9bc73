import type { directory } from '@ringdown/contracts';
import type { RedirectTenant, TenantId } from '../domain/tenant.js';

/**
 * What the redirect server asks the directory. Methods reject with a transient ServiceError where it can't be asked. `traceparent` is the step that
 * asks, for the trace of what is asked over the network.
 */
export interface RedirectDirectory {
  /** The tenant that a domain or IP literal belongs to; undefined if it is nobody's. */
  byDomain(domain: string, traceparent?: string): Promise<RedirectTenant | undefined>;
  byId(tenantId: string, traceparent?: string): Promise<RedirectTenant | undefined>;
  /** A tenant's routes, the most specific first. */
  routes(tenantId: TenantId, traceparent?: string): Promise<readonly directory.Route[]>;
  hasSubscriber(tenantId: TenantId, username: string, traceparent?: string): Promise<boolean>;
}
