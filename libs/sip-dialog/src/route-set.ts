import { formatUri, type Params, parseNameAddr, parseUri, type SipUri } from '@ringdown/sip-message';

/** Where a request goes, and what says so in it (RFC 3261 §12.2.1.1). */
export interface Destination {
  readonly requestUri: string;
  /** The values of the Route header, topmost first. */
  readonly routes: readonly string[];
  /** The URI to resolve for the next hop (RFC 3261 §8.1.2). */
  readonly nextHop: string;
}

/** Request-URI, Route and next hop for a request to `target` over a route set of addresses (`<uri>` with parameters). */
export function addressedTo(target: string, routeSet: readonly string[]): Destination {
  const [first, ...rest] = routeSet;
  if (first === undefined) return { requestUri: target, routes: [], nextHop: target };
  const topmost = uriOf(first);
  const parsed = parseUri(topmost);
  // RFC 3261 §12.2.1.1: with a loose router first, the remote target is the Request-URI and the route set goes as it is.
  if (parsed.kind !== 'sip' || parsed.params.has('lr')) {
    return { requestUri: target, routes: routeSet, nextHop: topmost };
  }
  // RFC 3261 §12.2.1.1: a strict router takes the Request-URI's place, and the remote target goes last.
  const requestUri = formatUri(asRequestUri(parsed));
  return { requestUri, routes: [...rest, `<${target}>`], nextHop: requestUri };
}

function uriOf(address: string): string {
  const parsed = parseNameAddr(address);
  return parsed.kind === 'failure' ? address : parsed.uri;
}

/** RFC 3261 §19.1.1 table 1: a Request-URI has no method parameter and no headers. */
function asRequestUri(uri: SipUri): SipUri {
  return { ...uri, headers: undefined, params: uri.params.has('method') ? without(uri.params, 'method') : uri.params };
}

function without(params: Params, left: string): Params {
  const kept = params.entries().filter(([name]) => name.toLowerCase() !== left);
  const find = (name: string): string | undefined =>
    kept.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  return { get: find, has: (name) => find(name) !== undefined, entries: () => kept, size: kept.length };
}
