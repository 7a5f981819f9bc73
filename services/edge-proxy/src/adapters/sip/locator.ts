import { parseNameAddr, parseUri, type SipUri } from '@ringdown/sip-message';
import { type Resolution, type Resolver, streamsFirst } from '@ringdown/sip-runtime';
import type { Hop } from '../../domain/hop.js';

/**
 * Answers with where a URI's server is, the best place first; with none where there is no way there. A large request goes over a stream first
 * where there is one (RFC 3261 §18.1.1).
 */
export type Locate = (uri: string, located: (hops: readonly Hop[]) => void, requestBytes?: number) => void;

/**
 * RFC 3263 for the proxy: where the server of a URI, or of a Route value, is. A numeric host, and a name the cache knows, is answered in the
 * same turn; others are asked of the DNS while the request is parked. A departure: `maddr` is not followed. By its host it was decided whether a
 * request may go to a URI, and with `maddr` it would go elsewhere.
 */
export function locator(resolver: Resolver, failed: (uri: string, reason: string) => void): Locate {
  return (value, located, requestBytes = 0) => {
    const address = value.startsWith('<') ? parseNameAddr(value) : undefined;
    const parsed = parseUri(address?.kind === 'name-addr' ? address.uri : value);
    if (parsed.kind !== 'sip') {
      failed(value, 'it is no SIP URI');
      located([]);
      return;
    }
    const uri = withoutMaddr(parsed);
    const take = (resolution: Resolution): void => {
      if (resolution.kind === 'failure') {
        failed(value, resolution.reason);
        located([]);
      } else {
        const targets = streamsFirst(resolution.targets, requestBytes);
        located(targets.map((target) => ({ kind: 'address', address: target })));
      }
    };
    const now = resolver.resolveNow(uri);
    if (now !== undefined) take(now);
    else void resolver.resolve(uri).then(take);
  };
}

function withoutMaddr(uri: SipUri): SipUri {
  if (!uri.params.has('maddr')) return uri;
  const { scheme, host, port } = uri;
  const transport = uri.params.get('transport');
  const bare = `${scheme}:${host}${port === undefined ? '' : `:${port}`}${transport === undefined ? '' : `;transport=${transport}`}`;
  return parseUri(bare) as SipUri;
}
