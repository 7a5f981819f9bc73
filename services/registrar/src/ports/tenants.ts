import type { RegistrarTenant } from '../domain/tenant.js';

/**
 * What the registrar asks the directory. Methods reject with a transient ServiceError where it can't be asked. `traceparent` is the step that
 * asks, for the trace of what is asked over the network.
 */
export interface Tenants {
  /** The tenant that a domain or IP literal belongs to; undefined if it is nobody's. */
  byDomain(domain: string, traceparent?: string): Promise<RegistrarTenant | undefined>;
}
