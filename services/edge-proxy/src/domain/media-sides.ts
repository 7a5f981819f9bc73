import type { location } from '@ringdown/contracts';
import { Header, parseNameAddr, parseUri, type SipRequest } from '@ringdown/sip-message';
import type { SourceAddress } from './hop.js';
import type { MediaSide } from './media-decision.js';
import { familyOf } from './network-address.js';

/** A service of the platform: in the platform's own network, and understood as it is. */
export const platformSide: MediaSide = { transport: undefined, host: undefined, contactHost: undefined };

/** A pod of the conference focus, by its media address of the family that is asked for, or the one that it has. */
export function mixerSide(mediaHosts: readonly string[], family: 'IP4' | 'IP6' | undefined): MediaSide {
  const host = mediaHosts.find((each) => familyOf(each) === family) ?? mediaHosts[0];
  return { transport: undefined, host, contactHost: undefined, isMixer: true };
}

/** The side that sent a request. Whoever has a proxy before it is judged by what its description says alone. */
export function senderSide(request: SipRequest, transport: string, source: SourceAddress): MediaSide {
  const isDevice = request.list(Header.Via).length === 1;
  return { transport, host: source.host, contactHost: isDevice ? contactHostOf(request) : undefined };
}

/** The side that a registered device's flow leads to. */
export function bindingSide({ uri, path }: location.Binding, flow: location.Flow): MediaSide {
  // RFC 3327: with a Path the flow is that of a proxy.
  const contactHost = path.length === 0 ? hostOf(uri) : undefined;
  return { transport: flow.receivedTransport, host: flow.receivedHost, contactHost };
}

function contactHostOf(request: SipRequest): string | undefined {
  const contact = request.list(Header.Contact)[0];
  const address = contact === undefined ? undefined : parseNameAddr(contact);
  return address?.kind === 'name-addr' ? hostOf(address.uri) : undefined;
}

function hostOf(uri: string): string | undefined {
  const parsed = parseUri(uri);
  return parsed.kind === 'sip' ? parsed.host : undefined;
}
