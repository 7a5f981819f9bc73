import { directory } from '@ringdown/contracts';
import { parseUri } from '@ringdown/sip-message';
import { gruuOf, type RecursionPolicy, type RoutedRequest } from '@ringdown/sip-proxy';
import { conferenceFocus } from './conference.js';
import type { Destination } from './destination.js';
import type { EdgeTarget, FlowHop, FocusPod } from './hop.js';
import { canonicalAddress } from './identity.js';

/** One target that is the only one: no hop is known yet, so RFC 3263 will say where its URI's server is. */
export function targetByUri(uri: string): EdgeTarget {
  return {
    uri,
    qThousandths: 1_000,
    hopCount: 0,
    hops: [],
    failover: 'addresses',
    leg: { kind: 'none' },
    trustClass: directory.TrustClass.UNTRUSTED,
    routes: [],
    bindings: [],
    tenantId: '',
    addressOfRecord: undefined,
  };
}

/** Flows of one device that this platform holds, in the order to try them, for a request whose Request-URI stays as it is. */
export function targetByFlow(uri: string, ...hops: readonly [FlowHop, ...FlowHop[]]): EdgeTarget {
  const identity = hops.map((hop) => `${hop.incarnation} ${hop.flowToken}`).join('\n');
  return { ...targetByUri(uri), hopCount: hops.length, hops, failover: 'flows', identity };
}

/** A service of the platform behind SipLink, or one pod of it. It belongs to the trust domain: it sees what was asserted. */
export function targetByService(uri: string, service: string, pod?: string): EdgeTarget {
  const to = { kind: 'service', service, ...(pod === undefined ? {} : { pod }) } as const;
  return { ...targetByUri(uri), hopCount: 1, hops: [to], leg: to, trustClass: directory.TrustClass.PEER };
}

/** The pod that has a conference. */
export function targetByFocus(uri: string, focus: FocusPod): EdgeTarget {
  const { podId, incarnation } = focus;
  return { ...targetByService(uri, conferenceFocus, podId), focus, identity: `${podId} ${incarnation}` };
}

/** A peer outside, by a tenant's route. */
export function targetOutside(uri: string, destination: Extract<Destination, { kind: 'outside' }>): EdgeTarget {
  return {
    ...targetByUri(uri),
    ...(destination.nextHop === undefined ? {} : { nextHop: destination.nextHop }),
    leg: { kind: 'trunk', routeId: destination.route.routeId },
    trustClass: destination.route.trustClass,
  };
}

/**
 * A redirect that a callee's phone gives is followed to subscribers of its own tenant (RFC 3261 §16.7 step 4); other contacts go back to the
 * caller, who decides and pays for them. `domains` are spellings of the tenant's domain that are known without asking.
 */
export function recursionWithin(tenant: directory.Tenant, domains: readonly string[]): RecursionPolicy<EdgeTarget> {
  return (contact) => {
    const uri = parseUri(contact.uri);
    if (uri.kind !== 'sip' || !domains.includes(uri.host)) return undefined;
    // One device of a subscriber's (RFC 5627): the caller asks for it by itself.
    if (gruuOf(uri) !== undefined) return undefined;
    return {
      ...targetByUri(contact.uri),
      failover: 'flows',
      redirectedTo: tenant,
      tenantId: tenant.tenantId,
      addressOfRecord: canonicalAddress(uri, tenant),
    };
  };
}

/**
 * RFC 3261 §16.6 step 7: the first Route, or the Request-URI. A route's next hop comes before what the sender put into Route: the same step
 * lets local policy name the server, and a tenant's routes are that policy.
 */
export function nextHopOf(routed: Pick<RoutedRequest, 'routes'>, target: EdgeTarget): string {
  return target.routes[0] ?? target.nextHop ?? routed.routes[0] ?? target.uri;
}
