import { Header, parseNameAddr, type SipRequest } from '@ringdown/sip-message';
import { contactName, instanceAsked, type OpenGruu } from './device.js';
import type { Leg, SourceAddress } from './hop.js';
import { userOf } from './identity.js';

/** How the caller is found again from a sealed route: by the instance (which a GRUU names too) or the contact of the device that calls. */
export function callerLeg(
  request: SipRequest,
  addressOfRecord: string,
  source: SourceAddress,
  openGruu: OpenGruu,
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
  };
}
