import { Header, parseNameAddr, parseUri, type SipRequest, type SipUri } from '@ringdown/sip-message';

/** What this element knows of itself when it reads routes. */
export interface OwnRoutes {
  /** Whether the URI's host and port are this platform's own SIP address, e.g. one written into Record-Route or Path. */
  isOwn(uri: SipUri): boolean;
  /** Whether the host is an address or domain this element is responsible for (§16.4, maddr). */
  isResponsibleFor(host: string): boolean;
}

/** The transport and port a request came in by. */
export interface IngressPort {
  readonly transport: string;
  readonly port: number;
}

/** A request after RFC 3261 §16.4. `request` itself is unchanged; `forwardRequest` applies this. */
export interface RoutedRequest {
  readonly kind: 'routed';
  /** The Request-URI after strict-router repair and maddr stripping. */
  readonly requestUri: string;
  /** The same URI parsed, or undefined when it isn't a sip or sips URI. */
  readonly requestSipUri: SipUri | undefined;
  /** Route values that remain, topmost first. */
  readonly routes: readonly string[];
  /** Own URIs that were taken off (also the Request-URI of a strict router), in the order they were met. */
  readonly popped: readonly SipUri[];
  /** Whether `routes` differs from what the request carries. */
  readonly routesChanged: boolean;
}

export interface RouteFailure {
  readonly kind: 'failure';
  readonly code: 'bad-route';
  readonly statusCode: 400;
  readonly reason: string;
}

const NO_ROUTES: readonly string[] = [];
const NOTHING_POPPED: readonly SipUri[] = [];

/**
 * RFC 3261 §16.4, route information preprocessing.
 *
 * Every own value at the top of Route is taken off, not only the first: RFC 5658 writes two for one passage, and what
 * is left of a second passage would only be sent from this element to itself. The caller sees them all in `popped`.
 */
export function preprocessRoutes(
  request: SipRequest,
  own: OwnRoutes,
  ingress: IngressPort,
): RoutedRequest | RouteFailure {
  let requestUri = request.requestUri;
  let uri = request.uri.kind === 'sip' ? request.uri : undefined;
  if (!request.has(Header.Route)) {
    if (uri?.params.has('maddr')) [requestUri, uri] = withoutOwnMaddr(requestUri, uri, own, ingress);
    return routed(requestUri, uri, NO_ROUTES, NOTHING_POPPED, false);
  }

  const routes = [...request.list(Header.Route)];
  const popped: SipUri[] = [];
  // RFC 3261 §16.4: a strict router puts the value that we wrote into Record-Route (it has lr) into the Request-URI,
  // and the real one at the end of Route.
  if (uri?.params.has('lr') && own.isOwn(uri)) {
    const last = routes.pop();
    const target = last === undefined ? undefined : uriOf(last);
    if (target === undefined) return failure('the last Route value is no address');
    popped.push(uri);
    requestUri = target;
    const repaired = parseUri(target);
    if (repaired.kind === 'failure') return failure(`the last Route value: ${repaired.reason}`);
    uri = repaired.kind === 'sip' ? repaired : undefined;
  }
  if (uri?.params.has('maddr')) [requestUri, uri] = withoutOwnMaddr(requestUri, uri, own, ingress);

  let first = 0;
  for (; first < routes.length; first++) {
    const text = uriOf(routes[first] as string);
    const route = text === undefined ? undefined : parseUri(text);
    if (route === undefined || route.kind === 'failure') return failure('the first Route value is no address');
    if (route.kind !== 'sip' || !own.isOwn(route)) break;
    popped.push(route);
  }
  return routed(requestUri, uri, first === 0 ? routes : routes.slice(first), popped, popped.length > 0);
}

/**
 * RFC 3261 §16.4: a maddr that names this element, in a URI whose port and transport are those the request came in by, is
 * stripped together with any port and transport that aren't the default.
 */
function withoutOwnMaddr(text: string, uri: SipUri, own: OwnRoutes, ingress: IngressPort): readonly [string, SipUri] {
  const maddr = uri.params.get('maddr') ?? '';
  const transport = (uri.params.get('transport') ?? (uri.scheme === 'sips' ? 'tls' : 'udp')).toLowerCase();
  const port = uri.port ?? (transport === 'tls' || uri.scheme === 'sips' ? 5061 : 5060);
  if (!own.isResponsibleFor(maddr) || port !== ingress.port || transport !== ingress.transport.toLowerCase()) {
    return [text, uri];
  }
  let stripped = `${uri.scheme}:`;
  if (uri.user !== undefined) stripped += `${uri.user}${uri.password === undefined ? '' : `:${uri.password}`}@`;
  stripped += uri.host;
  for (const [name, value] of uri.params.entries()) {
    const lower = name.toLowerCase();
    if (lower !== 'maddr' && lower !== 'transport') stripped += value === '' ? `;${name}` : `;${name}=${value}`;
  }
  const parsed = parseUri(stripped);
  return parsed.kind === 'sip' ? [stripped, parsed] : [text, uri];
}

function uriOf(routeValue: string): string | undefined {
  const address = parseNameAddr(routeValue);
  return address.kind === 'failure' ? undefined : address.uri;
}

function routed(
  requestUri: string,
  requestSipUri: SipUri | undefined,
  routes: readonly string[],
  popped: readonly SipUri[],
  routesChanged: boolean,
): RoutedRequest {
  return { kind: 'routed', requestUri, requestSipUri, routes, popped, routesChanged };
}

function failure(reason: string): RouteFailure {
  return { kind: 'failure', code: 'bad-route', statusCode: 400, reason };
}
