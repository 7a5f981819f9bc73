import type { location } from '@ringdown/contracts';
import type { BoundContacts } from '../ports/lookups.js';
import { isSecureToken } from './flow-token.js';

/** Whether a URI asks that every hop to it is encrypted (RFC 3261 §26.2.2). */
export function isSips(uri: string): boolean {
  return uri.startsWith('sips:') || (uri.charCodeAt(4) === colon && uri.slice(0, 5).toLowerCase() === 'sips:');
}

const colon = 0x3a;

/**
 * The contacts that a request with this Request-URI may be retargeted to, by RFC 5630 §5.3: one by sips only to contacts that were registered
 * as sips; and a contact registered as sips only over an encrypted flow, whatever was asked for.
 */
export function contactsFor(requestUri: string, contacts: BoundContacts): BoundContacts {
  const asked = isSips(requestUri);
  // Nearly always all may, and nothing is copied.
  if (contacts.bindings.every((binding) => mayTake(asked, binding))) return contacts;
  return { ...contacts, bindings: contacts.bindings.filter((binding) => mayTake(asked, binding)) };
}

function mayTake(asked: boolean, { uri, flow }: location.Binding): boolean {
  if (!isSips(uri)) return !asked;
  // Without a flow the contact's own scheme leads to a server with TLS (RFC 3263 §4.1).
  return flow === undefined || flow.flowToken === '' || isSecureToken(flow.flowToken);
}

/** RFC 5630 §5.3: a request by sip that goes to a contact registered as sips keeps its scheme, and the rest is the contact's. */
export function inSchemeOf(requestUri: string, target: string): string {
  return isSips(target) && !isSips(requestUri) ? `sip:${target.slice('sips:'.length)}` : target;
}
