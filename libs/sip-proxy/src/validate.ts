import { Header, type HeaderField, reasonPhrase, type SipRequest } from '@ringdown/sip-message';
import { isLooped, type OwnViaPredicate } from './loop.js';

/** What a proxy won't pass on, and the answer it gives (unless the request is an ACK, which is dropped in silence). */
export interface Rejection {
  readonly code: RejectionCode;
  readonly statusCode: number;
  readonly reasonPhrase: string;
  readonly headers: readonly HeaderField[];
}

export type RejectionCode =
  | 'scheme-not-supported'
  | 'max-forwards-spent'
  | 'options-for-this-hop'
  | 'loop'
  | 'extension-not-supported'
  | 'bad-max-breadth'
  | 'max-breadth-spent';

export interface ValidationRules {
  /** Schemes of Request-URIs that this element routes, in lower case. */
  readonly schemes: ReadonlySet<string>;
  /** Option tags of Proxy-Require that this element understands, in lower case. */
  readonly proxyExtensions: ReadonlySet<string>;
  readonly isOwnVia: OwnViaPredicate;
}

/** The schemes every Ringdown edge routes: SIP, numbers (RFC 3966) and service names such as urn:service:sos (RFC 5031). */
export const ROUTED_SCHEMES: ReadonlySet<string> = new Set(['sip', 'sips', 'tel', 'urn']);

/**
 * RFC 3261 §16.3: whether a proxy may handle this request. Its syntax has been checked by the parser; credentials
 * (step 6) are checked by the caller afterwards.
 * @returns undefined when it may. `options-for-this-hop` carries 483, but an element that answers OPTIONS may answer
 * this one as its final recipient instead (§16.3 step 3, §11).
 */
export function validateRequest(request: SipRequest, rules: ValidationRules): Rejection | undefined {
  // RFC 3261 §16.3 step 2
  if (!rules.schemes.has(request.uri.scheme)) return rejection('scheme-not-supported', 416);
  // RFC 3261 §16.3 step 3
  if (request.maxForwards === 0) {
    return rejection(request.method === 'OPTIONS' ? 'options-for-this-hop' : 'max-forwards-spent', 483);
  }
  // RFC 3261 §16.3 step 4, a MUST since RFC 5393 §4.2
  if (isLooped(request, rules.isOwnVia)) return rejection('loop', 482);
  // RFC 3261 §16.3 step 5: Require is for the user agent server, Proxy-Require for us.
  if (request.has(Header.ProxyRequire)) {
    const unsupported = request
      .list(Header.ProxyRequire)
      .filter((tag) => !rules.proxyExtensions.has(tag.toLowerCase()));
    if (unsupported.length > 0) {
      return rejection('extension-not-supported', 420, [[Header.Unsupported, unsupported.join(', ')]]);
    }
  }
  return request.has(Header.MaxBreadth) ? breadthRejection(request) : undefined;
}

/** RFC 5393 §5.3: one value; a request that carries none of the breadth left can't be forwarded at all. */
function breadthRejection(request: SipRequest): Rejection | undefined {
  const breadth = incomingMaxBreadth(request);
  if (breadth === undefined) return rejection('bad-max-breadth', 400);
  return breadth === 0 ? rejection('max-breadth-spent', 440) : undefined;
}

/** RFC 5393 §5.3.3.1: the breadth of a request that names none. */
export const DEFAULT_MAX_BREADTH = 60;
const DIGITS = /^\d{1,10}$/;

/** The breadth a request may be forked to in all: its Max-Breadth, or 60 without one; undefined when malformed. */
export function incomingMaxBreadth(request: SipRequest): number | undefined {
  if (!request.has(Header.MaxBreadth)) return DEFAULT_MAX_BREADTH;
  const values = request.values(Header.MaxBreadth);
  const value = values[0];
  return values.length === 1 && value !== undefined && DIGITS.test(value) ? Number(value) : undefined;
}

function rejection(code: RejectionCode, statusCode: number, headers: readonly HeaderField[] = []): Rejection {
  return { code, statusCode, reasonPhrase: reasonPhrase(statusCode), headers };
}
