import { conflict, done, notFound, type Outcome, type Put } from '@ringdown/platform/commands';
import type { DomainName } from '../domain/domain-name.js';
import type { TenantId } from '../domain/tenant-id.js';
import type { DirectoryStore, TenantDomain } from '../ports/directory-store.js';
import { existingTenant } from './tenants.js';

/** Makes a domain an alias of the tenant's canonical one. */
export function putDomain(
  store: DirectoryStore,
  tenantId: TenantId,
  domain: DomainName,
): Promise<Outcome<Put<TenantDomain>>> {
  return store.transaction<Put<TenantDomain>>(async (transaction) => {
    const tenant = await existingTenant(transaction, tenantId);
    if (!tenant.ok) return tenant;
    const current = await transaction.domain(domain);
    if (current === undefined)
      return done({ entity: await transaction.saveDomain(tenantId, domain), effect: 'created' });
    if (current.tenantId === tenantId) return done({ entity: current, effect: 'unchanged' });
    return conflict('domain', `${domain} already belongs to tenant ${current.tenantId}`);
  });
}

/** Takes an alias away. The canonical domain stays as long as its tenant. */
export function deleteDomain(
  store: DirectoryStore,
  tenantId: TenantId,
  domain: DomainName,
): Promise<Outcome<undefined>> {
  return store.transaction<undefined>(async (transaction) => {
    const current = await transaction.domain(domain);
    if (current?.tenantId !== tenantId) return notFound(`tenant ${tenantId} has no domain ${domain}`);
    if (current.canonical) return conflict('domain', `${domain} is the tenant's canonical domain and can't be removed`);
    await transaction.removeDomain(tenantId, domain);
    return done(undefined);
  });
}
