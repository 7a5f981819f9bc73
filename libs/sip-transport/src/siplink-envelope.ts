import type { HostPort } from './host-port.js';

/** The wire by which a message reached the platform. */
export type IngressTransport = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';

/**
 * What is stripped from, added to and believed in a leg's messages: `untrusted` is anyone, `subscriber` a device that
 * proved who it is, `peer` a trunk within the trust domain (RFC 3325 §2.3), `platform` another part of the platform.
 */
export type TrustClass = 'untrusted' | 'subscriber' | 'peer' | 'platform';

/** The two classes of traffic, which never share a stream: a flood of one must not hold up the other. */
export type SipLinkClass = 'calls' | 'registrations';

/** What travels beside a SIP message between pods. Everything is optional; what is absent is unknown. */
export interface EnvelopeContext {
  /** How the message reached the platform; absent for one that the platform wrote. */
  readonly ingressTransport?: IngressTransport | undefined;
  /** Where it came from. */
  readonly source?: HostPort | undefined;
  /** Where it arrived. */
  readonly local?: HostPort | undefined;
  /** The flow it came in on (RFC 5626 §5.2). */
  readonly flowToken?: string | undefined;
  /** The edge that owns that flow, and which start of it. */
  readonly edge?: { readonly id: string; readonly incarnation: string } | undefined;
  /** The flow, owned by the receiver, that it is to leave on. */
  readonly targetFlowToken?: string | undefined;
  /** The tenant its sender belongs to. */
  readonly originatingTenantId?: string | undefined;
  /** The tenant that the request is for. */
  readonly terminatingTenantId?: string | undefined;
  /** Who proved to have sent it. */
  readonly authenticated?: AuthenticatedSender | undefined;
  readonly trustClass?: TrustClass | undefined;
  /** W3C trace context of the sender's span. */
  readonly traceparent?: string | undefined;
  readonly traceFlags?: number | undefined;
  /** Milliseconds from now in which the message is worth acting on; it is dropped where it waits longer. */
  readonly deadlineMs?: number | undefined;
}

/** A sender who has proved who it is. */
export interface AuthenticatedSender {
  readonly addressOfRecord: string;
  readonly username: string;
  /** How many contacts the user may have, where that differs from the tenant's limit. */
  readonly maxContacts?: number | undefined;
}

/** An EnvelopeContext as it arrived: `deadlineMs` is what was left when the peer wrote it. */
export type Envelope = EnvelopeContext;

/** Why a peer could not send on a request. */
export type TransportErrorCode = 'flow-gone' | 'send-failed' | 'draining';

/** What an end says that takes nothing new any more: of no request in particular. What was sent before is still answered. */
export const leavingNotice: TransportErrorNotice = { code: 'draining', branch: '', method: '', reason: 'it is ending' };

/** Whether a notice is that word. */
export function isLeavingNotice({ code, branch }: TransportErrorNotice): boolean {
  return code === 'draining' && branch === '';
}

/** Tells which request could not be sent on (RFC 3261 §8.1.3.1). */
export interface TransportErrorNotice {
  readonly code: TransportErrorCode;
  /** The branch of the request's topmost Via and its method, which name the client transaction. */
  readonly branch: string;
  readonly method: string;
  /** For a person. */
  readonly reason: string;
}

/** What a SipLink stream carries: a message with its context, or a notice. */
export type LinkItem =
  | { readonly kind: 'message'; readonly raw: string; readonly context: EnvelopeContext }
  | { readonly kind: 'notice'; readonly notice: TransportErrorNotice };
