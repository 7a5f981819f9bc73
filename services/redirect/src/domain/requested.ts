import { parseUri, type SipUri, type TelUri, telNumber, type Uri, unescapeUri } from '@ringdown/sip-message';
import { type Refusal, refuse } from './answer.js';

/** What a request asks for. */
export interface Requested {
  readonly kind: 'requested';
  readonly uri: SipUri | TelUri;
  /** The host of a SIP URI; undefined for a tel URI, which names no domain. */
  readonly host: string | undefined;
  /** As it would stand in the user part of a SIP URI: of a tel URI the number. Never empty. */
  readonly user: string;
  /** The number with plus sign and digits only, if it is one (RFC 3966 §5.1.4). */
  readonly e164: string | undefined;
}

const E164 = /^\+[1-9]\d{1,14}$/;

/** The number in a user part, which may be a telephone-subscriber with parameters (RFC 3261 §19.1.6). */
function e164Of(user: string): string | undefined {
  const [subscriber = ''] = unescapeUri(user).split(';', 1);
  const digits = subscriber.replace(/[-.()]/g, '');
  return E164.test(digits) ? digits : undefined;
}

/** Reads a Request-URI. */
export function readRequested(requestUri: string): Requested | Refusal {
  const uri: Uri | { readonly kind: 'failure'; readonly reason: string } = parseUri(requestUri);
  switch (uri.kind) {
    case 'failure':
      return refuse(400, `Request-URI: ${uri.reason}`);
    case 'other':
      // RFC 3261 §8.2.2.1.
      return refuse(416);
    case 'tel': {
      const number = telNumber(uri);
      return { kind: 'requested', uri, host: undefined, user: number, e164: E164.test(number) ? number : undefined };
    }
    case 'sip':
      if (uri.user === undefined) return refuse(404, 'The Request-URI names a domain and no user');
      return { kind: 'requested', uri, host: uri.host, user: uri.user, e164: e164Of(uri.user) };
  }
}
