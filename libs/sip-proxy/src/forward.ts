import {
  edit,
  Header,
  type HeaderField,
  type HeaderId,
  parseNameAddr,
  parseUri,
  type SipRequest,
} from '@ringdown/sip-message';
import { branchWithDigest } from './loop.js';
import type { RoutedRequest } from './route.js';

/** One copy of a request, made for one target. */
export interface ForwardOptions {
  /** The request's routes after §16.4. */
  readonly routed: RoutedRequest;
  /** The new Request-URI (§16.6 step 2); absent: the one of `routed`. */
  readonly targetUri?: string;
  /** Route values to place above those that remain: the Path of a binding (RFC 3327 §5.4) or proxies to visit (§16.6 step 6). */
  readonly routes?: readonly string[];
  /** Record-Route values, topmost first (§16.6 step 4), see `recordRouteValues`. */
  readonly recordRoutes?: readonly string[];
  readonly via: ForwardVia;
  /** `loopDigest(request)`, computed once for all copies. */
  readonly loopDigest: string;
  /** This copy's share of the breadth (RFC 5393 §5.3), from the response context. */
  readonly maxBreadth: number;
  /** Fields this element adds (§16.6 step 5), each as a line below those of its name. */
  readonly addedHeaders?: readonly HeaderField[];
  /** Fields this element takes off, e.g. credentials it consumed or identities this leg isn't trusted with. */
  readonly removedHeaders?: readonly HeaderId[];
}

export interface ForwardVia {
  /** As in Via, e.g. UDP. */
  readonly transport: string;
  /** Host and port as in Via; IPv6 in brackets. */
  readonly sentBy: string;
  /** The unique first part of the branch, beginning with z9hG4bK; a new one for every copy (§16.6 step 8). */
  readonly branch: string;
  /** Further parameters, each with its semicolon, e.g. `;rport`. */
  readonly params?: string;
}

export interface ForwardedRequest {
  readonly raw: string;
  /** The whole branch that went into Via. */
  readonly branch: string;
  /** The URI whose server gets the request (§16.6 step 7), as text: the first Route, or the Request-URI. */
  readonly nextHopUri: string;
}

/** RFC 3261 §16.6 step 3: what a request without Max-Forwards gets. */
const INITIAL_MAX_FORWARDS = 70;

/**
 * RFC 3261 §16.6 steps 1 to 9: the request as it goes to one target, and the URI of its next hop. Everything that isn't
 * this element's to change keeps its bytes.
 * @param request a request that passed `validateRequest`; one whose Max-Forwards is spent is a bug and throws.
 */
export function forwardRequest(request: SipRequest, options: ForwardOptions): ForwardedRequest {
  const { routed, via } = options;
  const copy = edit(request); // step 1
  let requestUri = options.targetUri === undefined ? routed.requestUri : asRequestUri(options.targetUri); // step 2
  let nextHopUri = requestUri;

  // Step 3
  const maxForwards = request.maxForwards;
  if (maxForwards === 0) throw new Error('a request whose Max-Forwards is 0 is not forwarded');
  if (maxForwards === undefined) copy.append(Header.MaxForwards, String(INITIAL_MAX_FORWARDS));
  else copy.replace(Header.MaxForwards, String(maxForwards - 1));

  // Step 4: the topmost value is the one nearest to the callee.
  if (options.recordRoutes !== undefined && options.recordRoutes.length > 0) {
    copy.prepend(Header.RecordRoute, options.recordRoutes.join(', '));
  }

  // Step 5
  if (options.removedHeaders !== undefined) for (const id of options.removedHeaders) copy.remove(id);
  if (options.addedHeaders !== undefined) for (const [name, value] of options.addedHeaders) copy.append(name, value);
  copy.replace(Header.MaxBreadth, String(options.maxBreadth)); // RFC 5393 §5.3.3: every forwarded request has one.

  // Step 6
  let routes = options.routes === undefined ? routed.routes : [...options.routes, ...routed.routes];
  let routesChanged = routed.routesChanged || (options.routes !== undefined && options.routes.length > 0);
  const first = routes[0];
  if (first !== undefined) {
    const firstUri = uriText(first);
    if (isLooseRouter(firstUri)) {
      nextHopUri = firstUri; // step 7
    } else {
      // The next hop is a strict router: it wants itself in the Request-URI and the target at the end of Route.
      routes = [...routes.slice(1), `<${requestUri}>`];
      requestUri = firstUri;
      nextHopUri = firstUri;
      routesChanged = true;
    }
  }
  if (routesChanged) {
    if (routes.length === 0) copy.remove(Header.Route);
    else copy.replace(Header.Route, routes.join(', '));
  }
  if (requestUri !== request.requestUri) copy.requestUri(requestUri);

  // Step 8
  const branch = branchWithDigest(via.branch, options.loopDigest);
  copy.prepend(Header.Via, `SIP/2.0/${via.transport} ${via.sentBy};branch=${branch}${via.params ?? ''}`);

  // Step 9: the edit adds a missing Content-Length, over a datagram as well: a later hop may be a stream.
  return { raw: copy.toString(), branch, nextHopUri };
}

/** RFC 3261 §19.1.1: a Request-URI has neither a method parameter nor headers. A user part may hold `?` and `;`. */
function asRequestUri(uri: string): string {
  const hostStart = uri.indexOf('@') + 1;
  const question = uri.indexOf('?', hostStart);
  const withoutHeaders = question < 0 ? uri : uri.slice(0, question);
  const params = withoutHeaders.indexOf(';', hostStart);
  if (params < 0 || !withoutHeaders.toLowerCase().includes(';method=', params)) return withoutHeaders;
  return withoutHeaders.slice(0, params) + withoutHeaders.slice(params).replace(/;method=[^;]*/gi, '');
}

function isLooseRouter(uri: string): boolean {
  const parsed = parseUri(uri);
  return parsed.kind === 'sip' && parsed.params.has('lr');
}

function uriText(routeValue: string): string {
  const address = parseNameAddr(routeValue);
  return address.kind === 'failure' ? routeValue : address.uri;
}
