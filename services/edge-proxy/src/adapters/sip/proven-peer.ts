import { parseUri } from '@ringdown/sip-message';
import { type Flow, isCertifiedFor } from '@ringdown/sip-transport';
import type { Locate } from './locator.js';

/**
 * Answers whether who is at the other end of a flow is the server that a URI leads to: by the certificate that it has shown (RFC 5922 §7.2), or by
 * the address that it sends from. In the same turn where the address is known.
 */
export function provePeer(
  { peerNames, remote }: Pick<Flow, 'peerNames' | 'remote'>,
  uri: string,
  locate: Locate,
  answered: (isPeer: boolean) => void,
): void {
  if (peerNames !== undefined && isCertified(peerNames, uri)) answered(true);
  else locate(uri, (hops) => answered(hops.some((hop) => hop.kind === 'address' && hop.address.host === remote.host)));
}

function isCertified(names: readonly string[], uri: string): boolean {
  const parsed = parseUri(uri);
  return parsed.kind === 'sip' && isCertifiedFor(names, parsed.host);
}
