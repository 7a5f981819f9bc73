import type { Socket } from 'node:net';
import { ClosedFlow } from './closed-flow.js';
import { ConnectionTable } from './connection-table.js';
import type { Flow, TransportEvents } from './flow.js';
import type { HostPort } from './host-port.js';
import type { ServerCertificates } from './server-certificates.js';
import { defaultWebSocketLimits, type StreamLimits } from './stream-limits.js';
import { type AcceptedSocket, StreamListener } from './stream-listener.js';
import type { StreamCounters, StreamPort, StreamPortOptions } from './stream-port.js';
import { TlsAcceptor } from './tls-acceptor.js';
import { WebSocketConnection, type WebSocketOwner } from './web-socket-connection.js';
import { WebSocketHandshake } from './web-socket-handshake.js';

/** How to open a WebSocket port. */
export interface WebSocketPortOptions extends StreamPortOptions {
  /** WSS when given, else WS. */
  readonly certificates?: ServerCertificates | undefined;
  /** The origins whose pages may connect, such as `https://phone.example.com`; all without it. Who sends no origin may. */
  readonly origins?: readonly string[] | undefined;
}

/** A listener for SIP over WebSocket (RFC 7118), with TLS or without, and the connections that clients opened. */
export class WebSocketPort implements StreamPort, WebSocketOwner {
  readonly transport: 'WS' | 'WSS';
  readonly events: TransportEvents;
  readonly #listener: StreamListener;
  readonly #tls: TlsAcceptor | undefined;
  readonly #handshake: WebSocketHandshake;
  readonly #connections: ConnectionTable<WebSocketConnection>;
  readonly #accepted = new WeakMap<Socket, AcceptedSocket>();

  private constructor(listener: StreamListener, options: WebSocketPortOptions) {
    const { certificates, events, origins } = options;
    this.transport = certificates === undefined ? 'WS' : 'WSS';
    this.events = events;
    this.#listener = listener;
    this.#connections = new ConnectionTable(listener.limits);
    this.#handshake = new WebSocketHandshake({
      limits: listener.limits,
      origins,
      failed: (reason) => listener.handshakeFailed(reason),
      opened: (webSocket, stream) => {
        const accepted = this.#accepted.get(stream);
        if (accepted === undefined) throw new Error('a WebSocket opens on a stream that was accepted');
        listener.counters.accepted += 1;
        this.#connections.add(new WebSocketConnection(this, webSocket, stream, accepted.remote));
      },
    });
    if (certificates !== undefined)
      this.#tls = new TlsAcceptor(listener, certificates, undefined, (accepted, socket) =>
        this.#open(accepted, socket),
      );
    listener.start((accepted) => {
      if (this.#tls === undefined) this.#open(accepted, accepted.socket);
      else this.#tls.accept(accepted);
    });
  }

  /** Listens. Rejects with Node's error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when it can't. */
  static async open(options: WebSocketPortOptions): Promise<WebSocketPort> {
    return new WebSocketPort(await StreamListener.open(options, defaultWebSocketLimits), options);
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

  /** A closed flow: RFC 7118 has clients open WebSockets, never servers. */
  flowTo(remote: HostPort): Flow {
    return new ClosedFlow(this, remote, 'only-clients-connect');
  }

  flow(id: number): Flow | undefined {
    return this.#connections.get(id);
  }

  connections(): Iterable<Flow> {
    return this.#connections.open();
  }

  /** Called by a connection when its socket is gone. */
  ended(connection: WebSocketConnection): void {
    this.#connections.delete(connection);
  }

  stopListening(): void {
    void this.#listener.stop();
  }

  async close(): Promise<void> {
    if (this.#listener.closed) return;
    const stopped = this.#listener.close();
    this.#tls?.close();
    this.#handshake.close();
    await Promise.all([stopped, this.#connections.end('port-closed')]);
  }

  #open(accepted: AcceptedSocket, stream: Socket): void {
    this.#accepted.set(stream, accepted);
    this.#handshake.accept(stream);
  }
}
