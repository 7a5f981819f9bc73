import type { directory } from '@ringdown/contracts';
import { addressOfRecord, type SipUri } from '@ringdown/sip-message';
import { type Refusal, refuse } from './answer.js';
import type { Requested } from './requested.js';
import type { RedirectTenant } from './tenant.js';

/** A contact that a route names. */
export interface RouteContact {
  readonly uri: string;
  readonly qThousandths: number;
}

/** How a request is to be redirected. */
export interface Redirection {
  readonly kind: 'redirection';
  readonly statusCode: 300 | 301 | 302;
  readonly contacts: readonly RouteContact[];
  /** The address of record whose bindings are offered as well; undefined for what is not the tenant's. */
  readonly addressOfRecord: string | undefined;
}

/** Whether the request is for a domain of the tenant's own, or the tenant's subscriber asks for somewhere else. */
export type Side = 'own' | 'outside';

function matches(route: directory.Route, requested: Requested, side: Side): boolean {
  switch (route.match?.$case) {
    case 'numberPrefix':
      return requested.e164?.startsWith(route.match.value) ?? false;
    case 'domain': {
      const pattern = route.match.value;
      if (requested.host === undefined) return false;
      if (pattern === requested.host) return true;
      // At home a route by domain must name the very domain: patterns speak of the world outside.
      if (side === 'own') return false;
      return pattern === '*' || (pattern.startsWith('*.') && requested.host.endsWith(pattern.slice(1)));
    }
    case undefined:
      return false;
  }
}

function statusOf(action: directory.RedirectAction): 300 | 301 | 302 {
  return action.statusCode === 300 || action.statusCode === 301 ? action.statusCode : 302;
}

/**
 * How a request is redirected: by the first route that matches (`routes` come the most specific first), else to the bindings of the
 * address of record if the tenant redirects by default. A refusal where neither says so.
 */
export function chooseRedirection(
  tenant: RedirectTenant,
  side: Side,
  requested: Requested,
  routes: readonly directory.Route[],
): Redirection | Refusal {
  if (!tenant.enabled) return refuse(403, 'The domain is disabled');
  const own = side === 'own' && requested.uri.kind === 'sip' ? canonical(requested.uri, tenant) : undefined;
  const route = routes.find((candidate) => matches(candidate, requested, side));
  if (route?.action?.$case === 'redirect') {
    const action = route.action.value;
    return { kind: 'redirection', statusCode: statusOf(action), contacts: action.contacts, addressOfRecord: own };
  }
  if (route === undefined && own !== undefined && tenant.redirectsByDefault) {
    return { kind: 'redirection', statusCode: 302, contacts: [], addressOfRecord: own };
  }
  return refuse(404, 'Nothing says where to redirect this');
}

function canonical(uri: SipUri, tenant: RedirectTenant): string {
  return addressOfRecord({ ...uri, host: tenant.canonicalDomain });
}
