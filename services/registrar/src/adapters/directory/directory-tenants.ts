import type { directory } from '@ringdown/contracts';
import { FreshAnswers } from '@ringdown/platform';
import type { RegistrarTenant, TenantId } from '../../domain/tenant.js';
import type { Outages } from '../../ports/outages.js';
import type { Tenants } from '../../ports/tenants.js';

export interface DirectoryTenantsOptions {
  readonly service: Pick<directory.DirectoryService, 'resolveDomain'>;
  /** Told of every call that is made; an answer from memory says nothing about the directory. */
  readonly outages: Outages;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  readonly timeoutMs: number;
  readonly freshMs: number;
  readonly staleMs: number;
  readonly capacity: number;
}

/** The directory's answers in the registrar's words. */
export class DirectoryTenants implements Tenants {
  readonly #domains: FreshAnswers<RegistrarTenant | undefined>;

  constructor(options: DirectoryTenantsOptions) {
    const { service, timeoutMs, outages, ...memory } = options;
    const asked = async <T>(call: Promise<T>): Promise<T> => {
      try {
        const answer = await call;
        outages.worked('directory');
        return answer;
      } catch (error) {
        outages.failed('directory', error);
        throw error;
      }
    };
    this.#domains = new FreshAnswers({
      ...memory,
      ask: async (domain, traceparent) =>
        registrarTenant((await asked(service.resolveDomain({ domain }, { timeoutMs, traceparent }))).tenant),
    });
  }

  byDomain(domain: string, traceparent?: string): Promise<RegistrarTenant | undefined> {
    return this.#domains.get(domain, traceparent);
  }
}

function registrarTenant(tenant: directory.Tenant | undefined): RegistrarTenant | undefined {
  if (tenant === undefined) return undefined;
  const { limits } = tenant;
  if (limits === undefined) throw new Error(`the directory's tenant ${tenant.tenantId} has no limits`);
  return {
    tenantId: tenant.tenantId as TenantId,
    canonicalDomain: tenant.canonicalDomain,
    enabled: tenant.enabled,
    expiry: {
      minSec: limits.minExpiresSec,
      maxSec: limits.maxExpiresSec,
      defaultSec: limits.defaultExpiresSec,
    },
    maxContacts: limits.maxContactsPerAor,
    maxRegistrations: limits.maxRegistrations,
    serviceRoute: tenant.policies?.serviceRoute ?? false,
  };
}
