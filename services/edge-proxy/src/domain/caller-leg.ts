import { Header, parseNameAddr, type SipRequest } from '@ringdown/sip-message';
import { contactName, instanceAsked, type OpenGruu } from './device.js';
import type { FlowHop, Leg, SourceAddress } from './hop.js';
import { userOf } from './identity.js';

/**
 * How the caller is found again from a sealed route: by the instance (which a GRUU names too) or the contact of the device that calls. `flow` is the one
 * that the request came over.
 */
export function callerLeg(
  request: SipRequest,
  addressOfRecord: string,
  source: SourceAddress,
  openGruu: OpenGruu,
  flow: () => FlowHop,
): Leg {
  const contact = request.list(Header.Contact)[0];
  const address = contact === undefined ? undefined : parseNameAddr(contact);
  if (address?.kind !== 'name-addr') return { kind: 'none' };
  const written = address.params.get('+sip.instance')?.replaceAll('"', '');
  const instance = written === undefined || written === '' ? instanceAsked(address.uri, openGruu) : written;
  return {
    kind: 'binding',
    username: userOf(addressOfRecord),
    instance: instance ?? contactName(address.uri),
    source,
    // RFC 5626 §4.3: within the call it is to be reached over the flow that it calls over, whether it is registered or not.
    ...(contactName(address.uri) === address.uri ? {} : { flow: flow() }),
  };
}
