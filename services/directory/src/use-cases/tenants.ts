import { conflict, done, holds, invalid, notFound, type Outcome, type Put } from '@ringdown/platform/commands';
import { immutableFieldErrors, type Tenant, type TenantDefinition, tenantErrors } from '../domain/tenant.js';
import type { TenantId } from '../domain/tenant-id.js';
import type { DirectoryStore, DirectoryTransaction } from '../ports/directory-store.js';

/** A tenant as an operator writes it. Without a realm a new tenant's is its canonical domain. */
export interface TenantRequest extends Omit<TenantDefinition, 'realm'> {
  readonly realm: string | undefined;
}

/** Creates or replaces a tenant; its canonical domain is claimed with it. */
export function putTenant(
  store: DirectoryStore,
  tenantId: TenantId,
  request: TenantRequest,
): Promise<Outcome<Put<Tenant>>> {
  return store.transaction<Put<Tenant>>(async (transaction) => {
    const current = await transaction.tenant(tenantId);
    const definition = { ...request, realm: request.realm ?? current?.realm ?? request.canonicalDomain };
    const errors = tenantErrors(definition);
    if (errors.length > 0) return invalid(errors);
    if (current !== undefined) {
      const immutable = immutableFieldErrors(current, definition);
      if (immutable.length > 0) return { ok: false, failure: { kind: 'conflict', errors: immutable } };
      if (holds<TenantDefinition>(current, definition)) return done({ entity: current, effect: 'unchanged' });
      return done({ entity: await transaction.saveTenant(tenantId, definition), effect: 'updated' });
    }
    const claimed = await transaction.domain(definition.canonicalDomain);
    if (claimed !== undefined) {
      return conflict('canonicalDomain', `${claimed.domain} already belongs to tenant ${claimed.tenantId}`);
    }
    const entity = await transaction.saveTenant(tenantId, definition);
    await transaction.saveDomain(tenantId, definition.canonicalDomain);
    return done({ entity, effect: 'created' });
  });
}

/** Removes a tenant; with subscribers, numbers or routes only if `cascade` says so. */
export function deleteTenant(store: DirectoryStore, tenantId: TenantId, cascade: boolean): Promise<Outcome<undefined>> {
  return store.transaction<undefined>(async (transaction) => {
    const current = await existingTenant(transaction, tenantId);
    if (!current.ok) return current;
    if (!cascade && (await transaction.hasContent(tenantId))) {
      return conflict(
        'cascade',
        'the tenant still has subscribers, numbers or routes; remove them first or ask with cascade=true',
      );
    }
    await transaction.removeTenant(tenantId);
    return done(undefined);
  });
}

/** The tenant, or the failure that says it isn't there. */
export async function existingTenant(transaction: DirectoryTransaction, tenantId: TenantId): Promise<Outcome<Tenant>> {
  const tenant = await transaction.tenant(tenantId);
  return tenant === undefined ? notFound(`there is no tenant ${tenantId}`) : done(tenant);
}
