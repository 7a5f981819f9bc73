import { noSpan, type Span, type Tracing } from '@ringdown/platform';
import type { SipRequest } from '@ringdown/sip-message';
import type { Ingress } from '@ringdown/sip-runtime';

/** Begins the span of a request that has arrived (D7). */
export function requestSpan(tracing: Tracing, request: SipRequest, ingress: Ingress): Span {
  if (!tracing.enabled) return noSpan;
  const { method, callId, cseq } = request;
  // Over SipLink the sender's span is the parent; from the wire the call's own trace begins here, by its Call-ID alone.
  const parent = ingress.envelope?.traceparent ?? tracing.callTrace(callId, method, cseq.number);
  return tracing.startSpan(`${method} proxied`, parent, {
    kind: 'server',
    attributes: {
      'sip.call_id': callId,
      'sip.method': method,
      'network.transport': ingress.flow.transport.toLowerCase(),
    },
  });
}

/** Lookups for a request: where it is traced, what they ask is a part of its trace. */
export function within<L extends { within(traceparent: string): L }>(lookups: L, span: Span): L {
  return span.traceparent === undefined ? lookups : lookups.within(span.traceparent);
}
