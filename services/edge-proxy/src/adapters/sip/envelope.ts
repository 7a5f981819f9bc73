import { directory } from '@ringdown/contracts';
import type { Ingress } from '@ringdown/sip-runtime';
import type { AuthenticatedSender, EnvelopeContext, TrustClass } from '@ringdown/sip-transport';
import type { Origin } from '../../domain/request-in-hand.js';
import type { FlowTokens } from './flow-tokens.js';

/** What travels beside a request between pods: where it came in, and what this edge found out about its sender. */
export function envelopeFor(
  ingress: Ingress,
  origin: Origin,
  terminatingTenantId: string | undefined,
  tokens: FlowTokens,
  targetFlowToken: string | undefined,
  traceparent: string | undefined,
): EnvelopeContext {
  const { flow, envelope } = ingress;
  // What came over SipLink keeps what the edge that received it from the wire has said.
  const arrived: EnvelopeContext =
    envelope !== undefined || flow.transport === 'SIPLINK'
      ? { ...envelope }
      : {
          ingressTransport: flow.transport,
          source: flow.remote,
          local: flow.local,
          flowToken: tokens.tokenOf(flow),
          edge: tokens.edge,
        };
  return {
    ...arrived,
    targetFlowToken,
    traceparent,
    trustClass: trustOf(origin),
    originatingTenantId: origin.tenant?.tenantId ?? arrived.originatingTenantId,
    terminatingTenantId: terminatingTenantId ?? arrived.terminatingTenantId,
    authenticated:
      origin.addressOfRecord === undefined || origin.subscriber === undefined
        ? arrived.authenticated
        : authenticatedAs(origin.addressOfRecord, origin.subscriber),
  };
}

function authenticatedAs(addressOfRecord: string, { username, limits }: directory.Subscriber): AuthenticatedSender {
  return { addressOfRecord, username, maxContacts: limits?.maxContactsPerAor };
}

function trustOf(origin: Origin): TrustClass {
  if (origin.subscriber !== undefined) return 'subscriber';
  return origin.trustClass === directory.TrustClass.PEER ? 'peer' : 'untrusted';
}
