import type { directory } from '@ringdown/contracts';
import { FreshAnswers } from '@ringdown/platform';
import type { ConferenceTenant } from '../../ports/room-directory.js';
import type { Tenants } from '../../ports/tenants.js';

export interface DirectoryTenantsOptions {
  readonly service: Pick<directory.DirectoryService, 'getTenant' | 'getSubscriber' | 'resolveDomain'>;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  readonly timeoutMs: number;
  /** How long a tenant serves without asking again, and how long while asking fails. */
  readonly freshMs: number;
  readonly staleMs: number;
}

/** The directory's answers in the words of conferences. */
export class DirectoryTenants implements Tenants {
  readonly #options: DirectoryTenantsOptions;
  readonly #tenants: FreshAnswers<ConferenceTenant | undefined>;

  constructor(options: DirectoryTenantsOptions) {
    this.#options = options;
    const { service, timeoutMs, now, freshMs, staleMs } = options;
    this.#tenants = new FreshAnswers({
      now,
      freshMs,
      staleMs,
      capacity: 10_000,
      ask: async (tenantId) => conferenceTenant((await service.getTenant({ tenantId }, { timeoutMs })).tenant),
    });
  }

  tenant(tenantId: string): Promise<ConferenceTenant | undefined> {
    return this.#tenants.get(tenantId);
  }

  async hasSubscriber(tenantId: string, username: string): Promise<boolean> {
    const { service, timeoutMs } = this.#options;
    return (await service.getSubscriber({ tenantId, username }, { timeoutMs })).subscriber !== undefined;
  }

  async canonicalDomain(domain: string): Promise<string | undefined> {
    const { service, timeoutMs } = this.#options;
    return (await service.resolveDomain({ domain }, { timeoutMs })).tenant?.canonicalDomain;
  }
}

function conferenceTenant(tenant: directory.Tenant | undefined): ConferenceTenant | undefined {
  if (tenant === undefined || !tenant.enabled) return undefined;
  const { limits, policies, canonicalDomain } = tenant;
  if (limits === undefined) throw new Error(`the directory's tenant ${tenant.tenantId} has no limits`);
  return {
    canonicalDomain,
    limits: {
      maxConferences: limits.maxConferences,
      maxConferenceMembers: limits.maxConferenceMembers,
      maxConferenceMinutesPerMonth: limits.maxConferenceMinutesPerMonth,
      srtpRequired: policies?.conferenceSrtpRequired ?? false,
    },
  };
}
