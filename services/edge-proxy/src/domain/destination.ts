import { directory } from '@ringdown/contracts';
import { unescapeUri } from '@ringdown/sip-message';
import { conferenceFocus } from './conference.js';
import type { AskedDevice } from './device.js';
import { servicesAbove } from './emergency.js';
import { addressOfUser } from './identity.js';

type Tenant = directory.Tenant;
/** A device that a GRUU of the platform's names. */
export type NamedDevice = Exclude<AskedDevice, { readonly kind: 'unknown' }>;
type Route = directory.Route;

/** Where a request that opens a dialog, or stands outside of one, goes. */
export type Destination =
  /** RFC 3261 §10: the tenant's registrar, behind SipLink. */
  | { readonly kind: 'registrar'; readonly tenant: Tenant }
  /** This element itself is asked what it can do (RFC 3261 §11). */
  | { readonly kind: 'self' }
  /** The redirect service, behind SipLink, answers with contacts. */
  | { readonly kind: 'redirect'; readonly tenant: Tenant /** Absent: the tenant's policy. */; readonly route?: Route }
  /** The bindings of one of the tenant's addresses of record. */
  | {
      readonly kind: 'bindings';
      readonly tenant: Tenant;
      readonly username: string;
      readonly addressOfRecord: string;
      /** The one device that was asked for; absent where all of them are. */ readonly device?: NamedDevice;
    }
  /** A peer outside of the platform. `nextHop` is absent where the Request-URI itself says where. */
  | { readonly kind: 'outside'; readonly tenant: Tenant; readonly route: Route; readonly nextHop: string | undefined }
  /** A session service (a back-to-back user agent) behind SipLink. */
  | { readonly kind: 'session'; readonly tenant: Tenant; readonly service: string; readonly route: Route }
  /** A conference, or what might be one: the focus, behind SipLink, knows. `room` is the user part of its URI. */
  | {
      readonly kind: 'conference';
      readonly tenant: Tenant;
      readonly room: string;
      /** Absent: nobody else has the name. */
      readonly route?: Route;
    }
  | { readonly kind: 'refused'; readonly statusCode: number; readonly reasonPhrase: string; readonly why: string };

/** What the decision needs to know of the Request-URI: its user part, unescaped, and the E.164 number if it is one. */
export interface RequestedUser {
  readonly username: string;
  readonly e164: string | undefined;
}

/** Reads a user part or a telephone-subscriber as an E.164 number: visual separators are dropped (RFC 3966 §5.1.1); undefined if it is none. */
export function e164Of(user: string): string | undefined {
  if (!user.startsWith('+')) return undefined;
  const number = user.split(';', 1)[0]?.replace(/[-.()]/g, '') ?? '';
  return /^\+[1-9]\d{1,14}$/.test(number) ? number : undefined;
}

/** Where a request for one of the platform's own domains goes. `routes` are the tenant's, the most specific first. */
export function localDestination(
  method: string,
  tenant: Tenant,
  host: string,
  requested: RequestedUser,
  routes: readonly Route[],
): Destination {
  if (!tenant.enabled) return refused(403, 'Forbidden', `tenant ${tenant.tenantId} is disabled`);
  if (method === 'REGISTER') return { kind: 'registrar', tenant };
  // RFC 3261 §11: an OPTIONS for a domain, not for a user of it, asks the server.
  if (requested.username === '' && method === 'OPTIONS') return { kind: 'self' };
  if (requested.username === '') return refused(404, 'Not Found', 'the Request-URI names a domain and no user');
  const byNumber = requested.e164 === undefined ? undefined : numberDestination(tenant, requested.e164, routes);
  if (byNumber !== undefined) return byNumber;
  // At home a route by domain must name the very domain: "*" speaks of the world outside.
  const route = routes.find(({ match }) => match?.$case === 'domain' && match.value === host);
  if (route !== undefined) return byRoute(tenant, route, requested.username);
  if (tenant.policies?.redirectMode === directory.RedirectMode.REDIRECT) return { kind: 'redirect', tenant };
  return bindingsOf(tenant, requested.username);
}

/** Where a tenant's own routes lead a number: by the longest prefix, for `routes` come the most specific first; undefined if none matches. */
export function numberDestination(tenant: Tenant, e164: string, routes: readonly Route[]): Destination | undefined {
  const route = routes.find((candidate) => matchesNumber(candidate, e164));
  // A room that is called by a number is named by its digits.
  return route === undefined ? undefined : byRoute(tenant, route, e164.slice(1));
}

/**
 * What a caller gets of a destination. A tenant pays for what leaves the platform by its routes, so they are its own subscribers' only: a
 * subscriber of another tenant, and a caller from outside (`caller` is undefined), is refused. All else is left as it is.
 */
export function withinReach(destination: Destination, caller: Tenant | undefined): Destination {
  if (destination.kind !== 'outside' || destination.tenant.tenantId === caller?.tenantId) return destination;
  const who = caller === undefined ? 'a caller from outside' : `a subscriber of ${caller.tenantId}`;
  const { route, tenant } = destination;
  return refused(
    403,
    'Forbidden',
    `${who} asked for route ${route.routeId} of ${tenant.tenantId}, which leads outside`,
  );
}

/** The bindings of a tenant's subscriber. */
export function bindingsOf(tenant: Tenant, username: string): Extract<Destination, { kind: 'bindings' }> {
  return { kind: 'bindings', tenant, username, addressOfRecord: addressOfUser(username, tenant) };
}

/**
 * Where a request for a GRUU of one of the platform's own domains goes (RFC 5627 §5.4): to that device, past everything that concerns the person, such as
 * routes by domain, numbers and redirects.
 */
export function deviceDestination(tenant: Tenant, username: string, device: AskedDevice): Destination {
  if (!tenant.enabled) return refused(403, 'Forbidden', `tenant ${tenant.tenantId} is disabled`);
  if (device.kind === 'public') return { ...bindingsOf(tenant, username), device };
  if (device.kind === 'unknown' || device.tenantId !== tenant.tenantId)
    return refused(404, 'Not Found', 'nobody here has made this temporary GRUU');
  return { ...bindingsOf(tenant, unescapeUri(device.user)), device };
}

/**
 * Where an emergency call goes (RFC 5031): by the caller's tenant's route for the service or for one that it is a part of, else by its route
 * for the world outside. A route names a service where others name a domain.
 */
export function emergencyDestination(caller: Tenant, service: string, routes: readonly Route[]): Destination {
  for (const name of [...servicesAbove(service), '*']) {
    const route = routes.find(({ match }) => match?.$case === 'domain' && match.value === name);
    if (route !== undefined) return byRoute(caller, route, '');
  }
  return refused(404, 'Not Found', `tenant ${caller.tenantId} has no route for ${service}`);
}

/**
 * Where a request for a domain that nobody here owns goes: only an authenticated caller reaches it, and only by a route of the caller's tenant,
 * so that the platform is never an open relay.
 */
export function outsideDestination(
  caller: Tenant | undefined,
  host: string,
  requested: RequestedUser,
  routes: readonly Route[],
): Destination {
  if (caller === undefined)
    return refused(403, 'Forbidden', `an unauthenticated caller asked for ${host}, which is not served here`);
  const route = routes.find((candidate) => matchesHost(candidate, host) || matchesNumber(candidate, requested.e164));
  if (route === undefined) return refused(403, 'Forbidden', `tenant ${caller.tenantId} has no route to ${host}`);
  return byRoute(caller, route, requested.username);
}

/**
 * The route by which a tenant reaches a domain outside, which is what admits calls from there. "*" names nobody: a tenant that may call the
 * whole world doesn't take calls from all of it. Undefined if there is no such route.
 */
export function routeBackTo(host: string, routes: readonly Route[]): Route | undefined {
  return routes.find(
    (route) => route.match?.$case === 'domain' && route.match.value !== '*' && matchesHost(route, host),
  );
}

/** `user` is what a conference is called by, where that is what the route leads to. */
function byRoute(tenant: Tenant, route: Route, user: string): Destination {
  switch (route.action?.$case) {
    case 'redirect':
      return { kind: 'redirect', tenant, route };
    case 'session': {
      const { service } = route.action.value;
      return service === conferenceFocus
        ? { kind: 'conference', tenant, room: user, route }
        : { kind: 'session', tenant, service, route };
    }
    case 'nextHop':
      return {
        kind: 'outside',
        tenant,
        route,
        nextHop: route.action.value.uri === '' ? undefined : route.action.value.uri,
      };
    default:
      return refused(404, 'Not Found', `route ${route.routeId} has no action`);
  }
}

function matchesNumber(route: Route, e164: string | undefined): boolean {
  return e164 !== undefined && route.match?.$case === 'numberPrefix' && e164.startsWith(route.match.value);
}

function matchesHost(route: Route, host: string): boolean {
  if (route.match?.$case !== 'domain') return false;
  const pattern = route.match.value;
  if (pattern === '*' || pattern === host) return true;
  return pattern.startsWith('*.') && host.endsWith(pattern.slice(1));
}

/** `why` is for the log. */
export function refused(statusCode: number, reasonPhrase: string, why: string): Destination {
  return { kind: 'refused', statusCode, reasonPhrase, why };
}
