import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { namesIn } from './certificate-names.js';
import { HandshakePace } from './handshake-pace.js';
import { type ServerCertificates, tlsVersions } from './server-certificates.js';
import type { AcceptedSocket, StreamListener } from './stream-listener.js';

/** What is asked of clients: mutual TLS. */
export interface ClientCertificates {
  /** PEM: who may have issued them. */
  readonly ca: readonly string[];
  /** Whether a client without a valid one is refused; otherwise its flow just has no names. */
  readonly required: boolean;
}

interface Handshake {
  readonly accepted: AcceptedSocket;
  readonly over: () => void;
}

/** What takes the connections whose handshake is done. */
export type SecuredSocket = (
  accepted: AcceptedSocket,
  socket: TLSSocket,
  peerNames: readonly string[] | undefined,
) => void;

/** The server's side of TLS handshakes. What fails is counted by its reason and closed. */
export class TlsAcceptor {
  readonly #listener: StreamListener;
  readonly #certificates: ServerCertificates;
  readonly #clients: ClientCertificates | undefined;
  readonly #secured: SecuredSocket;
  readonly #server: Server;
  readonly #forget: () => void;
  /** By the two ends of the socket: all that the TLS socket tells of the one below it. */
  readonly #handshaking = new Map<string, Handshake>();
  readonly #pace = new HandshakePace();

  constructor(
    listener: StreamListener,
    certificates: ServerCertificates,
    clients: ClientCertificates | undefined,
    secured: SecuredSocket,
  ) {
    this.#listener = listener;
    this.#certificates = certificates;
    this.#clients = clients;
    this.#secured = secured;
    this.#server = createServer({
      ...this.#defaultContext(),
      SNICallback: (name, found) => found(null, certificates.contextFor(name, clients?.ca)),
      requestCert: clients !== undefined,
      // Decided afterwards, so that it is counted.
      rejectUnauthorized: false,
      handshakeTimeout: listener.limits.handshakeTimeoutMs,
    });
    this.#server.on('secureConnection', (socket) => this.#done(socket));
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) =>
      this.#failed(socket, error.code ?? error.name),
    );
    this.#forget = certificates.onChange(() => this.#server.setSecureContext(this.#defaultContext()));
  }

  /** Begins the handshake, or has it wait for its turn. */
  accept(accepted: AcceptedSocket): void {
    const { socket } = accepted;
    const mayWait = this.#pace.enter(socket, (over) => {
      const key = endsOf(socket);
      this.#handshaking.set(key, { accepted, over });
      socket.once('close', () => {
        this.#handshaking.delete(key);
        over();
      });
      this.#server.emit('connection', socket);
    });
    if (mayWait) return;
    this.#listener.counters.refused += 1;
    socket.destroy();
  }

  /** Ends the handshakes under way. */
  close(): void {
    this.#forget();
    this.#pace.close();
    for (const { accepted } of this.#handshaking.values()) accepted.socket.destroy();
  }

  #defaultContext() {
    const { certPem, keyPem } = this.#certificates.default;
    const context = { cert: certPem, key: keyPem, ...tlsVersions };
    if (this.#clients === undefined) return context;
    // A session that is resumed would bring the certificate along that was verified when it began.
    return { ...context, ca: [...this.#clients.ca], secureOptions: constants.SSL_OP_NO_TICKET };
  }

  #done(socket: TLSSocket): void {
    const key = endsOf(socket);
    const handshake = this.#handshaking.get(key);
    if (handshake === undefined) {
      // The peer was gone before its handshake was.
      this.#failed(socket, 'ECONNRESET');
      return;
    }
    const { accepted, over } = handshake;
    this.#handshaking.delete(key);
    over();
    if (this.#clients?.required === true && !socket.authorized) {
      this.#failed(socket, String(socket.authorizationError ?? 'client-certificate'));
      return;
    }
    this.#secured(accepted, socket, this.#clients !== undefined && socket.authorized ? peerNamesOf(socket) : undefined);
  }

  #failed(socket: TLSSocket, reason: string): void {
    this.#listener.handshakeFailed(reason);
    socket.destroy();
  }
}

/** The names in the certificate of the other side, which has been verified. */
export function peerNamesOf(socket: TLSSocket): readonly string[] {
  return namesIn(socket.getPeerCertificate());
}

function endsOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}
