import { conflict, done, notFound, type Outcome, type Put } from '@ringdown/platform/commands';
import type { E164 } from '../domain/e164.js';
import type { TenantId } from '../domain/tenant-id.js';
import type { Username } from '../domain/username.js';
import type { DirectoryStore, TenantNumber } from '../ports/directory-store.js';
import { existingTenant } from './tenants.js';

/** Gives a number to a tenant, and to one of its subscribers if a username says so. */
export function putNumber(
  store: DirectoryStore,
  tenantId: TenantId,
  e164: E164,
  username: Username | undefined,
): Promise<Outcome<Put<TenantNumber>>> {
  return store.transaction<Put<TenantNumber>>(async (transaction) => {
    const tenant = await existingTenant(transaction, tenantId);
    if (!tenant.ok) return tenant;
    const current = await transaction.number(e164);
    if (current !== undefined && current.tenantId !== tenantId) {
      return conflict('e164', `${e164} already belongs to tenant ${current.tenantId}`);
    }
    if (username !== undefined && (await transaction.subscriber(tenantId, username)) === undefined) {
      return conflict('username', `tenant ${tenantId} has no subscriber ${username}`);
    }
    if (current !== undefined && current.username === username) return done({ entity: current, effect: 'unchanged' });
    const entity = await transaction.saveNumber(tenantId, e164, username);
    return done({ entity, effect: current === undefined ? 'created' : 'updated' });
  });
}

export function deleteNumber(store: DirectoryStore, tenantId: TenantId, e164: E164): Promise<Outcome<undefined>> {
  return store.transaction<undefined>(async (transaction) => {
    const current = await transaction.number(e164);
    if (current?.tenantId !== tenantId) return notFound(`tenant ${tenantId} has no number ${e164}`);
    await transaction.removeNumber(tenantId, e164);
    return done(undefined);
  });
}
