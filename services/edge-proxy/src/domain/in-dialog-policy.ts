import type { directory } from '@ringdown/contracts';
import { parseUri, type SipUri } from '@ringdown/sip-message';
import type { RoutedRequest } from '@ringdown/sip-proxy';
import { hostHash, instanceHash, type KnownCall, type KnownLeg, sourceHash } from './call-token.js';
import { contactName } from './device.js';
import type { SourceAddress } from './hop.js';
import { ipAddress } from './network-address.js';
import { sipUriOf } from './platform-route.js';

/** A day: longer than calls last. An older token opens nothing, so that whoever finds one in a log can't use it for ever. */
const longestCallSec = 86_400;

/** What the few bytes in a call's token are salted with. */
type CallName = Pick<KnownCall, 'callId'>;
type KnownDevice = Extract<KnownLeg, { kind: 'binding' }>;

export function isTooOld(call: KnownCall, nowSec: number): boolean {
  return nowSec - call.startTimeSec > longestCallSec;
}

/**
 * Whether a request comes from where the call's end was when the call began. A token is seen by everybody on the call's path, so having it
 * proves nothing by itself; who sends from elsewhere answers a challenge.
 */
export function comesFromEnd({ callId }: CallName, leg: KnownLeg, source: SourceAddress): boolean {
  return leg.kind === 'binding' && leg.sourceHash !== '' && leg.sourceHash === sourceHash(callId, source);
}

/**
 * Whether a Route value names the host that the call's end sent from: a proxy of its own, which has asked to stay on the path. The port may
 * differ, since a proxy opens its connections from any.
 */
export function cameThrough(call: CallName, leg: KnownDevice, route: string): boolean {
  const uri = sipUriOf(route);
  return uri !== undefined && isAtHost(call, leg, uri);
}

/**
 * Whether a phone that is not bound any more may be looked for at its remote target: only at the contact that it had when the call began, and if that was
 * at the host that it sent from. Anybody can write a third party's host into a Contact.
 */
export function wasAt(call: CallName, leg: KnownDevice, requestUri: string): boolean {
  if (instanceHash(call.callId, contactName(requestUri)) !== leg.instanceHash) return false;
  const uri = parseUri(requestUri);
  return uri.kind === 'sip' && isAtHost(call, leg, uri);
}

function isAtHost({ callId }: CallName, leg: KnownDevice, { host }: SipUri): boolean {
  // Names aren't sealed; one that is taken for an address by chance would lead to wherever its owner likes.
  const address = ipAddress(host);
  return address !== undefined && leg.sourceHash !== '' && leg.sourceHash.startsWith(hostHash(callId, address));
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
