import type { location } from '@ringdown/contracts';
import type { RoutedRequest } from '@ringdown/sip-proxy';
import { instanceHash, type KnownCall, type KnownLeg } from '../domain/call-token.js';
import { contactName, instanceAsked, isOfInstance, type OpenGruu } from '../domain/device.js';
import type { EdgeTarget } from '../domain/hop.js';
import { cameThrough, trunkNextHop, wasAt } from '../domain/in-dialog-policy.js';
import { hopOf, instanceOf, registeredHop } from '../domain/target-set.js';
import { targetByFlow, targetByService, targetByUri } from '../domain/targets.js';
import type { DirectoryLookups, LocationLookups } from '../ports/lookups.js';

export interface DialogLookups {
  readonly directory: DirectoryLookups;
  readonly location: LocationLookups;
  /** Whose a temporary GRUU is. */
  readonly openGruu: OpenGruu;
}

/** Why there is no target: the far end is nowhere, or who would know where it is can't be asked. */
export type NoTarget = 'nowhere' | 'location-unavailable' | 'directory-unavailable';

/**
 * Finds where a request within a call goes by what its sealed route says of the far end. Neither a Route nor a Request-URI of the sender's
 * making chooses the place: a phone is reached by its binding, a peer by the tenant's route to it. So a token is no ticket to anywhere else.
 * `found` is called exactly once, at once when all of it is warm.
 */
export function findDialogTarget(
  lookups: DialogLookups,
  call: KnownCall,
  fromOriginator: boolean,
  routed: RoutedRequest,
  found: (target: EdgeTarget | NoTarget) => void,
): void {
  const leg = fromOriginator ? call.terminatingLeg : call.originatingLeg;
  const farTenant = fromOriginator ? call.terminatingTenant : call.originatingTenant;
  const nearTenant = fromOriginator ? call.originatingTenant : call.terminatingTenant;
  switch (leg.kind) {
    case 'service':
      found(targetByService(routed.requestUri, leg.service, leg.pod));
      return;
    case 'trunk':
      // A trunk belongs to nobody here: the route to it is that of the tenant at the near end.
      toTrunk(lookups, leg.routeId, nearTenant, routed, found);
      return;
    case 'binding':
      toBinding(lookups, call, leg, farTenant, routed, found);
      return;
    case 'none':
      found('nowhere');
      return;
  }
}

function toTrunk(
  { directory }: DialogLookups,
  routeId: string,
  tenantId: string,
  routed: RoutedRequest,
  found: (target: EdgeTarget | NoTarget) => void,
): void {
  directory.routes(tenantId, (routes) => {
    const route = routes.kind === 'found' ? routes.value.find((each) => each.routeId === routeId) : undefined;
    const nextHop = trunkNextHop(route, routed);
    if (nextHop === undefined || route === undefined)
      found(routes.kind === 'unavailable' ? 'directory-unavailable' : 'nowhere');
    else found({ ...targetByUri(routed.requestUri), nextHop, trustClass: route.trustClass });
  });
}

function toBinding(
  { directory, location, openGruu }: DialogLookups,
  call: KnownCall,
  leg: Extract<KnownLeg, { kind: 'binding' }>,
  tenantId: string,
  routed: RoutedRequest,
  found: (target: EdgeTarget | NoTarget) => void,
): void {
  const proxy = routed.routes[0];
  if (proxy !== undefined && cameThrough(call, leg, proxy)) {
    found({ ...targetByUri(routed.requestUri), nextHop: proxy });
    return;
  }
  const unbound = (why: NoTarget): void => {
    // A phone that isn't registered any more, or never was, may still have its flow, or be where it was.
    if (leg.flow !== undefined) found(targetByFlow(routed.requestUri, leg.flow));
    else if (wasAt(call, leg, routed.requestUri))
      found({ ...targetByUri(routed.requestUri), nextHop: routed.requestUri });
    else found(why);
  };
  directory.tenant(tenantId, (tenant) => {
    if (tenant.kind !== 'found') {
      unbound(tenant.kind === 'unavailable' ? 'directory-unavailable' : 'nowhere');
      return;
    }
    // The leg's name is a user part as it stands in the address of record.
    const addressOfRecord = `sip:${leg.username}@${tenant.value.canonicalDomain}`;
    const instance = instanceAsked(routed.requestUri, openGruu);
    const look = (isFirst: boolean): void =>
      location.bindings(tenantId, addressOfRecord, (contacts) => {
        const flows =
          contacts.kind === 'found' ? flowsOf(contacts.value.bindings, call, leg, routed.requestUri, instance) : [];
        // RFC 5627 §5.4: who asks for a GRUU gets to the contact behind it; other Request-URIs are the phone's own words.
        const [first, ...others] = flows
          .map(instance === undefined ? hopOf : registeredHop)
          .filter((hop) => hop !== undefined);
        if (first !== undefined) {
          const target = targetByFlow(routed.requestUri, first, ...others);
          found({ ...target, bindings: flows, tenantId, addressOfRecord });
        } else if (contacts.kind === 'unavailable' || (contacts.kind === 'found' && contacts.isStale === true))
          unbound('location-unavailable');
        else if (isFirst && contacts.kind === 'found' && contacts.value.bindings.length > 0) {
          // It may have come back a moment ago, over a flow that this edge hasn't heard of.
          location.doubt(tenantId, addressOfRecord);
          look(false);
        } else unbound('nowhere');
      });
    look(true);
  });
}

/**
 * The flows to try: first those of the contact that is asked for, which is where the far end says it is now (RFC 3261 §12.2.1.1), then the others of
 * the device that the call is with. Some phones name their instance when they register and not when they call.
 */
function flowsOf(
  bindings: readonly location.Binding[],
  { callId }: KnownCall,
  leg: Extract<KnownLeg, { kind: 'binding' }>,
  requestUri: string,
  instance: string | undefined,
): readonly location.Binding[] {
  const name = contactName(requestUri);
  const flows = bindings.filter((binding) => hopOf(binding) !== undefined);
  const isAsked = (binding: location.Binding): boolean =>
    instance === undefined ? contactName(binding.uri) === name : isOfInstance(binding, instance);
  const isDevice = (binding: location.Binding): boolean =>
    [instanceOf(binding), contactName(binding.uri)].some((name) => instanceHash(callId, name) === leg.instanceHash);
  return [...flows.filter(isAsked), ...flows.filter((binding) => !isAsked(binding) && isDevice(binding))];
}
