import type { TransportEvents } from './flow.js';
import type { SipLinkCounters, SipLinkFlow, SipLinkPeer } from './siplink-channel.js';
import type { SipLinkClass } from './siplink-envelope.js';
import type { SipLinkLimits } from './siplink-limits.js';

/** The opening side of SipLink toward one peer: over gRPC, or to an acceptor in this process. */
export interface SipLinkConnector {
  readonly linkClass: SipLinkClass;
  /** The stream, or undefined while there is none and the next attempt is waited for: answer 503 then. */
  readonly flow: SipLinkFlow | undefined;
  /** Whether the peer has accepted the stream, and takes new requests over it. */
  readonly connected: boolean;
  /** Opens the stream and keeps it open until `close`. */
  start(): void;
  /** Resolves with the flow when the peer has accepted the stream, at once if it has already. */
  whenConnected(): Promise<SipLinkFlow>;
  close(): void;
}

/** What both kinds of connector are made of. */
export interface SipLinkConnectorOptions {
  readonly linkClass: SipLinkClass;
  /** Who this side is. */
  readonly self: SipLinkPeer;
  readonly events: TransportEvents;
  /** Called when the peer has accepted the stream, when it leaves and when the stream is gone: `connected` has changed. */
  readonly changed?: () => void;
  readonly limits?: Partial<SipLinkLimits>;
  /** Counts what goes over the stream, and over those that are opened after it. */
  readonly counters?: SipLinkCounters;
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number;
}
