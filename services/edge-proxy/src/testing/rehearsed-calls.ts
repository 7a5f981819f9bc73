import { directory } from '@ringdown/contracts';
import type { RehearsalOptions, Rehearsed } from '../adapters/rehearsal/rehearsal.js';
import type { RehearsedCall } from '../adapters/rehearsal/rehearsed-request.js';
import type { ConferenceLookups } from '../ports/conferences.js';
import { twoTenants } from './acme.js';
import type { OwningServices } from './owning-services.js';
import { rehearsalOver } from './rehearsed-edge.js';
import { bindingOf, byDomain, byPrefix, routeOf, toNextHop, toRedirect, toSession } from './tables.js';

/** Alice calls Bob over UDP, from nobody knows where. */
export const aliceCallsBob: RehearsedCall = {
  method: 'INVITE',
  from: 'sip:alice@example.com',
  to: 'sip:bob@example.com',
  transport: 'UDP',
  source: undefined,
  username: undefined,
};

/** The flow of Bob's phone. */
export const bobsFlow = { edgeId: 'edge-1', incarnation: 'i1', flowToken: 'udp/192.0.2.20/5062' };

/** A route of acme's by that name. */
export function routeNamed(routeId: string, route: directory.Route): directory.Route {
  return { ...route, routeId, tenantId: 'acme' };
}

/** There is one room: standup. */
export const oneRoom: ConferenceLookups = {
  place: ({ room }, answered) =>
    answered(
      room === 'standup'
        ? { kind: 'pod', pod: { podId: 'focus-1', incarnation: 'f', mediaHosts: ['192.0.2.30'] } }
        : { kind: 'absent' },
    ),
  placeInstead: () => undefined,
};

/** Acme with a registered phone of Bob's, four routes and a number; globex with a number. */
export function routedTenants(): OwningServices {
  const owning = twoTenants();
  owning.bind('acme', 'sip:bob@example.com', [bindingOf('sip:bob@192.0.2.20:5062', bobsFlow)]);
  owning.routes.set('acme', [
    routeNamed('sales', routeOf(byPrefix('+4930'), toRedirect)),
    routeNamed('gateway', routeOf(byPrefix('+49'), toNextHop('sip:gw.test'), directory.TrustClass.PEER)),
    routeNamed('ivr', routeOf(byPrefix('+44'), toSession('b2bua'))),
    routeNamed('partner', routeOf(byDomain('peer.test'), toNextHop('sip:203.0.113.9'))),
  ]);
  owning.numbers.set('+33123', { tenantId: 'acme', username: 'bob' });
  owning.numbers.set('+33199', { tenantId: 'globex', username: 'dave' });
  return owning;
}

/** What would become of a call, Alice's to Bob unless told otherwise. Throws where that can't be said. */
export async function rehearsed(
  owning: OwningServices,
  over: Partial<RehearsedCall> = {},
  options: Partial<RehearsalOptions> = {},
): Promise<Rehearsed> {
  const rehearsal = rehearsalOver(owning, { conferences: oneRoom, ...options });
  const outcome = await rehearsal.run({ ...aliceCallsBob, ...over });
  if ('problem' in outcome) throw new Error(outcome.problem);
  return outcome;
}

/** What is told, one decision a line, with the rule behind it. */
export function told({ steps }: Rehearsed): string {
  return steps
    .map(({ step, decision, rule }) => `${step}: ${decision}${rule === undefined ? '' : ` [${rule}]`}`)
    .join('\n');
}
