import type { directory } from '@ringdown/contracts';
import { parseUri } from '@ringdown/sip-message';
import type { RoutedRequest } from '@ringdown/sip-proxy';
import { hostHash, instanceHash, type KnownCall, type KnownLeg, sourceHash } from './call-token.js';
import { contactName } from './device.js';
import type { SourceAddress } from './hop.js';
import { sipUriOf } from './platform-route.js';

/** A day: longer than calls last. An older token opens nothing, so that whoever finds one in a log can't use it for ever. */
const longestCallSec = 86_400;

export function isTooOld(call: KnownCall, nowSec: number): boolean {
  return nowSec - call.startTimeSec > longestCallSec;
}

/**
 * Whether a request comes from where the call's end was when the call began. A token is seen by everybody on the call's path, so having it
 * proves nothing by itself; who sends from elsewhere answers a challenge.
 */
export function comesFromEnd(leg: KnownLeg, source: SourceAddress): boolean {
  return leg.kind === 'binding' && leg.sourceHash !== '' && leg.sourceHash === sourceHash(source);
}

/**
 * Whether a Route value names the host that the call's end sent from: a proxy of its own, which has asked to stay on the path. The port may
 * differ, since a proxy opens its connections from any.
 */
export function cameThrough(leg: Extract<KnownLeg, { kind: 'binding' }>, route: string): boolean {
  const uri = sipUriOf(route);
  return uri !== undefined && leg.sourceHash !== '' && leg.sourceHash.startsWith(hostHash(uri.host));
}

/** Whether a phone that is not bound any more may be looked for at its remote target: only where it was when the call began. */
export function wasAt(leg: Extract<KnownLeg, { kind: 'binding' }>, requestUri: string): boolean {
  return instanceHash(contactName(requestUri)) === leg.instanceHash;
}

/**
 * Where a request within a call goes on a route's side: to the peer's own proxy or remote target where the route covers its host, otherwise to
 * the route's next hop, which knows the way. Never to a place that only the sender named. Undefined where the route leads nowhere any more.
 */
export function trunkNextHop(route: directory.Route | undefined, routed: RoutedRequest): string | undefined {
  if (route?.action?.$case !== 'nextHop') return undefined;
  const nextHop = route.action.value.uri;
  const asked = routed.routes[0] ?? routed.requestUri;
  const host = sipUriOf(asked)?.host;
  if (host !== undefined && covers(route, nextHop, host)) return asked;
  return nextHop === '' ? undefined : nextHop;
}

function covers(route: directory.Route, nextHop: string, host: string): boolean {
  const peer = parseUri(nextHop);
  if (peer.kind === 'sip' && peer.host === host) return true;
  if (route.match?.$case !== 'domain') return false;
  const pattern = route.match.value;
  return pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)));
}
