import type { Socket } from 'node:net';
import { StreamFramer } from '@ringdown/sip-message';
import type { Connection } from './connection-table.js';
import { type Flow, nextFlowId, type TransportEvents } from './flow.js';
import type { HostPort } from './host-port.js';
import { Liveness } from './liveness.js';
import type { StreamLimits } from './stream-limits.js';

/** What a connection needs of the port that it belongs to. */
export interface ConnectionOwner {
  readonly transport: 'TCP' | 'TLS';
  readonly address: HostPort;
  readonly events: TransportEvents;
  readonly limits: StreamLimits;
  flowTo(remote: HostPort, serverName?: string): Flow;
  ended(connection: StreamConnection): void;
}

/** Who is at the other end of a connection. */
export interface ConnectionPeer {
  readonly remote: HostPort;
  /** Whether the peer opened it. Such a connection is reused only by its flow, never for its address. */
  readonly accepted: boolean;
  /** Of the certificate of a peer that opened it. */
  readonly peerNames?: readonly string[] | undefined;
}

/**
 * One TCP or TLS connection as a flow: `socket` is a TLS socket where the port speaks TLS. One that was accepted has its handshake
 * behind it; outgoing ones queue until `connected` is called.
 */
export class StreamConnection implements Connection {
  readonly id = nextFlowId();
  readonly transport: 'TCP' | 'TLS';
  readonly reliable = true;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly accepted: boolean;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #framer: StreamFramer;
  readonly #liveness: Liveness;
  #peerNames: readonly string[] | undefined;
  #unsent = '';
  #closed = false;
  #reason = 'peer-closed';
  #deadline: NodeJS.Timeout | undefined;
  /** Whether a whole message has come since the deadline was set. */
  #progressed = false;

  constructor(owner: ConnectionOwner, socket: Socket, peer: ConnectionPeer) {
    const { remote, accepted, peerNames } = peer;
    this.#owner = owner;
    this.#socket = socket;
    this.#framer = new StreamFramer({
      maxMessageBytes: owner.limits.maxMessageBytes,
      // RFC 5626 §3.5.1: the side that opened the connection sends the pings.
      expects: accepted ? 'ping' : 'pong',
    });
    this.#liveness = new Liveness(owner.limits, !accepted);
    this.transport = owner.transport;
    this.local = owner.address;
    this.remote = remote;
    this.accepted = accepted;
    this.#peerNames = peerNames;
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#markClosed(`error-${error.code ?? error.name}`));
    socket.on('end', () => this.#peerEnded());
    socket.on('close', () => this.#ended());
    if (!accepted) this.#deadline = setTimeout(() => this.abort('connect-timeout'), owner.limits.connectTimeoutMs);
  }

  /** To be called when an outgoing connection is there, its handshake included. */
  connected(peerNames?: readonly string[]): void {
    this.#peerNames = peerNames;
    this.#clearDeadline();
  }

  get peerNames(): readonly string[] | undefined {
    return this.#peerNames;
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(raw: string): boolean {
    if (this.#closed) return false;
    if (this.#socket.writableLength + this.#unsent.length + raw.length > this.#owner.limits.maxQueuedBytes) {
      this.abort('peer-not-reading');
      return false;
    }
    // What one turn of the event loop sends leaves in one write.
    if (this.#unsent === '') process.nextTick(flushConnection, this);
    this.#unsent += raw;
    this.#liveness.sent();
    return true;
  }

  flowTo(remote: HostPort, serverName?: string): Flow {
    return this.#owner.flowTo(remote, serverName);
  }

  close(): void {
    this.end('closed');
  }

  /** Closes after what is queued has left, or after the linger time. */
  end(reason: string): void {
    if (this.#closed) return;
    this.flush();
    this.#markClosed(reason);
    this.#socket.end();
    this.#clearDeadline();
    this.#deadline = setTimeout(() => this.#socket.destroy(), this.#owner.limits.lingerMs);
  }

  /** Closes at once; what is queued is lost. */
  abort(reason: string): void {
    this.#markClosed(reason);
    this.#socket.destroy();
  }

  sweep(nowMs: number): void {
    if (this.#liveness.quiet) this.#framer.release();
    const due = this.#liveness.sweep(nowMs);
    // RFC 5626 §3.5.1. An unanswered ping means that the flow is dead (§4.4.1).
    if (due === 'ping') this.send('\r\n\r\n');
    else if (due !== 'nothing') this.abort(due);
  }

  /** Resolves when the socket is gone. */
  whenEnded(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) resolve();
      else this.#socket.once('close', () => resolve());
    });
  }

  /** Hands what this turn has sent to the socket. */
  flush(): void {
    const unsent = this.#unsent;
    this.#unsent = '';
    if (unsent !== '' && !this.#closed) this.#socket.write(unsent, 'latin1');
  }

  #received(chunk: Buffer): void {
    if (this.#closed) return;
    this.#liveness.heard();
    this.#framer.push(chunk);
    for (;;) {
      const frame = this.#framer.next();
      switch (frame.kind) {
        case 'message':
          this.#progressed = true;
          this.#owner.events.message(frame.raw, this, undefined);
          break;
        case 'ping':
          // RFC 5626 §3.5.1: a double CRLF is answered with a single one.
          this.send('\r\n');
          break;
        case 'pong':
          break;
        case 'incomplete':
          this.#waitForRest();
          return;
        case 'error':
          // RFC 3261 §18.3: where one message ends can't be told any more, so the connection is of no further use.
          this.#owner.events.malformed(frame.head, this, frame.code);
          this.end(`framing-error-${frame.code}`);
          return;
      }
      if (this.#closed) return;
    }
  }

  /** A peer that begins a message and never ends it would otherwise hold its buffer by sending a byte now and then. */
  #waitForRest(): void {
    if (this.#deadline !== undefined || !this.#hasBegunMessage()) return;
    this.#progressed = false;
    this.#deadline = setTimeout(() => this.#restIsDue(), this.#owner.limits.messageTimeoutMs);
  }

  #restIsDue(): void {
    this.#deadline = undefined;
    if (!this.#hasBegunMessage()) return;
    if (this.#progressed) this.#waitForRest();
    else this.#cutShort('message-timeout');
  }

  /** The peer sends nothing more. It may still read: what it stopped in the middle of is answered. */
  #peerEnded(): void {
    if (!this.#closed) this.#cutShort('peer-closed');
  }

  /** RFC 3261 §18.3: a message that is shorter than its Content-Length says is an error, answered with 400 where it can be. */
  #cutShort(reason: string): void {
    const frame = this.#framer.end();
    if (frame.kind === 'error') this.#owner.events.malformed(frame.head, this, frame.code);
    this.end(reason);
  }

  /** Up to three bytes may be the CRLF of a keepalive that is kept because it may be half of a ping. */
  #hasBegunMessage(): boolean {
    return this.#framer.pendingBytes > 3;
  }

  #clearDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }

  #markClosed(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason = reason;
  }

  #ended(): void {
    this.#markClosed(this.#reason);
    this.#clearDeadline();
    this.#unsent = '';
    this.#owner.ended(this);
    this.#owner.events.flowClosed(this, this.#reason);
  }
}

function flushConnection(connection: StreamConnection): void {
  connection.flush();
}
