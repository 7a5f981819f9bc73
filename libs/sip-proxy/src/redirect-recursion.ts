import { type ContactValue, Header, HeaderFailure, parseContacts, type SipResponse } from '@ringdown/sip-message';
import type { ForwardTarget, TargetQueue } from './fork-target.js';

/** Whether a contact of a redirect is tried by this element, and as what; undefined leaves it to the caller. */
export type RecursionPolicy<T extends ForwardTarget> = (contact: ContactValue) => T | undefined;

/** What became of a redirect. `remaining` are contacts left for the caller, as written. */
export interface Recursion {
  readonly tried: number;
  readonly remaining: readonly string[];
}

/**
 * RFC 3261 §16.7 step 4: adds those contacts of a 300, 301 or 302 that the policy accepts to the target set. Contacts that
 * were tried before stay with the response. 305 and 380 are not about other places for the same request.
 */
export function recurseOn<T extends ForwardTarget>(
  response: SipResponse,
  queue: TargetQueue<T>,
  policy: RecursionPolicy<T>,
): Recursion {
  const nothing: Recursion = { tried: 0, remaining: [] };
  if (response.statusCode > 302) return nothing;
  const contacts = parseContacts(response);
  if (contacts === '*' || contacts instanceof HeaderFailure) return nothing;
  const written = response.list(Header.Contact);
  const remaining: string[] = [];
  contacts.forEach((contact, index) => {
    const target = policy(contact);
    if (target === undefined || !queue.add(target)) remaining.push(written[index] as string);
  });
  return { tried: contacts.length - remaining.length, remaining };
}
