import { isDeepStrictEqual } from 'node:util';
import { conflict, done, holds, invalid, notFound, type Outcome, type Put } from '@ringdown/platform/commands';
import { type Route, type RouteDefinition, routeErrors } from '../domain/route.js';
import type { TenantId } from '../domain/tenant-id.js';
import type { DirectoryStore } from '../ports/directory-store.js';
import { existingTenant } from './tenants.js';

/** Creates or replaces a route. Two routes of a tenant never match the same thing, so that there is one answer. */
export function putRoute(
  store: DirectoryStore,
  tenantId: TenantId,
  routeId: string,
  definition: RouteDefinition,
): Promise<Outcome<Put<Route>>> {
  return store.transaction<Put<Route>>(async (transaction) => {
    const tenant = await existingTenant(transaction, tenantId);
    if (!tenant.ok) return tenant;
    const errors = routeErrors(definition);
    if (errors.length > 0) return invalid(errors);
    const current = await transaction.route(tenantId, routeId);
    if (current !== undefined && holds<RouteDefinition>(current, definition))
      return done({ entity: current, effect: 'unchanged' });
    const rival = (await transaction.routes(tenantId)).find(
      (route) => route.routeId !== routeId && isDeepStrictEqual(route.match, definition.match),
    );
    if (rival !== undefined) return conflict('match', `route ${rival.routeId} already matches the same`);
    const entity = await transaction.saveRoute(tenantId, routeId, definition);
    return done({ entity, effect: current === undefined ? 'created' : 'updated' });
  });
}

export function deleteRoute(store: DirectoryStore, tenantId: TenantId, routeId: string): Promise<Outcome<undefined>> {
  return store.transaction<undefined>(async (transaction) => {
    if ((await transaction.route(tenantId, routeId)) === undefined)
      return notFound(`tenant ${tenantId} has no route ${routeId}`);
    await transaction.removeRoute(tenantId, routeId);
    return done(undefined);
  });
}
