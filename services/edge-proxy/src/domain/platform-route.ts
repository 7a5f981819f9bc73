import { parseNameAddr, parseUri, type SipRequest, type SipUri } from '@ringdown/sip-message';
import { isSiblingRoute, type RoutedRequest } from '@ringdown/sip-proxy';

/** RFC 5658 §5: at most two values stand for one passage. */
const valuesOfPassage = 2;

/** Opens tokens of the platform's own routes. */
export interface RouteOpener {
  /** Undefined where no token of this dialog is in the URIs. */
  open(request: SipRequest, uris: readonly SipUri[]): object | undefined;
}

/**
 * Takes the Route values of another edge off: a value whose sealed token opens for this dialog is the platform's own, whichever edge wrote it,
 * and any edge can route by it (D4). A phone that reaches the platform by another edge than its call did sends such values.
 */
export function withoutPlatformRoutes(request: SipRequest, routed: RoutedRequest, opener: RouteOpener): RoutedRequest {
  const { routes, popped } = routed;
  if (routes.length === 0 || request.toTag === undefined) return routed;
  const uris = routes.slice(0, valuesOfPassage).map(sipUriOf);
  const at = uris.findIndex((uri) => uri?.user !== undefined && opener.open(request, [uri]) !== undefined);
  const sealed = at < 0 ? undefined : uris[at];
  if (sealed === undefined) {
    // Of two, the one with the token may have this edge's address, and the other the address of its writer.
    const isLeft = isSibling(uris[0]) && opener.open(request, popped) !== undefined;
    return isLeft ? { ...routed, routes: routes.slice(1), routesChanged: true } : routed;
  }
  // Another element's value above the sealed one is visited first.
  if (at > 0 && !isSibling(uris[0])) return routed;
  const taken = at === 0 && isSibling(uris[1]) ? valuesOfPassage : at + 1;
  return { ...routed, routes: routes.slice(taken), popped: [...popped, sealed], routesChanged: true };
}

function isSibling(uri: SipUri | undefined): boolean {
  return uri !== undefined && isSiblingRoute(uri);
}

/** The URI of a Route value; undefined when it is no SIP URI. */
export function sipUriOf(routeValue: string): SipUri | undefined {
  const address = parseNameAddr(routeValue);
  const uri = address.kind === 'failure' ? undefined : parseUri(address.uri);
  return uri?.kind === 'sip' ? uri : undefined;
}
