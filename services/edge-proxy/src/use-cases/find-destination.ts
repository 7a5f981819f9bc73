import type { directory } from '@ringdown/contracts';
import { parseUri, type SipUri, telNumber, unescapeUri } from '@ringdown/sip-message';
import {
  admitsCallsFrom,
  bindingsOf,
  type Destination,
  e164Of,
  emergencyDestination,
  localDestination,
  outsideDestination,
  type RequestedUser,
  refused,
} from '../domain/destination.js';
import { emergencyService } from '../domain/emergency.js';
import type { DirectoryLookups } from '../ports/lookups.js';

/** What the way of a request depends on. */
export interface DestinationQuestion {
  readonly method: string;
  /** After RFC 3261 §16.4. */
  readonly requestUri: string;
  readonly requestSipUri: SipUri | undefined;
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
    private readonly found: (destination: FoundDestination) => void,
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
      if (called === undefined) this.foreign(uri);
      else if (caller === undefined) this.fromOutside(called, uri);
      else this.local(called, uri);
    });
  }

  /** A Request-URI that names no host: an emergency service, or a number (RFC 3966). */
  private withoutHost(caller: directory.Tenant): void {
    const { requestUri } = this.question;
    const service = emergencyService(requestUri);
    if (service !== undefined) {
      this.withRoutes(caller.tenantId, (routes) => this.found(emergencyDestination(caller, service, routes)));
      return;
    }
    const parsed = parseUri(requestUri);
    const e164 = parsed.kind === 'tel' ? e164Of(telNumber(parsed)) : undefined;
    if (e164 === undefined) {
      this.found(refused(404, 'Not Found', `${requestUri} is no number that can be routed`));
      return;
    }
    this.byNumber(e164, undefined, () => this.outside(caller, '', { username: e164, e164 }));
  }

  /** A host that is nobody's here. */
  private foreign(uri: SipUri): void {
    const { caller, callerHost, localHost } = this.question;
    const requested = requestedUser(uri);
    const goOutside = (): void => {
      if (caller === undefined) this.found(outsideDestination(undefined, uri.host, requested, []));
      else this.outside(caller, uri.host, requested);
    };
    // D8: a trunk calls a number at the platform's address; whose it is, the numbers tell.
    if (requested.e164 !== undefined && uri.host === localHost)
      this.byNumber(requested.e164, caller === undefined ? callerHost : undefined, goOutside);
    else goOutside();
  }

  /** A caller whose domain is not served here reaches subscribers of tenants that have a route back to it, and nobody else. */
  private fromOutside(called: directory.Tenant, uri: SipUri): void {
    const { callerHost, method } = this.question;
    this.withRoutes(called.tenantId, (routes) => {
      if (!admitsCallsFrom(callerHost, routes)) {
        this.found(
          refused(403, 'Forbidden', `${called.tenantId} takes no calls from ${callerHost}: it has no route there`),
        );
        return;
      }
      const destination = localDestination(method, called, uri.host, requestedUser(uri), routes);
      // A number of ours that leads outside again would make a relay for strangers.
      if (destination.kind === 'outside')
        this.found(refused(403, 'Forbidden', `${callerHost} asked for a route to outside`));
      else this.subscriberOrNumber(destination, uri, callerHost);
    });
  }

  private local(called: directory.Tenant, uri: SipUri): void {
    const { caller, method } = this.question;
    if (method === 'REGISTER' && called.tenantId !== caller?.tenantId) {
      // RFC 3261 §10.3 steps 1 and 5: the address of record isn't one of the domain that was asked.
      this.found(refused(404, 'Not Found', `${uri.host} does not keep the bindings of ${caller?.tenantId ?? ''}`));
      return;
    }
    this.withRoutes(called.tenantId, (routes) => {
      const destination = localDestination(method, called, uri.host, requestedUser(uri), routes);
      this.subscriberOrNumber(destination, uri, undefined);
    });
  }

  /** A user part that is a number may be a subscriber's. */
  private subscriberOrNumber(destination: Destination, uri: SipUri, strangersHost: string | undefined): void {
    const { e164 } = requestedUser(uri);
    if (destination.kind !== 'bindings' || e164 === undefined) this.found(destination);
    else this.byNumber(e164, strangersHost, () => this.found(destination));
  }

  /** The subscriber of a number; a stranger reaches one whose tenant takes calls from the stranger's host. */
  private byNumber(e164: string, strangersHost: string | undefined, otherwise: () => void): void {
    this.lookups.tenantByNumber(e164, (number) => {
      if (number.kind === 'unavailable') this.unavailable();
      else if (number.kind === 'absent' || number.value.username === undefined) otherwise();
      else this.numberOf(number.value.tenantId, number.value.username, strangersHost, otherwise);
    });
  }

  private numberOf(tenantId: string, username: string, strangersHost: string | undefined, otherwise: () => void): void {
    this.lookups.tenant(tenantId, (owner) => {
      if (owner.kind === 'unavailable') this.unavailable();
      else if (owner.kind === 'absent' || !owner.value.enabled) otherwise();
      else if (strangersHost === undefined) this.found(bindingsOf(owner.value, username));
      else
        this.withRoutes(tenantId, (routes) => {
          if (admitsCallsFrom(strangersHost, routes)) this.found(bindingsOf(owner.value, username));
          else otherwise();
        });
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

  private unavailable(): void {
    this.found({ kind: 'directory-unavailable' });
  }
}

const nobody: RequestedUser = { username: '', e164: undefined };

function requestedUser(uri: SipUri): RequestedUser {
  const username = uri.user === undefined ? '' : unescapeUri(uri.user);
  return { username, e164: e164Of(username) };
}
