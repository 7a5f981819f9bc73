import type { HostPort } from './host-port.js';
import type { Envelope, TransportErrorNotice } from './siplink-envelope.js';

/** The wires this library speaks. */
export type TransportName = 'UDP' | StreamTransportName | 'SIPLINK';

/** Those that carry SIP over connections from phones and other elements. */
export type StreamTransportName = 'TCP' | 'TLS' | 'WS' | 'WSS';

/**
 * A way to one peer: a UDP address pair, a TCP connection or a SipLink stream (RFC 5626 §2 calls it a flow). An identity:
 * two connections to the same address are two flows.
 */
export interface Flow {
  /** Unique within the process, never reused. */
  readonly id: number;
  readonly transport: TransportName;
  /** Whether the wire delivers what it accepted, in order, or closes (RFC 3261 §17: timers depend on it). */
  readonly reliable: boolean;
  /** The address peers know this side by. */
  readonly local: HostPort;
  readonly remote: HostPort;
  /**
   * The names in the peer's certificate where it was verified: of a client's with mutual TLS, of a server's on a connection that
   * this side opened. DNS names and IP addresses as they are, URIs with their scheme. Absent otherwise.
   */
  readonly peerNames?: readonly string[] | undefined;
  readonly closed: boolean;
  /**
   * Sends one message, a latin1 string with one character a byte. False when it is certain at once that the message
   * won't leave (closed, full, too big); true promises nothing more than an attempt.
   */
  send(raw: string): boolean;
  /**
   * The way from the same local address to another peer. `serverName`: whose certificate TLS expects there; `remote`'s host
   * without it. A SipLink flow, which has one peer, returns itself.
   */
  flowTo(remote: HostPort, serverName?: string): Flow;
  /** Ends a connection after what is queued has left. Does nothing for UDP. */
  close(): void;
}

/** What a port or link reports. Called synchronously from the socket's callbacks; must not throw. */
export interface TransportEvents {
  /** A message, not yet parsed. The envelope is there exactly when it came over SipLink. */
  message(raw: string, flow: Flow, envelope: Envelope | undefined): void;
  /** What begins with `head` cannot be framed (RFC 3261 §18.3); the flow closes after what is sent on it now. */
  malformed(head: string, flow: Flow, code: string): void;
  /** The flow takes and gives nothing more. Once a flow, after `closed` has become true. */
  flowClosed(flow: Flow, reason: string): void;
  /** Something sent earlier on this flow did not leave; the flow lives on. */
  sendFailed(flow: Flow, error: Error): void;
  /** The SipLink peer could not send on a request that it got over this flow. */
  peerSendFailed?(notice: TransportErrorNotice, flow: Flow): void;
}

let lastFlowId = 0;

/** The next flow id of this process. */
export function nextFlowId(): number {
  lastFlowId += 1;
  return lastFlowId;
}
