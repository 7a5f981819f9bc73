import type { SipUri, TelUri } from './uri.js';
import { escapeUser, unescapeUri } from './uri-escape.js';

/**
 * The canonical form under which bindings are kept (RFC 3261 §10.3 step 5): parameters, password, port and headers are
 * removed, the scheme is `sip` (a sips binding serves the same address of record), the host is lower case without a
 * trailing dot, and the user is unescaped and then escaped only where it must be, so that one user has one spelling.
 * `%00` stays `%00`. A tel URI gives `tel:` and the number without visual separators, with `phone-context` if it has one.
 */
export function addressOfRecord(uri: SipUri | TelUri): string {
  if (uri.kind === 'tel') {
    const context = uri.params.get('phone-context');
    return context === undefined
      ? `tel:${telNumber(uri)}`
      : `tel:${telNumber(uri)};phone-context=${context.toLowerCase()}`;
  }
  const host = uri.host.endsWith('.') ? uri.host.slice(0, -1) : uri.host;
  if (uri.user === undefined) return `sip:${host}`;
  return `sip:${escapeUser(unescapeUri(uri.user))}@${host}`;
}

/** The number without its visual separators (RFC 3966 §5), in lower case. */
export function telNumber(uri: TelUri): string {
  return uri.number.replace(/[-.()]/g, '').toLowerCase();
}
