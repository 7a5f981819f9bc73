import { siplink } from '@ringdown/contracts';
import type { HostPort } from './host-port.js';
import type {
  AuthenticatedSender,
  EnvelopeContext,
  IngressTransport,
  LinkItem,
  TransportErrorCode,
  TrustClass,
} from './siplink-envelope.js';

const noBytes = Buffer.alloc(0);

const trustClassNumbers = {
  untrusted: siplink.TrustClass.UNTRUSTED,
  subscriber: siplink.TrustClass.SUBSCRIBER,
  peer: siplink.TrustClass.PEER,
  platform: siplink.TrustClass.PLATFORM,
} as const;
const trustClasses: readonly (TrustClass | undefined)[] = [undefined, 'untrusted', 'subscriber', 'peer', 'platform'];
const ingressTransports: readonly (IngressTransport | undefined)[] = [undefined, 'UDP', 'TCP', 'TLS', 'WS', 'WSS'];
const errorCodeNumbers = {
  'flow-gone': siplink.TransportErrorCode.FLOW_GONE,
  'send-failed': siplink.TransportErrorCode.SEND_FAILED,
  draining: siplink.TransportErrorCode.DRAINING,
} as const;
const errorCodes: readonly (TransportErrorCode | undefined)[] = [undefined, 'flow-gone', 'send-failed', 'draining'];

/**
 * The protobuf form of an item.
 * @param remainingMs what is left of the item's deadline, or 0 for none
 */
export function toWire(item: LinkItem, remainingMs: number): siplink.Envelope {
  const context: EnvelopeContext = item.kind === 'message' ? item.context : {};
  return {
    sip: item.kind === 'message' ? Buffer.from(item.raw, 'latin1') : noBytes,
    ingressTransport: context.ingressTransport === undefined ? 0 : siplink.IngressTransport[context.ingressTransport],
    sourceHost: context.source?.host ?? '',
    sourcePort: context.source?.port ?? 0,
    localHost: context.local?.host ?? '',
    localPort: context.local?.port ?? 0,
    flowToken: context.flowToken ?? '',
    edgeId: context.edge?.id ?? '',
    edgeIncarnation: context.edge?.incarnation ?? '',
    targetFlowToken: context.targetFlowToken ?? '',
    originatingTenantId: context.originatingTenantId ?? '',
    terminatingTenantId: context.terminatingTenantId ?? '',
    authenticatedAddressOfRecord: context.authenticated?.addressOfRecord ?? '',
    authenticatedUsername: context.authenticated?.username ?? '',
    authenticatedMaxContacts: context.authenticated?.maxContacts ?? 0,
    trustClass: context.trustClass === undefined ? 0 : trustClassNumbers[context.trustClass],
    traceparent: context.traceparent ?? '',
    traceFlags: context.traceFlags ?? 0,
    deadlineMs: remainingMs === 0 ? 0 : Math.max(1, Math.ceil(remainingMs)),
    transportError: item.kind === 'notice' ? { ...item.notice, code: errorCodeNumbers[item.notice.code] } : undefined,
  };
}

/**
 * The item that a protobuf envelope holds, or undefined for one without a message or a notice. A value of an enum that this
 * version doesn't know is taken as absent, so a newer peer's trust is never assumed.
 */
export function fromWire(envelope: siplink.Envelope): LinkItem | undefined {
  if (envelope.transportError !== undefined) {
    const { code, branch, method, reason } = envelope.transportError;
    return { kind: 'notice', notice: { code: errorCodes[code] ?? 'send-failed', branch, method, reason } };
  }
  if (envelope.sip.length === 0) return undefined;
  return {
    kind: 'message',
    raw: envelope.sip.toString('latin1'),
    context: {
      ingressTransport: ingressTransports[envelope.ingressTransport],
      source: address(envelope.sourceHost, envelope.sourcePort),
      local: address(envelope.localHost, envelope.localPort),
      flowToken: present(envelope.flowToken),
      edge: envelope.edgeId === '' ? undefined : { id: envelope.edgeId, incarnation: envelope.edgeIncarnation },
      targetFlowToken: present(envelope.targetFlowToken),
      originatingTenantId: present(envelope.originatingTenantId),
      terminatingTenantId: present(envelope.terminatingTenantId),
      authenticated: authenticatedIn(envelope),
      trustClass: trustClasses[envelope.trustClass],
      traceparent: present(envelope.traceparent),
      traceFlags: envelope.traceFlags === 0 ? undefined : envelope.traceFlags,
      deadlineMs: envelope.deadlineMs === 0 ? undefined : envelope.deadlineMs,
    },
  };
}

function authenticatedIn(envelope: siplink.Envelope): AuthenticatedSender | undefined {
  const { authenticatedAddressOfRecord: addressOfRecord, authenticatedUsername: username } = envelope;
  if (username === '' && addressOfRecord === '') return undefined;
  const { authenticatedMaxContacts: maxContacts } = envelope;
  return { addressOfRecord, username, maxContacts: maxContacts === 0 ? undefined : maxContacts };
}

function address(host: string, port: number): HostPort | undefined {
  return host === '' ? undefined : { host, port };
}

function present(text: string): string | undefined {
  return text === '' ? undefined : text;
}
