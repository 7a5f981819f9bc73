/** The bounds of a TCP port and its connections. Every wait and every queue has one. */
export interface TcpLimits {
  /** The longest message; a longer one is a framing error. */
  readonly maxMessageBytes: number;
  /** What may wait for a peer that doesn't read, in bytes; more closes the connection. */
  readonly maxQueuedBytes: number;
  /** How long to wait for an outgoing connection. */
  readonly connectTimeoutMs: number;
  /** Silence, both ways, after which a connection is closed. */
  readonly idleTimeoutMs: number;
  /** How long the rest of a begun message may take. */
  readonly messageTimeoutMs: number;
  /** How long a closing connection may take to deliver what is queued. */
  readonly lingerMs: number;
  /** Connections of the port, accepted and outgoing. */
  readonly maxConnections: number;
  /** Accepted connections from one address. */
  readonly maxConnectionsPerHost: number;
}

/** Limits for phones behind a balancer; a phone sends a keepalive every two minutes or so (RFC 5626 §4.4.1). */
export const defaultTcpLimits: TcpLimits = {
  maxMessageBytes: 65_536,
  maxQueuedBytes: 1_048_576,
  connectTimeoutMs: 4_000,
  idleTimeoutMs: 600_000,
  messageTimeoutMs: 10_000,
  lingerMs: 2_000,
  maxConnections: 50_000,
  maxConnectionsPerHost: 1_000,
};
