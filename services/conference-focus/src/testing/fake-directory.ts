import { directory } from '@ringdown/contracts';
import { ServiceError } from '@ringdown/platform';

/** The directory of a platform with the tenant acme (acme.test, alias.test) and its subscriber alice. */
export class FakeDirectory
  implements Pick<directory.DirectoryService, 'getTenant' | 'getSubscriber' | 'resolveDomain'>
{
  limits: Partial<directory.Limits> = {};
  srtpRequired = false;
  isEnabled = true;
  isAway = false;

  async getTenant({ tenantId }: directory.GetTenantRequest): Promise<directory.GetTenantResponse> {
    this.#mayFail();
    return { tenant: tenantId === 'acme' ? this.#acme() : undefined, position: 1 };
  }

  async getSubscriber(request: directory.GetSubscriberRequest): Promise<directory.GetSubscriberResponse> {
    this.#mayFail();
    if (request.tenantId !== 'acme' || request.username !== 'alice') return { subscriber: undefined, position: 1 };
    return { subscriber: directory.Subscriber.create({ ...request, enabled: true }), position: 1 };
  }

  async resolveDomain({ domain }: directory.ResolveDomainRequest): Promise<directory.ResolveDomainResponse> {
    this.#mayFail();
    const isOurs = ['acme.test', 'alias.test'].includes(domain);
    return { tenant: isOurs ? this.#acme() : undefined, domainVersion: 1, position: 1 };
  }

  #acme(): directory.Tenant {
    const limits = directory.Limits.create(this.limits);
    const policies = directory.Policies.create({ conferenceSrtpRequired: this.srtpRequired });
    const enabled = this.isEnabled;
    return directory.Tenant.create({ tenantId: 'acme', canonicalDomain: 'acme.test', limits, policies, enabled });
  }

  #mayFail(): void {
    if (this.isAway) throw new ServiceError('unavailable', 'The directory is not available');
  }
}
