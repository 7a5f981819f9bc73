import { ASTERISK, COMMA, DIGIT, DIGIT_0, DOT, parseDigits, skipLws } from './chars.js';
import { HeaderFailure } from './failure.js';
import { Header } from './header.js';
import type { SipMessage } from './message.js';
import { type NameAddr, scanNameAddr } from './name-addr.js';
import type { Params } from './params.js';

/** One element of a Contact header field (RFC 3261 §20.10). */
export interface ContactValue extends NameAddr {
  /** undefined when the parameter is absent; 3600 when it is malformed; at most 2^32 - 1. */
  readonly expiresSec: number | undefined;
  /** Thousandths, 0 to 1000; undefined when the parameter is absent. */
  readonly q: number | undefined;
}

const MAX_DELTA_SEC = 0xffffffff;
/** RFC 3261 §20.10: a malformed expires parameter counts as 3600. */
const MALFORMED_EXPIRES_SEC = 3600;

/**
 * The contacts of a message over all its Contact lines, '*' for a lone star (RFC 3261 §10.2.2), [] when there is no
 * Contact header. A failure's offset counts from the start of the header value that is malformed.
 */
export function parseContacts(message: SipMessage): readonly ContactValue[] | '*' | HeaderFailure {
  const contacts: ContactValue[] = [];
  let star = false;
  for (const value of message.values(Header.Contact)) {
    const first = skipLws(value, 0, value.length);
    if (value.charCodeAt(first) === ASTERISK && skipLws(value, first + 1, value.length) === value.length) {
      if (star) return new HeaderFailure('contact-star', first, 'Contact: * stands more than once');
      star = true;
      continue;
    }
    const failure = collectContacts(value, contacts);
    if (failure !== undefined) return failure;
  }
  if (!star) return contacts;
  // RFC 3261 §10.3 step 6: a star stands alone.
  return contacts.length === 0 ? '*' : new HeaderFailure('contact-star', 0, 'Contact: * stands beside other contacts');
}

function collectContacts(value: string, contacts: ContactValue[]): HeaderFailure | undefined {
  let at = 0;
  do {
    const address = scanNameAddr(value, at, value.length, false);
    if (address instanceof HeaderFailure) return address;
    const q = address.params.get('q');
    const quality = q === undefined ? undefined : parseQValue(q);
    if (quality === -1) return new HeaderFailure('contact-q', at, `Contact: q=${q} is no number from 0 to 1`);
    contacts.push(contactOf(address, quality));
    at = address.end + 1;
  } while (at <= value.length && value.charCodeAt(at - 1) === COMMA);
  return undefined;
}

function contactOf(address: NameAddr, q: number | undefined): ContactValue {
  const { displayName, uri, params } = address;
  return { kind: 'name-addr', displayName, uri, params, expiresSec: expiresOf(params), q };
}

function expiresOf(params: Params): number | undefined {
  const text = params.get('expires');
  return text === undefined ? undefined : (parseDeltaSeconds(text) ?? MALFORMED_EXPIRES_SEC);
}

/**
 * RFC 3261 §25.1 `delta-seconds`: decimal digits. More than 2^32 - 1 counts as that (§20.19); undefined when the text is
 * no number.
 */
export function parseDeltaSeconds(text: string): number | undefined {
  if (text === '') return undefined;
  for (let i = 0; i < text.length; i++) {
    if (DIGIT[text.charCodeAt(i)] !== 1) return undefined;
  }
  const number = parseDigits(text, 0, text.length, MAX_DELTA_SEC);
  return number === -1 ? MAX_DELTA_SEC : number;
}

/** RFC 3261 §25.1 `qvalue`, in thousandths, or -1. */
export function parseQValue(text: string): number {
  const whole = text.charCodeAt(0) - DIGIT_0;
  if (whole !== 0 && whole !== 1) return -1;
  if (text.length === 1) return whole * 1000;
  if (text.charCodeAt(1) !== DOT || text.length > 5) return -1;
  let thousandths = 0;
  for (let i = 2; i < 5; i++) {
    const digit = i < text.length ? text.charCodeAt(i) - DIGIT_0 : 0;
    if (digit < 0 || digit > 9) return -1;
    thousandths = thousandths * 10 + digit;
  }
  const q = whole * 1000 + thousandths;
  return q > 1000 ? -1 : q;
}
