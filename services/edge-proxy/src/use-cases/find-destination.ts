import type { directory } from '@ringdown/contracts';
import { parseUri, type SipUri, telNumber, unescapeUri } from '@ringdown/sip-message';
import {
  bindingsOf,
  type Destination,
  deviceDestination,
  e164Of,
  emergencyDestination,
  localDestination,
  numberDestination,
  outsideDestination,
  type RequestedUser,
  refused,
  routeBackTo,
  withinReach,
} from '../domain/destination.js';
import type { AskedDevice } from '../domain/device.js';
import { emergencyService } from '../domain/emergency.js';
import type { Explain } from '../domain/explanation.js';
import { destinationInWords, routeInWords } from '../domain/rules-in-words.js';
import type { DirectoryLookups } from '../ports/lookups.js';

/** What the way of a request depends on. */
export interface DestinationQuestion {
  readonly method: string;
  /** After RFC 3261 §16.4. */
  readonly requestUri: string;
  readonly requestSipUri: SipUri | undefined;
  /** The one device that the Request-URI asks for, if it is a GRUU. */
  readonly device: AskedDevice | undefined;
  /** The next server that the sender has asked for in Route, if it isn't this platform. */
  readonly nextRoute: SipUri | undefined;
  /** The tenant of an authenticated caller; undefined for one from outside. */
  readonly caller: directory.Tenant | undefined;
  /** The host that the caller claims to be of. */
  readonly callerHost: string;
  /** The address that the request was sent to: a trunk may call numbers at it. */
  readonly localHost: string;
  /** Whether a service of the platform sends it on: routes that lead to a session service were followed before. */
  readonly fromService: boolean;
  /** Told of each decision, and of the rule behind it. Absent: nobody asks. */
  readonly explain?: Explain | undefined;
}

export type FoundDestination = Destination | { readonly kind: 'directory-unavailable' };

/**
 * Finds where a request outside of a dialog goes (RFC 3261 §16.5) by what the directory says. `found` is called exactly once, at once when all
 * of it is warm.
 */
export function findDestination(
  lookups: DirectoryLookups,
  question: DestinationQuestion,
  found: (destination: FoundDestination) => void,
): void {
  new Search(lookups, question, found).begin();
}

class Search {
  constructor(
    private readonly lookups: DirectoryLookups,
    private readonly question: DestinationQuestion,
    private readonly answered: (destination: FoundDestination) => void,
  ) {}

  begin(): void {
    const { caller, callerHost, nextRoute, requestUri, requestSipUri: uri } = this.question;
    if (caller === undefined && (nextRoute !== undefined || uri === undefined)) {
      // Neither a Route nor a number makes a relay of this platform for whom nobody knows.
      this.found(refused(403, 'Forbidden', `${callerHost} asked for ${requestUri} by way of this platform`));
      return;
    }
    if (caller !== undefined && nextRoute !== undefined) {
      this.outside(caller, nextRoute.host, uri === undefined ? nobody : requestedUser(uri));
      return;
    }
    if (uri === undefined) {
      if (caller !== undefined) this.withoutHost(caller);
      return;
    }
    this.withTenant(uri.host, (called) => {
      const { device, method } = this.question;
      if (called === undefined) this.foreign(uri);
      // RFC 3261 §10.2: the Request-URI of a REGISTER names a domain.
      else if (device !== undefined && method !== 'REGISTER') this.toDevice(called, uri, device);
      else if (caller === undefined) this.fromOutside(called, uri);
      else this.fromSubscriber(caller, called, uri);
    });
  }

  /** A Request-URI that names no host: an emergency service, or a number (RFC 3966). */
  private withoutHost(caller: directory.Tenant): void {
    const { method, requestUri } = this.question;
    if (method === 'REGISTER') {
      // RFC 3261 §10.2: the Request-URI of a REGISTER names the domain of the location service.
      this.found(refused(404, 'Not Found', `${requestUri} is no domain that keeps bindings`));
      return;
    }
    const service = emergencyService(requestUri);
    if (service !== undefined) {
      this.withRoutes(caller.tenantId, (routes) => this.found(emergencyDestination(caller, service, routes)));
      return;
    }
    const parsed = parseUri(requestUri);
    const e164 = parsed.kind === 'tel' ? e164Of(telNumber(parsed)) : undefined;
    if (e164 === undefined) this.found(refused(404, 'Not Found', `${requestUri} is no number that can be routed`));
    else this.numberAlone(caller, e164);
  }

  /** A host that is nobody's here. */
  private foreign(uri: SipUri): void {
    const { caller, localHost, method } = this.question;
    const requested = requestedUser(uri);
    // D8: a trunk calls a number at the platform's address; whose it is, the numbers tell.
    const e164 = uri.host === localHost && method !== 'REGISTER' ? requested.e164 : undefined;
    const nobodys = (): void => this.found(outsideDestination(undefined, uri.host, requested, []));
    if (caller === undefined) {
      if (e164 === undefined) nobodys();
      else this.byOwner(e164, nobodys);
    } else if (e164 === undefined) this.outside(caller, uri.host, requested);
    else this.numberAlone(caller, e164);
  }

  /** A caller whose domain is not served here reaches subscribers of tenants that have a route back to it, and nobody else. */
  private fromOutside(called: directory.Tenant, uri: SipUri): void {
    this.admittedFromOutside(called, () => this.atHome(called, uri.host, requestedUser(uri)));
  }

  private toDevice(called: directory.Tenant, uri: SipUri, device: AskedDevice): void {
    const found = (): void => this.found(deviceDestination(called, requestedUser(uri).username, device));
    if (this.question.caller === undefined) this.admittedFromOutside(called, found);
    else found();
  }

  private admittedFromOutside(called: directory.Tenant, then: () => void): void {
    const { callerHost, explain } = this.question;
    this.withRoutes(called.tenantId, (routes) => {
      const back = routeBackTo(callerHost, routes);
      if (back !== undefined) {
        explain?.({
          step: 'caller',
          decision: `tenant ${called.tenantId} takes calls from ${callerHost}`,
          rule: routeInWords(back),
        });
        then();
      } else
        this.found(
          refused(403, 'Forbidden', `${called.tenantId} takes no calls from ${callerHost}: it has no route there`),
        );
    });
  }

  private fromSubscriber(caller: directory.Tenant, called: directory.Tenant, uri: SipUri): void {
    // RFC 3261 §10.3 steps 1 and 5: the address of record isn't one of the domain that was asked.
    if (this.question.method === 'REGISTER' && called.tenantId !== caller.tenantId)
      this.found(refused(404, 'Not Found', `${uri.host} does not keep the bindings of ${caller.tenantId}`));
    else this.atHome(called, uri.host, requestedUser(uri));
  }

  /** A number without a domain of ours is what it is at the caller's own: `tel:+49…` and `sip:+49…@example.com` are the same to example.com's. */
  private numberAlone(caller: directory.Tenant, e164: string): void {
    this.atHome(caller, caller.canonicalDomain, { username: e164, e164 });
  }

  /**
   * What a user part is at a domain of a tenant's. The one order for numbers: whom the number is assigned to, else the tenant's routes by
   * number, else what any user part is there (routes for the domain, then bindings).
   */
  private atHome(tenant: directory.Tenant, host: string, requested: RequestedUser): void {
    const { method } = this.question;
    const byTenant = (): void =>
      this.withRoutes(tenant.tenantId, (routes) =>
        this.found(localDestination(method, tenant, host, requested, routes)),
      );
    if (requested.e164 === undefined || method === 'REGISTER' || !tenant.enabled) byTenant();
    else this.byOwner(requested.e164, byTenant);
  }

  /** A number by the tenant that it is assigned to; `otherwise` when it is nobody's, or its owner has nothing for this caller. */
  private byOwner(e164: string, otherwise: () => void): void {
    this.lookups.tenantByNumber(e164, (number) => {
      if (number.kind === 'unavailable') this.unavailable();
      else if (number.kind === 'absent') otherwise();
      else {
        const { tenantId, username } = number.value;
        this.lookups.tenant(tenantId, (owner) => {
          if (owner.kind === 'unavailable') this.unavailable();
          else if (owner.kind === 'absent' || !owner.value.enabled) otherwise();
          else this.ofOwner(owner.value, username, e164, otherwise);
        });
      }
    });
  }

  /** The subscriber that a number is assigned to, else where its owner's routes lead it. */
  private ofOwner(owner: directory.Tenant, username: string | undefined, e164: string, otherwise: () => void): void {
    const { caller, callerHost, explain } = this.question;
    if (caller !== undefined && username !== undefined) {
      this.found(bindingsOf(owner, username), e164);
      return;
    }
    this.withRoutes(owner.tenantId, (routes) => {
      // Who comes from outside reaches numbers of tenants that take calls from there.
      if (caller === undefined && routeBackTo(callerHost, routes) === undefined) {
        explain?.({
          step: 'number',
          decision: `${e164} is not reached from ${callerHost}`,
          rule: `its tenant ${owner.tenantId} has no route there`,
        });
        otherwise();
      } else if (username !== undefined) this.found(bindingsOf(owner, username), e164);
      else {
        const destination = numberDestination(owner, e164, routes);
        // A way out that isn't the caller's is none: the caller may have one of its own.
        if (destination === undefined || withinReach(destination, caller) !== destination) {
          explain?.({
            step: 'number',
            decision: `no route of tenant ${owner.tenantId} leads ${e164} anywhere that this caller may go`,
          });
          otherwise();
        } else this.found(destination);
      }
    });
  }

  private outside(caller: directory.Tenant, host: string, requested: RequestedUser): void {
    this.withRoutes(caller.tenantId, (routes) => this.found(outsideDestination(caller, host, requested, routes)));
  }

  private withTenant(host: string, then: (tenant: directory.Tenant | undefined) => void): void {
    this.lookups.tenantByDomain(host, (answer) => {
      if (answer.kind === 'unavailable') this.unavailable();
      else then(answer.kind === 'found' ? answer.value : undefined);
    });
  }

  private withRoutes(tenantId: string, then: (routes: readonly directory.Route[]) => void): void {
    this.lookups.routes(tenantId, (answer) => {
      if (answer.kind === 'unavailable') this.unavailable();
      else then(answer.kind === 'found' ? this.open(answer.value) : []);
    });
  }

  private open(routes: readonly directory.Route[]): readonly directory.Route[] {
    return this.question.fromService ? routes.filter(({ action }) => action?.$case !== 'session') : routes;
  }

  /** `number` was assigned to the subscriber that it leads to. */
  private found(destination: Destination, number?: string): void {
    const { caller, explain } = this.question;
    const reached = withinReach(destination, caller);
    explain?.({ step: 'destination', ...destinationInWords(destination, number) });
    if (reached !== destination) explain?.({ step: 'destination', ...destinationInWords(reached) });
    this.answered(reached);
  }

  private unavailable(): void {
    this.answered({ kind: 'directory-unavailable' });
  }
}

const nobody: RequestedUser = { username: '', e164: undefined };

function requestedUser(uri: SipUri): RequestedUser {
  const username = uri.user === undefined ? '' : unescapeUri(uri.user);
  return { username, e164: e164Of(username) };
}
