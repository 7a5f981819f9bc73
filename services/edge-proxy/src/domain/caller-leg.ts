import { Header, type NameAddr, parseNameAddr, type SipRequest } from '@ringdown/sip-message';
import { contactName, instanceAsked, type OpenGruu } from './device.js';
import type { FlowHop, Leg, SourceAddress } from './hop.js';
import { userOf } from './identity.js';

/** The device that a REGISTER binds, by its instance or its contact; undefined where it binds none, or several. */
export function boundDevice(register: SipRequest): string | undefined {
  const [contact, ...others] = register.list(Header.Contact);
  const address = contact === undefined || others.length > 0 ? undefined : parseNameAddr(contact);
  return address?.kind === 'name-addr' ? (instanceIn(address) ?? contactName(address.uri)) : undefined;
}

/**
 * How the caller is found again from a sealed route: by the instance (which a GRUU names too) or the contact of the device that calls. `registered` says
 * what has registered over the flow that the request came over, which `flow` is: phones that name their instance there don't all name it when they call.
 */
export function callerLeg(
  request: SipRequest,
  addressOfRecord: string,
  source: SourceAddress,
  openGruu: OpenGruu,
  registered: () => string | undefined,
  flow: () => FlowHop,
): Leg {
  const contact = request.list(Header.Contact)[0];
  const address = contact === undefined ? undefined : parseNameAddr(contact);
  if (address?.kind !== 'name-addr') return { kind: 'none' };
  const instance = instanceIn(address) ?? instanceAsked(address.uri, openGruu) ?? registered();
  return {
    kind: 'binding',
    username: userOf(addressOfRecord),
    instance: instance ?? contactName(address.uri),
    source,
    // RFC 5626 §4.3: within the call it is to be reached over the flow that it calls over, whether it is registered or not.
    ...(contactName(address.uri) === address.uri ? {} : { flow: flow() }),
  };
}

function instanceIn({ params }: NameAddr): string | undefined {
  const written = params.get('+sip.instance')?.replaceAll('"', '');
  return written === '' ? undefined : written;
}
