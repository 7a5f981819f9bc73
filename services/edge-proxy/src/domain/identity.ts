import type { directory } from '@ringdown/contracts';
import { addressOfRecord, escapeUser, parseUri, type SipRequest, type SipUri } from '@ringdown/sip-message';

/** The host of a From that names nobody (RFC 3323 §4.1.1.3). */
export const anonymousHost = 'anonymous.invalid';

/** The host whose tenant a request's claimed identity belongs to: of the To for a REGISTER, otherwise of the From. Undefined if that is no SIP URI. */
export function claimedHost(request: SipRequest): string | undefined {
  const uri = parseUri(claimedUri(request));
  return uri.kind === 'sip' ? uri.host : undefined;
}

/** The canonical address of record that a request claims to act for, or undefined if it names none. */
export function claimedIdentity(request: SipRequest, tenant: directory.Tenant): string | undefined {
  const uri = parseUri(claimedUri(request));
  return uri.kind === 'sip' ? canonicalAddress(uri, tenant) : undefined;
}

/** The URI that says for whom a request acts: RFC 3261 §10.2 has it in the To of a REGISTER, §8.1.1.3 in the From of the rest. */
export function claimedUri(request: SipRequest): string {
  return request.method === 'REGISTER' ? request.to.uri : request.from.uri;
}

/** RFC 3261 §10.3 step 5 within a tenant: all of its domains are aliases of the canonical one, which stands in keys. */
export function canonicalAddress(uri: SipUri, tenant: directory.Tenant): string {
  return addressOfRecord({ ...uri, host: tenant.canonicalDomain });
}

/** The canonical address of record of a user part that is not escaped, such as a username. */
export function addressOfUser(username: string, tenant: directory.Tenant): string {
  return `sip:${escapeUser(username)}@${tenant.canonicalDomain}`;
}

/** The user part of an address of record, as it stands there. */
export function userOf(addressOfRecord: string): string {
  return addressOfRecord.slice(addressOfRecord.indexOf(':') + 1, addressOfRecord.lastIndexOf('@'));
}
