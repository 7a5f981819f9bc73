import { edit, Header, type HeaderField, type SipResponse } from '@ringdown/sip-message';

export interface RelayOptions {
  /** Fields to add, each as a line of its own: aggregated challenges (RFC 3261 §16.7 step 7). */
  readonly addedHeaders?: readonly HeaderField[];
  /** Contact values that stand for all of the response's: what a recursion left over (§16.7 step 4). */
  readonly contacts?: readonly string[] | undefined;
}

/**
 * The response as it goes upstream: without the topmost Via, which is this element's (RFC 3261 §16.7 step 3).
 * @returns undefined when no Via is left: the response was for this element itself.
 */
export function relayResponse(response: SipResponse, options: RelayOptions = {}): string | undefined {
  // Most responses have each Via on a line of its own; only a single line has to be looked into.
  if (response.values(Header.Via).length < 2 && response.list(Header.Via).length < 2) return undefined;
  const copy = edit(response).removeTopmost(Header.Via);
  if (options.contacts !== undefined) copy.replace(Header.Contact, options.contacts.join(', '));
  if (options.addedHeaders !== undefined) for (const [name, value] of options.addedHeaders) copy.append(name, value);
  return copy.toString();
}
