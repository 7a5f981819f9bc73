import { connect } from 'node:net';
import { ConnectionTable } from './connection-table.js';
import type { Flow, TransportEvents } from './flow.js';
import type { HostPort } from './host-port.js';
import { connectOptions, OutgoingConnections } from './outgoing-connections.js';
import { type ConnectionOwner, StreamConnection } from './stream-connection.js';
import { defaultStreamLimits, type StreamLimits } from './stream-limits.js';
import { StreamListener } from './stream-listener.js';
import type { StreamCounters, StreamPort, StreamPortOptions } from './stream-port.js';

/** How to open a TCP port. */
export type TcpPortOptions = StreamPortOptions;

/** A TCP listener and the connections, both ways, that belong to it. */
export class TcpPort implements StreamPort, ConnectionOwner {
  readonly transport = 'TCP';
  readonly events: TransportEvents;
  readonly #listener: StreamListener;
  readonly #connections: ConnectionTable<StreamConnection>;
  readonly #outgoing: OutgoingConnections;

  private constructor(listener: StreamListener, options: TcpPortOptions) {
    this.events = options.events;
    this.#listener = listener;
    this.#connections = new ConnectionTable(listener.limits);
    this.#outgoing = new OutgoingConnections(this, listener, this.#connections);
    listener.start(({ socket, remote }) => {
      listener.counters.accepted += 1;
      this.#connections.add(new StreamConnection(this, socket, { remote, accepted: true }));
    });
  }

  /** Listens. Rejects with Node's error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when it can't. */
  static async open(options: TcpPortOptions): Promise<TcpPort> {
    return new TcpPort(await StreamListener.open(options, defaultStreamLimits), options);
  }

  get address(): HostPort {
    return this.#listener.address;
  }

  get limits(): StreamLimits {
    return this.#listener.limits;
  }

  get counters(): Readonly<StreamCounters> {
    return this.#listener.counters;
  }

  get handshakeFailures(): ReadonlyMap<string, number> {
    return this.#listener.handshakeFailures;
  }

  get size(): number {
    return this.#connections.size;
  }

  /**
   * The connection that this side opened to the address, or a new one. A connection that the peer opened is never
   * returned: what it says of its address is not proven, and only mutual TLS makes an alias (RFC 5923 §4). At the limit
   * of connections the flow returned is closed.
   */
  flowTo(remote: HostPort): Flow {
    const open = (from: { localAddress?: string }): StreamConnection => {
      const socket = connect({ ...from, host: remote.host, port: remote.port, ...connectOptions });
      const connection = new StreamConnection(this, socket, { remote, accepted: false });
      socket.once('connect', () => connection.connected());
      return connection;
    };
    return this.#outgoing.known(remote, '') ?? this.#outgoing.open(remote, '', open);
  }

  flow(id: number): Flow | undefined {
    return this.#connections.get(id);
  }

  connections(): Iterable<Flow> {
    return this.#connections.open();
  }

  /** Called by a connection when its socket is gone. */
  ended(connection: StreamConnection): void {
    this.#connections.delete(connection);
  }

  stopListening(): void {
    void this.#listener.stop();
  }

  async close(): Promise<void> {
    if (this.#listener.closed) return;
    await Promise.all([this.#listener.close(), this.#connections.end('port-closed')]);
  }
}
