import type { EdgeTarget } from '../../domain/hop.js';
import type { BranchOf } from './proxied-request.js';

/**
 * The same flow once more, after the stream or connection to it has closed under a request: an edge that has died leaves a pinhole that any edge may use,
 * and where the flow itself is gone, so that is found out and the phone's other flows are looked for. Undefined where a next flow is tried anyway, or the
 * phone has rung: it would take the same INVITE for another one (RFC 3261 §8.2.2.2). A response context takes the same one once.
 */
export function secondWay({ target, hop, hasRung }: BranchOf): EdgeTarget | undefined {
  const way = target.hops[hop];
  if (way?.kind !== 'flow' || hop < target.hops.length - 1 || hasRung) return undefined;
  return {
    ...target,
    hopCount: 1,
    hops: [way],
    bindings: target.bindings.slice(hop),
    identity: `once more ${way.incarnation} ${way.flowToken}`,
  };
}
