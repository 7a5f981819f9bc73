import type { location } from '@ringdown/contracts';
import { formatUri, Header, type HeaderField, parseUri, type Uri, uriEquals } from '@ringdown/sip-message';
import type { Redirection, RouteContact } from './redirection.js';
import type { Requested } from './requested.js';

/** More than any caller tries; the best ones are kept. */
const MAX_CONTACTS = 20;
/** RFC 3261 §20.10 leaves a contact without q undefined; it is as good as any. */
const FULL_Q = 1000;

interface Candidate {
  readonly uri: Uri;
  readonly qThousandths: number;
}

function ofRoute(contact: RouteContact, requested: Requested): Candidate | undefined {
  const uri = parseUri(contact.uri);
  if (uri.kind === 'failure') return undefined;
  // A route names a gateway or a domain; whom to ask for there is what the caller asked for here.
  const addressed = uri.kind === 'sip' && uri.user === undefined ? { ...uri, user: requested.user } : uri;
  return { uri: addressed, qThousandths: contact.qThousandths };
}

function ofBinding(binding: location.Binding): Candidate | undefined {
  // RFC 3327 §5.4: such a binding is reached through its Path only, which a Contact can't express.
  if (binding.path.length > 0) return undefined;
  const uri = parseUri(binding.uri);
  return uri.kind === 'failure' ? undefined : { uri, qThousandths: binding.qThousandths ?? FULL_Q };
}

function printQ(thousandths: number): string {
  if (thousandths >= FULL_Q) return '1';
  return thousandths <= 0 ? '0' : `0.${String(thousandths).padStart(3, '0').replace(/0+$/, '')}`;
}

/**
 * The Contact lines of a 3xx: what the route names and what is bound, the highest q first, each URI once. Empty if nothing is left. No
 * line has an expiry: a contact without one is for this request only (RFC 3261 §21.3.3), and phones move.
 */
export function redirectContacts(
  redirection: Redirection,
  bindings: readonly location.Binding[],
  requested: Requested,
): HeaderField[] {
  const candidates = [
    ...redirection.contacts.map((contact) => ofRoute(contact, requested)),
    ...bindings.map((binding) => ofBinding(binding)),
  ].filter((candidate) => candidate !== undefined);
  // The sort is stable: equals keep the order of the route, then that of their registration.
  candidates.sort((a, b) => b.qThousandths - a.qThousandths);
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    // RFC 3261 §8.3: never to a URI equal to the one that was asked for.
    if (uriEquals(candidate.uri, requested.uri)) continue;
    if (kept.some(({ uri }) => uriEquals(uri, candidate.uri))) continue;
    kept.push(candidate);
    if (kept.length === MAX_CONTACTS) break;
  }
  return kept.map(({ uri, qThousandths }) => [Header.Contact, `<${formatUri(uri)}>;q=${printQ(qThousandths)}`]);
}
