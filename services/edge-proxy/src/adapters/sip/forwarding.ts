import type { Span } from '@ringdown/platform';
import type { SipRequest } from '@ringdown/sip-message';
import {
  type ForwardedRequest,
  forwardRequest,
  isDialogForming,
  type RoutedRequest,
  recordRouteValues,
} from '@ringdown/sip-proxy';
import type { Ingress, SipStack } from '@ringdown/sip-runtime';
import type { EnvelopeContext } from '@ringdown/sip-transport';
import type { CallFacts } from '../../domain/call-facts.js';
import { consumedCredentials } from '../../domain/consumed-credentials.js';
import { joined } from '../../domain/header-changes.js';
import type { EdgeTarget, Leg } from '../../domain/hop.js';
import type { OwnAddresses } from '../../domain/own-addresses.js';
import type { RelayedMedia } from '../../domain/relayed-media.js';
import type { Origin } from '../../domain/request-in-hand.js';
import { inSchemeOf, isSips } from '../../domain/sips.js';
import { identityChanges } from '../../domain/trust.js';
import { envelopeFor } from './envelope.js';
import type { FlowTokens } from './flow-tokens.js';
import type { OutboundHop } from './outbound.js';
import type { SealedCalls } from './sealed-calls.js';

export interface ForwardingOptions {
  readonly stack: SipStack;
  readonly flowTokens: FlowTokens;
  readonly calls: SealedCalls;
  /** This edge's addresses as peers see them. */
  readonly own: Pick<OwnAddresses, 'side' | 'sideTowards'>;
}

/** A way that something can be sent by. */
export type OpenWay = Extract<OutboundHop, { kind: 'wire' | 'link' }>;

/** A request as copies are made of it. */
export interface Original {
  readonly outgoing: SipRequest;
  readonly routed: RoutedRequest;
  readonly ingress: Ingress;
  readonly origin: Origin;
  readonly loopDigest: string;
  readonly call: CallFacts | undefined;
  /** Absent where media flows directly, as far as this copy is concerned. */
  readonly media?: RelayedMedia | undefined;
}

/** Makes the copies of a request that go to its targets (RFC 3261 §16.6 steps 1 to 9), and what travels beside them. */
export class Forwarding {
  constructor(private readonly options: ForwardingOptions) {}

  copy(original: Original, target: EdgeTarget, hop: number, way: OpenWay, maxBreadth: number): ForwardedRequest {
    const { stack } = this.options;
    const { outgoing, routed, origin } = original;
    const to = target.hops[hop];
    const registered = to?.kind === 'flow' ? to.registered : undefined;
    const changes = joined(
      consumedCredentials(outgoing, origin.consumedRealm),
      identityChanges(outgoing, origin, target.trustClass),
    );
    const { flow } = way;
    return forwardRequest(outgoing, {
      routed,
      targetUri: inSchemeOf(routed.requestUri, registered?.uri ?? target.uri),
      routes: registered?.path ?? target.routes,
      recordRoutes: this.#recordRoutes(original, target, hop, way),
      loopDigest: original.loopDigest,
      maxBreadth,
      addedHeaders: changes.added,
      removedHeaders: changes.removed,
      via: {
        transport: flow.transport,
        sentBy: stack.sentBy.forFlow(flow),
        // RFC 3261 §16.11: an ACK is forwarded without a transaction, and its retransmissions have to look like it.
        branch:
          outgoing.method === 'ACK' && outgoing.topmostVia.branch !== undefined
            ? stack.branches.following(outgoing.topmostVia.branch)
            : stack.branches.next(),
        // RFC 3581 §3: asks that responses come back to the port they were asked from.
        params: flow.transport === 'UDP' ? ';rport' : '',
      },
    });
  }

  envelope(
    { ingress, origin, call }: Pick<Original, 'ingress' | 'origin' | 'call'>,
    targetFlowToken: string | undefined,
    span: Span,
  ): EnvelopeContext {
    const { flowTokens } = this.options;
    return envelopeFor(ingress, origin, call?.terminatingTenantId, flowTokens, targetFlowToken, span.traceparent);
  }

  #recordRoutes(original: Original, target: EdgeTarget, hop: number, way: OpenWay): readonly string[] {
    const { outgoing, call, origin, ingress } = original;
    if (call === undefined || !isDialogForming(outgoing)) return [];
    const { calls, own } = this.options;
    const token = calls.seal(
      {
        callId: call.key,
        originatingTenant: origin.tenant?.tenantId ?? '',
        terminatingTenant: call.terminatingTenantId,
        originatingLeg: origin.leg,
        terminatingLeg: legAt(target, hop, way),
        startTimeSec: Math.floor(call.startedAtMs / 1_000),
        media: original.media,
      },
      { callId: outgoing.callId, originatorTag: outgoing.fromTag ?? '' },
    );
    // RFC 3261 §16.6 step 4: sips in, sips in Record-Route.
    const secure = isSips(original.routed.requestUri);
    // A phone that another edge holds sees this edge at its address for the phone's own transport and family.
    const held = target.bindings[hop]?.flow;
    const callee =
      way.kind === 'wire'
        ? own.side(way.flow, secure)
        : own.sideTowards(held?.receivedTransport ?? 'UDP', held?.receivedHost ?? '', secure);
    return recordRouteValues(token, own.side(ingress.flow, secure), callee);
  }
}

/** The far end with the address that its requests will come from, which is where this copy goes. */
function legAt({ leg, bindings }: EdgeTarget, hop: number, way: OpenWay): Leg {
  if (leg.kind !== 'binding') return leg;
  if (way.kind === 'wire') return { ...leg, source: way.flow.remote };
  const flow = bindings[hop]?.flow;
  return flow === undefined ? leg : { ...leg, source: { host: flow.receivedHost, port: flow.receivedPort } };
}
