import type { directory } from '@ringdown/contracts';
import { Header } from '@ringdown/sip-message';
import { isDialogForming, type RecursionPolicy } from '@ringdown/sip-proxy';
import type { CallFacts } from '../../domain/call-facts.js';
import { asksConference, maybeConference } from '../../domain/conference.js';
import type { Destination } from '../../domain/destination.js';
import { flowsOfDevice } from '../../domain/device.js';
import type { EdgeTarget } from '../../domain/hop.js';
import { mediaPolicy } from '../../domain/media-decision.js';
import type { Origin } from '../../domain/request-in-hand.js';
import { contactsFor } from '../../domain/sips.js';
import { hopOf, isSameFlow, targetSet, withinReach } from '../../domain/target-set.js';
import { recursionWithin, targetByService, targetOutside } from '../../domain/targets.js';
import type { ConferenceLookups } from '../../ports/conferences.js';
import type { BoundContacts, DirectoryLookups, LocationLookups } from '../../ports/lookups.js';
import { edgeCapabilities } from './capabilities.js';
import { ConferenceDispatch } from './conference-dispatch.js';
import type { ReceivedRequest } from './new-request.js';
import type { Forwards } from './proxied-request.js';
import type { Answers } from './refusals.js';
import { within } from './request-span.js';
import type { SealedCalls } from './sealed-calls.js';

export interface DispatchOptions {
  readonly proxy: Forwards;
  /** Names calls. */
  readonly calls: Pick<SealedCalls, 'keyOf'>;
  readonly directory: DirectoryLookups;
  readonly location: LocationLookups;
  readonly refusals: Answers;
  /** Whether a service behind SipLink can be reached now. */
  readonly reachable: (service: string, method: string) => boolean;
  /** Absent: there are no conferences. */
  readonly conferences?: ConferenceLookups | undefined;
  /** Unix time in milliseconds. */
  readonly wallClock: () => number;
}

/** What there is to know of the dialog that a request may begin. */
export type CallOf = (
  received: ReceivedRequest,
  origin: Origin,
  terminating: directory.Tenant | undefined,
) => CallFacts | undefined;

type To<K extends Destination['kind']> = Extract<Destination, { kind: K }>;

/** Sends a request on to the destination that was found for it. */
export class Dispatch {
  private readonly conferences: ConferenceDispatch;
  private readonly call: CallOf = ({ request, transaction }, origin, terminating) => {
    if (!isDialogForming(request)) return undefined;
    return {
      key: this.options.calls.keyOf(request.callId, transaction.key),
      originatingTenantId: origin.tenant?.tenantId ?? '',
      terminatingTenantId: terminating?.tenantId ?? '',
      startedAtMs: this.options.wallClock(),
      from: 'originator',
      media: { kind: 'undecided', policy: mediaPolicy(origin.tenant, terminating) },
    };
  };

  constructor(private readonly options: DispatchOptions) {
    const { proxy, refusals, conferences } = options;
    this.conferences = new ConferenceDispatch({ proxy, refusals, conferences });
  }

  send(received: ReceivedRequest, origin: Origin, destination: Destination): void {
    const { proxy, refusals } = this.options;
    switch (destination.kind) {
      case 'refused':
        refusals.answer(received, destination, origin.tenant?.tenantId);
        return;
      case 'self':
        refusals.answer(received, { statusCode: 200, headers: edgeCapabilities });
        return;
      case 'registrar':
      case 'redirect':
        this.toService(received, origin, destination.kind, undefined);
        return;
      case 'session':
        this.toService(received, origin, destination.service, this.call(received, origin, destination.tenant));
        return;
      case 'conference':
        this.conferences.send(received, origin, destination, this.call);
        return;
      case 'outside': {
        const call = this.call(received, origin, undefined);
        const target = targetOutside(received.routed.requestUri, destination);
        proxy.forward({ ...received, origin, call, service: undefined }, [target]);
        return;
      }
      case 'bindings':
        this.toBindings(received, origin, destination);
        return;
    }
  }

  private toBindings(received: ReceivedRequest, origin: Origin, destination: To<'bindings'>): void {
    const { location, refusals } = this.options;
    const { tenant, addressOfRecord, device } = destination;
    within(location, received.span).bindings(tenant.tenantId, addressOfRecord, (contacts) => {
      if (contacts.kind === 'unavailable') refusals.away(received, 'location');
      else if (contacts.kind === 'absent') this.nobodyHome(received, origin, destination);
      else if (contacts.value.bindings.length === 0) this.nobodyThere(received, destination);
      else {
        const bound = device === undefined ? contacts.value : flowsOfDevice(contacts.value, device);
        if (device !== undefined && bound.bindings.length === 0) {
          // It may have registered since this was known.
          if (contacts.isStale === true) refusals.away(received, 'location');
          else this.nobodyHome(received, origin, destination);
        } else this.unlessDisabled(received, destination, () => this.fork(received, origin, destination, bound));
      }
    });
  }

  private fork(received: ReceivedRequest, origin: Origin, destination: To<'bindings'>, contacts: BoundContacts): void {
    const { proxy, refusals } = this.options;
    const { tenant, addressOfRecord } = destination;
    const allowed = contactsFor(received.routed.requestUri, contacts);
    if (allowed.bindings.length === 0) {
      // RFC 5630 §5.3 and its warning 380.
      const headers = [[Header.Warning, `380 ${received.ingress.flow.local.host} "SIPS Not Allowed"`]] as const;
      const why = `no contact of ${addressOfRecord} can be reached securely`;
      refusals.answer(received, { statusCode: 480, headers, why }, tenant.tenantId);
      return;
    }
    this.inReach(received, tenant, allowed, (reached) => {
      if (reached.bindings.length === 0) {
        const why = `every contact of ${addressOfRecord} is at a host that it was not registered from, and that ${tenant.tenantId} has no route to`;
        refusals.answer(received, { statusCode: 480, why }, tenant.tenantId);
        return;
      }
      const input = {
        ...received,
        origin,
        call: this.call(received, origin, tenant),
        service: undefined,
        recursion: recursionPolicy(received, tenant),
        again: (found: (targets: readonly EdgeTarget[]) => void) =>
          this.seekAgain(received, destination, reached, found),
      };
      proxy.forward(input, targetSet(tenant, addressOfRecord, reached));
    });
  }

  /** The flows that were not there when the request was forked first. */
  private seekAgain(
    received: ReceivedRequest,
    { tenant, addressOfRecord, device }: To<'bindings'>,
    before: BoundContacts,
    found: (targets: readonly EdgeTarget[]) => void,
  ): void {
    within(this.options.location, received.span).bindings(tenant.tenantId, addressOfRecord, (contacts) => {
      if (contacts.kind !== 'found') {
        found([]);
        return;
      }
      const bound = device === undefined ? contacts.value : flowsOfDevice(contacts.value, device);
      const allowed = contactsFor(received.routed.requestUri, bound);
      const bindings = allowed.bindings.filter(
        (binding) => hopOf(binding) !== undefined && !before.bindings.some((known) => isSameFlow(known, binding)),
      );
      found(targetSet(tenant, addressOfRecord, { ...allowed, bindings }));
    });
  }

  /** Phones with a flow need no further question; the tenant's routes decide about contacts elsewhere. */
  private inReach(
    received: ReceivedRequest,
    tenant: directory.Tenant,
    contacts: BoundContacts,
    then: (reached: BoundContacts) => void,
  ): void {
    if (contacts.bindings.every((binding) => hopOf(binding) !== undefined)) {
      then(contacts);
      return;
    }
    within(this.options.directory, received.span).routes(tenant.tenantId, (routes) => {
      then(withinReach(contacts, routes.kind === 'found' ? routes.value : []));
    });
  }

  /**
   * Bindings outlive what the operator does to their subscriber. One that is disabled is not at home; one that isn't known, or can't be asked
   * for, may be an identity of another subscriber or a phone that was called before, and is called.
   */
  private unlessDisabled(received: ReceivedRequest, { tenant, username }: To<'bindings'>, then: () => void): void {
    const { directory, refusals } = this.options;
    within(directory, received.span).subscriber(tenant.tenantId, username, (subscriber) => {
      if (subscriber.kind !== 'found' || subscriber.value.enabled) then();
      else refusals.answer(received, { statusCode: 480, why: `subscriber ${username} is disabled` }, tenant.tenantId);
    });
  }

  /** RFC 3261 §21.4.5 and §21.4.18: nobody of that name, or nobody at home. */
  private nobodyHome(received: ReceivedRequest, origin: Origin, { tenant, username, device }: To<'bindings'>): void {
    const { directory, refusals } = this.options;
    if (device?.kind === 'temporary') {
      // RFC 5627 §5.4: it has ended with its registration, and won't come back.
      const why = `the registration of ${username} that this temporary GRUU was given to has ended`;
      refusals.answer(received, { statusCode: 404, why }, tenant.tenantId);
      return;
    }
    within(directory, received.span).subscriber(tenant.tenantId, username, (subscriber) => {
      if (subscriber.kind === 'unavailable') refusals.away(received, 'the directory');
      else if (subscriber.kind === 'found') {
        received.explain?.({ step: 'subscriber', decision: `no phone of ${username} is registered` });
        refusals.answer(received, { statusCode: 480 }, tenant.tenantId);
      } else if (device === undefined && this.asksRoom(received, origin, username))
        this.conferences.send(received, origin, { kind: 'conference', tenant, room: username }, this.call);
      else refusals.answer(received, { statusCode: 404, why: `there is no subscriber ${username}` }, tenant.tenantId);
    });
  }

  /** Whether what is nobody's name may be a room's. What a conference calls itself is no other conference: two that call each other would never end. */
  private asksRoom({ request }: ReceivedRequest, { leg }: Origin, username: string): boolean {
    return (
      this.conferences.isOpen && leg.kind !== 'service' && asksConference(request.method) && maybeConference(username)
    );
  }

  /** All its phones were at edges that are silent: RFC 3261 §21.4.18, it is not known when they are back. */
  private nobodyThere(received: ReceivedRequest, { tenant, addressOfRecord }: To<'bindings'>): void {
    const why = `every phone of ${addressOfRecord} was registered with an edge that is silent`;
    this.options.refusals.answer(received, { statusCode: 480, why }, tenant.tenantId);
  }

  private toService(received: ReceivedRequest, origin: Origin, service: string, call: CallFacts | undefined): void {
    const { proxy, refusals, reachable } = this.options;
    if (!reachable(service, received.request.method)) {
      refusals.away(received, service);
      return;
    }
    const target = targetByService(received.routed.requestUri, service);
    proxy.forward({ ...received, origin, call, service }, [target]);
  }
}

/** The domain that was asked for is the tenant's too, whichever alias it is. */
function recursionPolicy(
  { routed }: ReceivedRequest,
  tenant: directory.Tenant,
): RecursionPolicy<EdgeTarget> | undefined {
  if (tenant.policies?.recurseOnRedirect !== true) return undefined;
  const asked = routed.requestSipUri?.host;
  return recursionWithin(tenant, asked === undefined ? [tenant.canonicalDomain] : [tenant.canonicalDomain, asked]);
}
