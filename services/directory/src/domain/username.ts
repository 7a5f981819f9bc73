import { type Parsed, parsed, rejected } from '@ringdown/platform/commands';

declare const username: unique symbol;

/** A subscriber's digest username and, at the tenant's canonical domain, the user part of the address of record. Case matters. */
export type Username = string & { readonly [username]: true };

// RFC 3261 §25.1: `unreserved` and `user-unreserved`, which stand in a URI unescaped, so that the username, the address of record
// and the digest credentials spell it alike. A colon would be ambiguous in H(username ":" realm ":" password).
const USERNAME = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/]{1,64}$/;

/** Reads a username: 1 to 64 characters that a SIP URI carries unescaped. */
export function parseUsername(text: string): Parsed<Username> {
  if (USERNAME.test(text)) return parsed(text as Username);
  if (text.length === 0) return rejected('is missing');
  if (text.length > 64) return rejected('must be at most 64 characters long');
  return rejected("may contain only letters, digits and - _ . ! ~ * ' ( ) & = + $ , ; ? /");
}

// Control characters, and the replacement character that stands for bytes that were no UTF-8.
const UNFIT_FOR_PASSWORD = /[\p{Cc}\ufffd]/u;

/** Checks a password: 1 to 128 characters of UTF-8 text without control characters. */
export function parsePassword(text: string): Parsed<string> {
  if (text.length === 0) return rejected('is missing');
  if (text.length > 128) return rejected('must be at most 128 characters long');
  if (UNFIT_FOR_PASSWORD.test(text)) return rejected('must be UTF-8 text without control characters');
  return parsed(text);
}
