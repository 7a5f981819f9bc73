/** The bounds of a stream port and its connections. Every wait and every queue has one. */
export interface StreamLimits {
  /** The longest message; a longer one is a framing error. */
  readonly maxMessageBytes: number;
  /** What may wait for a peer that doesn't read, in bytes; more closes the connection. */
  readonly maxQueuedBytes: number;
  /** How long to wait for an outgoing connection, its TLS handshake included. */
  readonly connectTimeoutMs: number;
  /** How long an accepted connection may take for its TLS handshake, and again for its WebSocket handshake. */
  readonly handshakeTimeoutMs: number;
  /** How long a balancer may take for the whole PROXY header. */
  readonly proxyHeaderTimeoutMs: number;
  /** Silence, both ways, after which a connection is closed. */
  readonly idleTimeoutMs: number;
  /** How long the rest of a begun message may take. */
  readonly messageTimeoutMs: number;
  /** How long a closing connection may take to deliver what is queued. */
  readonly lingerMs: number;
  /**
   * At most so long after something was heard the peer is pinged, 0: never. Double CRLFs on TCP and TLS connections that this side
   * opened (RFC 5626 §3.5.1), ping frames on every WebSocket (RFC 6455 §5.5.2).
   */
  readonly pingIntervalMs: number;
  /** A peer that is silent so long after a ping is gone. */
  readonly pongTimeoutMs: number;
  /** Connections of the port, accepted and outgoing, those in their handshake included. */
  readonly maxConnections: number;
  /** Accepted connections from one address: behind a balancer the one that its PROXY header names. */
  readonly maxConnectionsPerHost: number;
}

/** Limits for phones behind a balancer; a phone sends a keepalive every two minutes or so (RFC 5626 §4.4.1). */
export const defaultStreamLimits: StreamLimits = {
  maxMessageBytes: 65_536,
  maxQueuedBytes: 1_048_576,
  connectTimeoutMs: 4_000,
  handshakeTimeoutMs: 10_000,
  proxyHeaderTimeoutMs: 1_000,
  idleTimeoutMs: 600_000,
  messageTimeoutMs: 10_000,
  lingerMs: 2_000,
  // Not every SIP server answers a ping (RFC 6223): whoever opens the port says whether its peers do.
  pingIntervalMs: 0,
  pongTimeoutMs: 10_000,
  maxConnections: 50_000,
  maxConnectionsPerHost: 1_000,
};

/** A browser can't ping, so the server does; a dead one is found within a minute. */
export const defaultWebSocketLimits: StreamLimits = { ...defaultStreamLimits, pingIntervalMs: 30_000 };
