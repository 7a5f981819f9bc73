import type { ResolvedTarget } from '@ringdown/sip-proxy';

/** RFC 3261 §18.1.1: the largest request that may be sent over UDP where the path's MTU isn't known. */
const maxUdpRequestBytes = 1_300;

/**
 * The wire for one request to one target. RFC 3261 §18.1.1: a request within 200 bytes of the MTU, or larger than 1300
 * bytes, must go over a congestion-controlled transport.
 *
 * A deviation: a larger request stays on UDP unless `peerTakesTcp` says that the target listens on TCP too. Phones and
 * trunks that were found by a UDP address often don't, and fragments reach them.
 */
export function transportFor(target: ResolvedTarget, requestBytes: number, peerTakesTcp: boolean): ResolvedTarget {
  if (target.transport !== 'UDP' || requestBytes <= maxUdpRequestBytes || !peerTakesTcp) return target;
  return { ...target, transport: 'TCP' };
}
