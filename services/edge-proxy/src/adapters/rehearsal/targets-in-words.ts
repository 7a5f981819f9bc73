import { directory } from '@ringdown/contracts';
import type { SipRequest } from '@ringdown/sip-message';
import type { RoutedRequest } from '@ringdown/sip-proxy';
import { formatHostPort, type HostPort } from '@ringdown/sip-transport';
import type { Reason } from '../../domain/explanation.js';
import type { EdgeTarget, FlowHop, Hop } from '../../domain/hop.js';
import { decideMedia, isBrowser, type MediaSide } from '../../domain/media-decision.js';
import { bindingSide, mixerSide, platformSide } from '../../domain/media-sides.js';
import type { Origin } from '../../domain/request-in-hand.js';
import { hopOf } from '../../domain/target-set.js';
import { nextHopOf } from '../../domain/targets.js';
import { identityChanges } from '../../domain/trust.js';
import type { Locate } from '../sip/locator.js';
import type { OutboundHop } from '../sip/outbound.js';

/** What the way to a target depends on. */
export interface TargetSurroundings {
  readonly locate: Locate;
  /** The way to a flow, as things stand now. */
  readonly findFlow: (hop: FlowHop) => OutboundHop['kind'];
  readonly routed: Pick<RoutedRequest, 'routes'>;
}

/** A target with the addresses that it would be sent to. */
export interface LocatedTarget {
  readonly target: EdgeTarget;
  readonly hops: readonly Hop[];
}

/** Where each target's server is: by its flows, or by RFC 3263. `located` is called once. */
export function locateTargets(
  targets: readonly EdgeTarget[],
  { locate, routed }: TargetSurroundings,
  located: (targets: readonly LocatedTarget[]) => void,
): void {
  const found: LocatedTarget[] = [];
  const next = (): void => {
    const target = targets[found.length];
    if (target === undefined) located(found);
    else {
      const take = (hops: readonly Hop[]): void => {
        found.push({ target, hops });
        next();
      };
      if (target.hops.length > 0) take(target.hops);
      else locate(nextHopOf(routed, target), take);
    }
  };
  next();
}

/** How a target would be reached. */
export function targetInWords({ target, hops }: LocatedTarget, { findFlow }: TargetSurroundings): Reason {
  const q = target.bindings.length === 0 ? '' : `, q ${target.qThousandths / 1_000}`;
  const ways = hops.map((hop) => hopInWords(hop, findFlow));
  const way = ways.length === 0 ? 'no server is found for it (RFC 3263)' : ways.join(', else ');
  const rule = ruleOf(target);
  return { step: 'target', decision: `${target.uri}${q}: ${way}`, ...(rule === undefined ? {} : { rule }) };
}

function hopInWords(hop: Hop, findFlow: TargetSurroundings['findFlow']): string {
  switch (hop.kind) {
    case 'address': {
      const { transport, host, port } = hop.address;
      return `${transport} to ${formatHostPort({ host, port })}`;
    }
    case 'service':
      return `${hop.service}${hop.pod === undefined ? '' : ` ${hop.pod}`} over SipLink`;
    case 'flow':
      return flowWords[findFlow(hop)](hop.edgeId);
  }
}

const flowWords: Readonly<Record<OutboundHop['kind'], (edgeId: string) => string>> = {
  wire: () => 'over its flow, from this edge',
  link: (edgeId) => `over its flow, by SipLink to edge ${edgeId}`,
  'flow-gone': (edgeId) => `its flow at edge ${edgeId} is gone`,
  'owner-away': (edgeId) => `edge ${edgeId}, which has its flow, can't be reached`,
  unreachable: (edgeId) => `edge ${edgeId} can't be reached`,
};

function ruleOf({ bindings, leg }: EdgeTarget): string | undefined {
  const [binding] = bindings;
  if (binding !== undefined) {
    const { flow, userAgent } = binding;
    const from = flow === undefined ? '' : ` from ${flow.receivedTransport} ${sourceOf(flow)}`;
    return `registered${from}${userAgent === '' ? '' : ` by ${userAgent}`}`;
  }
  return leg.kind === 'trunk' ? `route ${leg.routeId}` : undefined;
}

function sourceOf({ receivedHost: host, receivedPort: port }: { receivedHost: string; receivedPort: number }): string {
  return formatHostPort({ host, port });
}

/** Whether media would be relayed, as far as can be told without a session description. */
export function mediaInWords(
  policy: directory.MediaRelay,
  transport: string,
  source: HostPort | undefined,
  { target, hops }: LocatedTarget,
  hasRelay: boolean,
): Reason {
  const sender: MediaSide = { transport, host: source?.host, contactHost: undefined };
  const far = farSide(target, hops[0]);
  const decision = decideMedia(policy, sender, far, undefined);
  const to = `to ${target.uri}`;
  if (decision.kind === 'direct') {
    const isNever = policy === directory.MediaRelay.NEVER;
    const rule = isNever ? "a tenant's policy mediaRelay: never" : 'both sides understand and reach each other';
    return { step: 'media', decision: `direct ${to}`, rule };
  }
  const reason = { step: 'media', rule: relayRules[decision.reason] } as const;
  if (hasRelay) return { ...reason, decision: `relayed ${to}` };
  const isRefused = decision.reason === 'policy' || (target.focus !== undefined && isBrowser(transport));
  const without = isRefused ? 'the call is refused' : 'it goes direct all the same';
  return { ...reason, decision: `to be relayed ${to}, and this edge has no relay: ${without}` };
}

const relayRules = {
  policy: "a tenant's policy mediaRelay: always",
  browser: 'one side is a browser and the other none',
  encryption: 'one side encrypts media and the other does not',
  family: 'one side has IPv4 and the other IPv6',
  nat: 'one side is behind an address translator',
  network: 'the two sides are in different networks',
} as const;

function farSide({ bindings, focus }: EdgeTarget, hop: Hop | undefined): MediaSide {
  const [binding] = bindings;
  if (focus !== undefined) return mixerSide(focus.mediaHosts, undefined);
  if (binding?.flow !== undefined && hopOf(binding) !== undefined) return bindingSide(binding, binding.flow);
  if (hop?.kind !== 'address') return platformSide;
  return { transport: hop.address.transport, host: hop.address.host, contactHost: undefined };
}

/** What the target would be told of who calls (RFC 3325). */
export function trustInWords(request: SipRequest, origin: Origin, { trustClass, leg }: EdgeTarget): Reason {
  const asserted = identityChanges(request, origin, trustClass).added.map(([, value]) => value);
  const far = leg.kind === 'trunk' ? `route ${leg.routeId}` : 'a phone';
  const decision = asserted.length === 0 ? 'no identity is asserted to it' : `${asserted.join(', ')} is asserted to it`;
  return { step: 'trust', decision, rule: `${far} is ${trustWords(trustClass)} (RFC 3325)` };
}

function trustWords(trustClass: directory.TrustClass): string {
  return trustClass === directory.TrustClass.PEER ? 'within the trust domain' : 'outside of the trust domain';
}
