import { directory } from '@ringdown/contracts';
import {
  edit,
  Header,
  HeaderFailure,
  type HeaderField,
  type HeaderId,
  parseAddressList,
  parseMessage,
  parseUri,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip-message';
import { type HeaderChanges, noChanges } from './header-changes.js';
import { canonicalAddress } from './identity.js';
import type { Origin } from './request-in-hand.js';

const { PEER } = directory.TrustClass;

/**
 * What a request between two sides of different trust loses and gains. RFC 3325 §5: an identity asserted by whom we don't trust is removed, the
 * one that was proved is asserted towards whom we trust, and a P-Preferred-Identity ends here; §7: towards whom we don't trust an asserted
 * identity is removed when the sender asked for privacy.
 */
export function identityChanges(request: SipRequest, origin: Origin, to: directory.TrustClass): HeaderChanges {
  const removed: HeaderId[] = [];
  const added: HeaderField[] = [];
  if (request.has(Header.PPreferredIdentity)) removed.push(Header.PPreferredIdentity);
  if (origin.trustClass !== PEER) {
    if (request.has(Header.PAssertedIdentity)) removed.push(Header.PAssertedIdentity);
    const identity = to === PEER && mayCarryIdentity(request) ? provedIdentity(request, origin) : undefined;
    if (identity !== undefined) added.push([Header.PAssertedIdentity, `<${identity}>`]);
  }
  if (to !== PEER && request.has(Header.Privacy)) removePrivate(request, removed);
  return removed.length === 0 && added.length === 0 ? noChanges : { removed, added };
}

/** The response as it goes on; nothing is asserted in one. `from` sent it, `to` gets it. */
export function responseBetween(
  response: SipResponse,
  from: directory.TrustClass,
  to: directory.TrustClass,
): SipResponse {
  if (!response.has(Header.PAssertedIdentity) && !response.has(Header.Privacy)) return response;
  const removed: HeaderId[] = [];
  // RFC 3325 §5 speaks of messages, requests and responses alike.
  if (from !== PEER && response.has(Header.PAssertedIdentity)) removed.push(Header.PAssertedIdentity);
  if (to !== PEER && response.has(Header.Privacy)) removePrivate(response, removed);
  if (removed.length === 0) return response;
  const copy = edit(response);
  for (const id of removed) copy.remove(id);
  const parsed = parseMessage(copy.toString());
  if (parsed.kind !== 'response') throw new Error('a response without some header fields is a response');
  return parsed;
}

/** RFC 3325 §9.1, table 1: neither ACK, CANCEL nor REGISTER carries an asserted identity. */
function mayCarryIdentity(request: SipRequest): boolean {
  return request.method !== 'REGISTER' && request.method !== 'ACK' && request.method !== 'CANCEL';
}

/** RFC 3325 §5: the sender's preference counts among the identities that are its own. */
function provedIdentity(request: SipRequest, origin: Origin): string | undefined {
  const { tenant, subscriber, addressOfRecord } = origin;
  if (tenant === undefined || subscriber === undefined || !request.has(Header.PPreferredIdentity))
    return addressOfRecord;
  const preferred = parseAddressList(request, Header.PPreferredIdentity);
  if (preferred instanceof HeaderFailure) return addressOfRecord;
  for (const { uri } of preferred) {
    const parsed = parseUri(uri);
    const identity = parsed.kind === 'sip' ? canonicalAddress(parsed, tenant) : undefined;
    if (identity !== undefined && subscriber.identities.includes(identity)) return identity;
  }
  return addressOfRecord;
}

function removePrivate(message: SipMessage, removed: HeaderId[]): void {
  const asked = privacyOf(message);
  const take = (id: HeaderId): void => {
    if (message.has(id) && !removed.includes(id)) removed.push(id);
  };
  if (asked.has('id')) take(Header.PAssertedIdentity);
  // RFC 7044: where the history is to be private, who gets it outside of the trust domain must not read it.
  if (asked.has('history') || asked.has('header') || asked.has('session')) take(Header.HistoryInfo);
  // Diversion (RFC 5806) says who was called first, as History-Info does.
  if (asked.has('history') || asked.has('header') || asked.has('id')) take(Header.Diversion);
}

/** RFC 3323 §4.2 separates privacy values by semicolons. */
function privacyOf(message: SipMessage): ReadonlySet<string> {
  const values = new Set<string>();
  for (const line of message.list(Header.Privacy))
    for (const each of line.split(';')) values.add(each.trim().toLowerCase());
  return values;
}
