import { parseUri, type SipUri } from '@ringdown/sip-message';

function sameSipTarget(a: SipUri, b: SipUri): boolean {
  return a.host === b.host && a.user === b.user;
}

/**
 * True if a digest-uri names the target of the request it came with. RFC 7616 §3.4.6 wants the two to be equivalent, while
 * RFC 3261 §22.4 allows that proxies have changed the Request-URI: phones leave out ports and parameters in one of them, so
 * user and host decide. URIs that are not SIP URIs must be the same text.
 */
export function digestUriFits(digestUri: string, requestUri: string): boolean {
  if (digestUri === requestUri) return true;
  const a = parseUri(digestUri);
  const b = parseUri(requestUri);
  return a.kind === 'sip' && b.kind === 'sip' && sameSipTarget(a, b);
}
