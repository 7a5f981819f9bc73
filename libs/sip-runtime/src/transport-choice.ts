import type { ResolvedTarget } from '@ringdown/sip-proxy';

/** RFC 3261 §18.1.1: the largest request that may be sent over UDP where the path's MTU isn't known. */
const maxUdpRequestBytes = 1_300;

/**
 * The order in which one request is sent to the targets that RFC 3263 gave. RFC 3261 §18.1.1: a request larger than 1300 bytes must go over a
 * congestion-controlled transport, and over UDP after all where that is refused. So each host's TCP comes before its UDP for a large request.
 *
 * A deviation: a larger request stays on UDP where nothing says that the host listens on TCP too. Phones and trunks that were found by a UDP
 * address often don't, and fragments reach them.
 */
export function streamsFirst(targets: readonly ResolvedTarget[], requestBytes: number): readonly ResolvedTarget[] {
  if (requestBytes <= maxUdpRequestBytes || targets.length < 2) return targets;
  const ordered = new Set<ResolvedTarget>();
  for (const target of targets) {
    const stream =
      target.transport === 'UDP'
        ? targets.find(({ transport, host }) => transport === 'TCP' && host === target.host)
        : undefined;
    if (stream !== undefined) ordered.add(stream);
    ordered.add(target);
  }
  return [...ordered];
}
