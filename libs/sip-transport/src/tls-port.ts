import { isIP } from 'node:net';
import { connect, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { readAuthorities } from './certificate-authorities.js';
import { isCertifiedFor, namesIn } from './certificate-names.js';
import { ConnectionAliases } from './connection-aliases.js';
import { ConnectionTable } from './connection-table.js';
import type { Flow, TransportEvents } from './flow.js';
import type { HostPort } from './host-port.js';
import { connectOptions, OutgoingConnections } from './outgoing-connections.js';
import { type ServerCertificates, tlsVersions } from './server-certificates.js';
import { type ConnectionOwner, StreamConnection } from './stream-connection.js';
import { defaultStreamLimits, type StreamLimits } from './stream-limits.js';
import { StreamListener } from './stream-listener.js';
import type { StreamCounters, StreamPort, StreamPortOptions } from './stream-port.js';
import { type ClientCertificates, peerNamesOf, TlsAcceptor } from './tls-acceptor.js';

/** How to open a TLS port. */
export interface TlsPortOptions extends StreamPortOptions {
  /** By SNI for those who connect. The default one is also shown to servers that ask for a client certificate. */
  readonly certificates: ServerCertificates;
  readonly clientCertificates?: ClientCertificates | undefined;
  /** PEM: who may have issued the certificates of servers that this side connects to; Node's own list without it. */
  readonly ca?: readonly string[] | undefined;
}

/** A TLS listener (RFC 3261 §26.3.1, RFC 5922) and the connections, both ways, that belong to it. */
export class TlsPort implements StreamPort, ConnectionOwner {
  readonly transport = 'TLS';
  readonly events: TransportEvents;
  readonly #listener: StreamListener;
  readonly #acceptor: TlsAcceptor;
  readonly #connections: ConnectionTable<StreamConnection>;
  readonly #outgoing: OutgoingConnections;
  readonly #aliases = new ConnectionAliases();
  readonly #certificates: ServerCertificates;
  readonly #ca: readonly string[] | undefined;
  readonly #forget: () => void;
  #clientContext: SecureContext;

  private constructor(listener: StreamListener, options: TlsPortOptions) {
    const { certificates, clientCertificates } = options;
    this.events = options.events;
    this.#listener = listener;
    this.#connections = new ConnectionTable(listener.limits);
    this.#outgoing = new OutgoingConnections(this, listener, this.#connections);
    this.#certificates = certificates;
    this.#ca = options.ca;
    this.#clientContext = this.#newClientContext();
    this.#forget = certificates.onChange(() => {
      this.#clientContext = this.#newClientContext();
    });
    this.#acceptor = new TlsAcceptor(listener, certificates, clientCertificates, (accepted, socket, peerNames) => {
      listener.counters.accepted += 1;
      this.#connections.add(new StreamConnection(this, socket, { remote: accepted.remote, accepted: true, peerNames }));
    });
    listener.start((accepted) => this.#acceptor.accept(accepted));
  }

  /**
   * Listens. Rejects with Node's error (EADDRINUSE, EACCES, EADDRNOTAVAIL) when it can't, with one that says which authority can't
   * be read.
   */
  static async open(options: TlsPortOptions): Promise<TlsPort> {
    readAuthorities(options.ca ?? []);
    readAuthorities(options.clientCertificates?.ca ?? []);
    return new TlsPort(await StreamListener.open(options, defaultStreamLimits), options);
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
   * The connection that this side opened to the address, or one whose peer has an alias for it, or a new one; always one whose
   * peer has proven by its certificate to be `serverName`, or the address itself. At the limit of connections the flow returned
   * is closed; where the handshake fails it closes.
   */
  flowTo(remote: HostPort, serverName: string = remote.host): Flow {
    return (
      this.#outgoing.known(remote, serverName) ??
      this.#aliases.find(remote, serverName) ??
      this.#outgoing.open(remote, serverName, (from) => this.#connect(remote, serverName, from))
    );
  }

  flow(id: number): Flow | undefined {
    return this.#connections.get(id);
  }

  connections(): Iterable<Flow> {
    return this.#connections.open();
  }

  /**
   * Lets requests to the sent-by's port at the flow's address go over this flow (RFC 5923 §5): to be called when the topmost Via of
   * a request that came on it has `alias`. False, and nothing changes, unless the peer opened it with a verified certificate
   * for that sent-by.
   */
  alias(flow: Flow, sentBy: HostPort): boolean {
    const connection = this.#connections.get(flow.id);
    return connection !== undefined && this.#aliases.add(connection, sentBy);
  }

  /** Called by a connection when its socket is gone. */
  ended(connection: StreamConnection): void {
    this.#connections.delete(connection);
    this.#aliases.delete(connection);
  }

  stopListening(): void {
    void this.#listener.stop();
  }

  async close(): Promise<void> {
    if (this.#listener.closed) return;
    this.#forget();
    const stopped = this.#listener.close();
    this.#acceptor.close();
    await Promise.all([stopped, this.#connections.end('port-closed')]);
  }

  #newClientContext(): SecureContext {
    const { certPem, keyPem } = this.#certificates.default;
    const ca = this.#ca === undefined ? {} : { ca: [...this.#ca] };
    return createSecureContext({ cert: certPem, key: keyPem, ...ca, ...tlsVersions });
  }

  #connect(remote: HostPort, serverName: string, from: { localAddress?: string }): StreamConnection {
    const socket = connect({
      ...from,
      ...connectOptions,
      host: remote.host,
      port: remote.port,
      secureContext: this.#clientContext,
      // RFC 6066 §3: an address is no server name.
      ...(isIP(serverName) === 0 ? { servername: serverName } : {}),
      checkServerIdentity: (_host, certificate) => wrongServer(serverName, certificate),
    });
    const connection = new StreamConnection(this, socket, { remote, accepted: false });
    let handshaking = false;
    socket.once('connect', () => {
      handshaking = true;
    });
    socket.once('secureConnect', () => {
      handshaking = false;
      connection.connected(peerNamesOf(socket));
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (handshaking) this.#listener.handshakeFailed(error.code ?? error.name);
    });
    return connection;
  }
}

/** RFC 5922 §4: the certificate is that of the domain asked for. undefined where it is. */
function wrongServer(serverName: string, certificate: PeerCertificate): Error | undefined {
  const names = namesIn(certificate);
  if (isCertifiedFor(names, serverName)) return undefined;
  const error = new Error(`the certificate is for ${names.join(', ') || 'nobody'}, not for ${serverName}`);
  return Object.assign(error, { code: 'certificate-of-another' });
}
