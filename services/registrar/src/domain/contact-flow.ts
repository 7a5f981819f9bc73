import type { location } from '@ringdown/contracts';
import { Header, type Params, parseVia, type SipRequest, type SipUri } from '@ringdown/sip-message';
import { canonicalHost } from './host.js';

/** Where the sender of a REGISTER says that it is, beside where the REGISTER came from. */
export interface SentBy {
  readonly host: string;
  readonly port: number | undefined;
}

/** RFC 3261 §19.1.2, §18.2.1: of a URI and of a sent-by without one. */
const DEFAULT_PORT = 5060;

/**
 * The sent-by of whoever sent the REGISTER to the platform. The topmost Via is the edge's, which handed the request on (RFC 3261
 * §16.6 step 8); the one below it is the sender's. Undefined if there is none that can be read.
 */
export function senderSentBy(request: SipRequest): SentBy | undefined {
  const [, below] = request.list(Header.Via);
  if (below === undefined) return undefined;
  const via = parseVia(below);
  return 'host' in via ? { host: via.host, port: via.port } : undefined;
}

/**
 * The flow by which a contact is reached. A contact that is the sender itself is reached over the flow of its REGISTER: behind a NAT
 * there is no other way to it. Any other contact is a place of its own, which a request goes to (RFC 3261 §16.6 step 7): its flow
 * keeps where the REGISTER came from, but has no token.
 */
export function contactFlow(
  uri: SipUri,
  params: Params,
  flow: location.Flow,
  sentBy: SentBy | undefined,
): location.Flow {
  return isSender(uri, params, flow, sentBy) ? flow : { ...flow, flowToken: '' };
}

function isSender(uri: SipUri, params: Params, flow: location.Flow, sentBy: SentBy | undefined): boolean {
  // RFC 5626 §4.2, §4.3: the device asks to be reached over this flow.
  if (params.has('reg-id') || uri.params.has('ob')) return true;
  // On a stream the contact's port is where the device would listen, which its connection doesn't come from.
  const portMatters = flow.receivedTransport === '' || flow.receivedTransport === 'UDP';
  const host = canonicalHost(uri.host);
  const port = uri.port ?? DEFAULT_PORT;
  const places: SentBy[] = [{ host: flow.receivedHost, port: flow.receivedPort }];
  // Behind a NAT the device knows only its private address, and writes it in Via and Contact alike.
  if (sentBy !== undefined) places.push(sentBy);
  return places.some(
    (place) => canonicalHost(place.host) === host && (!portMatters || (place.port ?? DEFAULT_PORT) === port),
  );
}
