import { directory } from '@ringdown/contracts';
import { Header, type SipUri } from '@ringdown/sip-message';
import type { RoutedRequest } from '@ringdown/sip-proxy';
import type { SipStack } from '@ringdown/sip-runtime';
import type { Flow } from '@ringdown/sip-transport';
import { Admission } from '../../domain/admission.js';
import { type AuthenticationPorts, authenticate } from '../../domain/authenticate.js';
import { callerLeg } from '../../domain/caller-leg.js';
import { conferenceFocus } from '../../domain/conference.js';
import { routeBackTo } from '../../domain/destination.js';
import { deviceAsked, type OpenGruu } from '../../domain/device.js';
import { isEmergency } from '../../domain/emergency.js';
import { anonymousHost, claimedHost } from '../../domain/identity.js';
import { sipUriOf } from '../../domain/platform-route.js';
import { RegistrationGovernor } from '../../domain/registration-governor.js';
import { type Origin, stranger } from '../../domain/request-in-hand.js';
import type { ConferenceLookups } from '../../ports/conferences.js';
import type { LocationLookups } from '../../ports/lookups.js';
import type { SecurityObserver } from '../../ports/security-observer.js';
import { findDestination } from '../../use-cases/find-destination.js';
import { Dispatch } from './dispatch.js';
import type { FlowTokens } from './flow-tokens.js';
import type { Locate } from './locator.js';
import type { ReceivedRequest } from './new-request.js';
import { provePeer } from './proven-peer.js';
import type { Forwards } from './proxied-request.js';
import type { Answers } from './refusals.js';
import { isConnection, type RegisteredFlows } from './registered-flows.js';
import { within } from './request-span.js';
import type { SealedCalls } from './sealed-calls.js';

export interface NewRequestRoutingOptions {
  /** The clock that requests are admitted by. */
  readonly stack: Pick<SipStack, 'now'>;
  readonly proxy: Forwards;
  /** Answers what goes no further. */
  readonly refusals: Answers;
  readonly authentication: AuthenticationPorts;
  readonly location: LocationLookups;
  /** Names calls. */
  readonly calls: Pick<SealedCalls, 'keyOf'>;
  /** Whose a temporary GRUU is. */
  readonly openGruu: OpenGruu;
  readonly flowTokens: FlowTokens;
  /** The device of an address of record that has registered over a connection. Default: that isn't known. */
  readonly deviceOver?: RegisteredFlows['deviceOver'];
  readonly security: SecurityObserver;
  /** Whether a service behind SipLink can be reached now. */
  readonly reachable: (service: string, method: string, pod?: string) => boolean;
  /** Absent: there are no conferences. */
  readonly conferences?: ConferenceLookups;
  /** The pod of the conference focus that is at the other end of a flow; undefined where none is. Default: none is anywhere. */
  readonly focusAt?: (flow: Flow) => string | undefined;
  /** RFC 3263: where a URI's server is. */
  readonly locate: Locate;
  /** Default: limits as the tenants have them, and no drain. */
  readonly admission?: Pick<Admission, 'request' | 'call'>;
  /** Default: paces registrations by the tenants' limits, and heeds no registrar's load. */
  readonly registrations?: Pick<RegistrationGovernor, 'retryAfterSec'>;
  /** How it is found out who sent a request. Default: by digest. */
  readonly authenticate?: typeof authenticate;
  /** How it is found out whether a request comes from a peer. Default: by its certificate or address. */
  readonly provePeer?: typeof provePeer;
}

/**
 * Routes requests that no sealed route speaks for: finds out whose they are (domain, then digest), whether they may begin now, where they go
 * (RFC 3261 §16.5), and starts them on their way. Each step that has to ask another service parks the request; a warm one runs through in one turn.
 */
export class NewRequestRouting {
  readonly #options: NewRequestRoutingOptions;
  readonly #admission: Pick<Admission, 'request' | 'call'>;
  readonly #registrations: Pick<RegistrationGovernor, 'retryAfterSec'>;
  readonly #dispatch: Dispatch;

  constructor(options: NewRequestRoutingOptions) {
    const { proxy, location, reachable, authentication, refusals } = options;
    this.#options = options;
    this.#admission = options.admission ?? new Admission();
    this.#registrations = options.registrations ?? new RegistrationGovernor();
    this.#dispatch = new Dispatch({
      proxy,
      calls: options.calls,
      location,
      reachable,
      conferences: options.conferences,
      refusals,
      directory: authentication.directory,
      wallClock: authentication.wallClock,
    });
  }

  route(received: ReceivedRequest): void {
    const { request, ingress } = received;
    const bindsConnection = request.method === 'REGISTER' && isConnection(ingress.flow);
    const admitted = this.#admission.request(isEmergency(request, trustOf(received)), bindsConnection);
    if (admitted.kind === 'refused') {
      this.#options.refusals.later(received, admitted.retryAfterSec, admitted.reason);
      return;
    }
    const pod = ingress.flow.transport === 'SIPLINK' ? this.#options.focusAt?.(ingress.flow) : undefined;
    if (pod !== undefined) {
      this.#fromFocus(received, pod);
      return;
    }
    const vouched = vouchedFor(received);
    if (vouched !== undefined) {
      this.#believe(received, vouched);
      return;
    }
    const host = claimedHost(request);
    if (host === undefined) {
      this.#refuse(received, 400, 'Bad Identity', `${request.method} has no SIP URI as its identity`);
      return;
    }
    // RFC 3323 §4.1.1.3: who hides its identity says so in the From; it proves itself to the domain that it asks.
    const claimed = host === anonymousHost ? (received.routed.requestSipUri?.host ?? host) : host;
    this.#withTenant(received, claimed, (caller) => {
      if (caller !== undefined) {
        if (this.#paces(received, caller)) this.#identify(received, host, caller);
      } else if (request.method === 'REGISTER') {
        // RFC 3261 §10.3: a registrar serves its own domains only.
        this.#options.security.unknownDomain(request, ingress, host);
        this.#refuse(received, 404, undefined, `REGISTER for ${host}, which is not served here`);
      } else this.#begin(received, host, stranger(trustOf(received)));
    });
  }

  /** Whether a REGISTER may go on: before any digest is computed, and before a registrar hears of it. */
  #paces(received: ReceivedRequest, tenant: directory.Tenant): boolean {
    const { request } = received;
    if (request.method !== 'REGISTER') return true;
    const retryAfterSec = this.#registrations.retryAfterSec(
      this.#options.stack.now(),
      tenant.tenantId,
      tenant.limits?.maxRegistrationsPerSec ?? 0,
      request.has(Header.Authorization),
    );
    if (retryAfterSec === undefined) return true;
    this.#options.refusals.later(received, retryAfterSec, 'too many registrations at once', tenant.tenantId);
    return false;
  }

  #identify(received: ReceivedRequest, host: string, caller: directory.Tenant): void {
    const { request, ingress } = received;
    if (!caller.enabled) {
      this.#refuse(received, 403, undefined, `tenant ${caller.tenantId} is disabled`, caller.tenantId);
      return;
    }
    const { authentication, openGruu, flowTokens } = this.#options;
    const ports = { ...authentication, directory: within(authentication.directory, received.span) };
    const identify = this.#options.authenticate ?? authenticate;
    identify(ports, caller, request, (outcome) => {
      if (outcome.kind === 'answer') {
        const { offence } = outcome;
        if (offence !== undefined)
          this.#options.security.refused(request, ingress, caller.tenantId, offence.username, offence.failure);
        this.#options.refusals.answer(received, outcome, caller.tenantId);
        return;
      }
      this.#begin(received, host, {
        tenant: caller,
        subscriber: outcome.subscriber,
        addressOfRecord: outcome.addressOfRecord,
        leg: callerLeg(
          request,
          outcome.addressOfRecord,
          ingress.flow.remote,
          openGruu,
          () => this.#options.deviceOver?.(ingress.flow, caller.tenantId, outcome.addressOfRecord),
          () => ({
            kind: 'flow',
            flowToken: flowTokens.tokenOf(ingress.flow),
            edgeId: flowTokens.edge.id,
            incarnation: flowTokens.edge.incarnation,
          }),
        ),
        trustClass: directory.TrustClass.UNTRUSTED,
        consumedRealm: { name: caller.realm },
      });
    });
  }

  /** D2: another part of the platform has found out who sent this. */
  #believe(received: ReceivedRequest, { tenantId, username, addressOfRecord }: Vouched): void {
    const lookups = within(this.#options.authentication.directory, received.span);
    lookups.tenant(tenantId, (tenant) => {
      lookups.subscriber(tenantId, username, (subscriber) => {
        if (tenant.kind === 'unavailable' || subscriber.kind === 'unavailable')
          this.#options.refusals.away(received, 'the directory');
        else if (tenant.kind === 'absent' || subscriber.kind === 'absent')
          this.#refuse(received, 403, undefined, `${addressOfRecord} is nobody's any more`, tenantId);
        else
          this.#begin(received, tenant.value.canonicalDomain, {
            tenant: tenant.value,
            subscriber: subscriber.value,
            addressOfRecord,
            leg: { kind: 'none' },
            trustClass: trustOf(received),
            consumedRealm: { name: tenant.value.realm },
          });
      });
    });
  }

  /** A conference calls somebody: it does so as its tenant, and who it is the focus has found out. */
  #fromFocus(received: ReceivedRequest, pod: string): void {
    const tenantId = received.ingress.envelope?.originatingTenantId ?? '';
    const lookups = within(this.#options.authentication.directory, received.span);
    lookups.tenant(tenantId, (tenant) => {
      if (tenant.kind === 'unavailable') this.#options.refusals.away(received, 'the directory');
      else if (tenant.kind === 'absent' || !tenant.value.enabled)
        this.#refuse(received, 403, undefined, `${tenantId} has no conferences, and ${pod} calls for one`, tenantId);
      else
        this.#begin(received, tenant.value.canonicalDomain, {
          ...stranger(trustOf(received), { name: tenant.value.realm }),
          tenant: tenant.value,
          leg: { kind: 'service', service: conferenceFocus, pod },
        });
    });
  }

  /** The sender is known, as far as it can be. */
  #begin(received: ReceivedRequest, host: string, origin: Origin): void {
    const { tenant } = origin;
    if (tenant !== undefined && !this.#admitsCall(received, origin, tenant)) return;
    const { openGruu } = this.#options;
    this.#withoutOwnDomains(received, received.routed, (routed) => {
      const next = { ...received, routed };
      findDestination(
        within(this.#options.authentication.directory, received.span),
        {
          method: received.request.method,
          requestUri: routed.requestUri,
          requestSipUri: routed.requestSipUri,
          device: routed.requestSipUri === undefined ? undefined : deviceAsked(routed.requestSipUri, openGruu),
          nextRoute: nextRouteOf(routed),
          caller: tenant,
          callerHost: host,
          localHost: received.ingress.flow.local.host,
          fromService: received.ingress.flow.transport === 'SIPLINK',
          explain: received.explain,
        },
        (destination) => {
          if (destination.kind === 'directory-unavailable') {
            this.#options.refusals.away(next, 'the directory');
            return;
          }
          if (tenant !== undefined || destination.kind === 'refused' || !('tenant' in destination)) {
            if (tenant === undefined && destination.kind === 'refused')
              this.#options.security.unknownDomain(received.request, received.ingress, host);
            this.#dispatch.send(next, origin, destination);
            return;
          }
          // A call from outside counts for the tenant that it is for.
          if (!this.#admitsCall(next, origin, destination.tenant)) return;
          this.#asPeer(next, host, destination.tenant, (peer) => this.#dispatch.send(next, peer, destination));
        },
      );
    });
  }

  /**
   * A caller from outside claims a domain in its From, which anybody can write. It is believed where the request comes from a host that the
   * called tenant's own route to that domain leads to, or from who has that host's certificate; that route is also the way back within the
   * call.
   */
  #asPeer(received: ReceivedRequest, host: string, called: directory.Tenant, then: (origin: Origin) => void): void {
    const { authentication, locate, security } = this.#options;
    if (received.ingress.flow.transport === 'SIPLINK') {
      then(stranger(trustOf(received)));
      return;
    }
    authentication.directory.routes(called.tenantId, (routes) => {
      const route = routes.kind === 'found' ? routeBackTo(host, routes.value) : undefined;
      const nextHop = route?.action?.$case === 'nextHop' ? route.action.value.uri : undefined;
      const refuse = (): void => {
        security.unknownDomain(received.request, received.ingress, host);
        const why = `the route of ${called.tenantId} to ${host} does not lead to where this comes from`;
        this.#refuse(received, 403, undefined, why, called.tenantId);
      };
      if (route === undefined || nextHop === undefined) {
        refuse();
        return;
      }
      // Without a next hop the domain itself says where its servers are.
      const prove = this.#options.provePeer ?? provePeer;
      prove(received.ingress.flow, nextHop === '' ? `sip:${host}` : nextHop, locate, (isPeer) => {
        if (isPeer) then({ ...stranger(route.trustClass), leg: { kind: 'trunk', routeId: route.routeId } });
        else refuse();
      });
    });
  }

  #admitsCall(received: ReceivedRequest, origin: Origin, tenant: directory.Tenant): boolean {
    const { request } = received;
    if (request.method !== 'INVITE' || request.toTag !== undefined) return true;
    const admitted = this.#admission.call(
      this.#options.stack.now(),
      tenant.tenantId,
      tenant.limits?.maxCallsPerSec ?? 0,
      isEmergency(request, origin.trustClass),
    );
    if (admitted.kind === 'refused')
      this.#options.refusals.later(
        received,
        admitted.retryAfterSec,
        `${tenant.tenantId} is beyond its ${admitted.reason}`,
        tenant.tenantId,
      );
    return admitted.kind === 'admitted';
  }

  /**
   * Takes off Route values that name a domain of a tenant: phones are given the domain as their outbound proxy, and RFC 3261 §16.4 has an element
   * take off what it is responsible for. Each value taken makes the list shorter.
   */
  #withoutOwnDomains(received: ReceivedRequest, routed: RoutedRequest, then: (routed: RoutedRequest) => void): void {
    const next = routed.routes[0];
    const uri = next === undefined ? undefined : sipUriOf(next);
    if (uri === undefined) {
      then(routed);
      return;
    }
    this.#withTenant(received, uri.host, (tenant) => {
      if (tenant === undefined) then(routed);
      else this.#withoutOwnDomains(received, { ...routed, routes: routed.routes.slice(1), routesChanged: true }, then);
    });
  }

  #withTenant(received: ReceivedRequest, host: string, then: (tenant: directory.Tenant | undefined) => void): void {
    within(this.#options.authentication.directory, received.span).tenantByDomain(host, (answer) => {
      if (answer.kind === 'unavailable') this.#options.refusals.away(received, 'the directory');
      else then(answer.kind === 'found' ? answer.value : undefined);
    });
  }

  #refuse(
    received: ReceivedRequest,
    statusCode: number,
    reasonPhrase: string | undefined,
    why: string,
    tenant?: string,
  ): void {
    this.#options.refusals.answer(received, { statusCode, reasonPhrase, why }, tenant);
  }
}

/** Whom another part of the platform has authenticated. */
interface Vouched {
  readonly tenantId: string;
  readonly username: string;
  readonly addressOfRecord: string;
}

function vouchedFor({ ingress }: ReceivedRequest): Vouched | undefined {
  if (ingress.flow.transport !== 'SIPLINK') return undefined;
  const { authenticated, originatingTenantId } = ingress.envelope ?? {};
  if (authenticated === undefined || originatingTenantId === undefined || originatingTenantId === '') return undefined;
  return { tenantId: originatingTenantId, ...authenticated };
}

/** What came over SipLink was let in by another part of the platform, which says how far its sender is trusted. */
function trustOf({ ingress }: ReceivedRequest): directory.TrustClass {
  const { PEER, UNTRUSTED } = directory.TrustClass;
  const trustClass = ingress.flow.transport === 'SIPLINK' ? ingress.envelope?.trustClass : undefined;
  return trustClass === 'peer' || trustClass === 'platform' ? PEER : UNTRUSTED;
}

function nextRouteOf({ routes }: RoutedRequest): SipUri | undefined {
  return routes[0] === undefined ? undefined : sipUriOf(routes[0]);
}
