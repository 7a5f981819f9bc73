import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Connection } from './connection-table.js';
import { type Flow, nextFlowId, type TransportEvents } from './flow.js';
import type { HostPort } from './host-port.js';
import { Liveness } from './liveness.js';
import type { StreamLimits } from './stream-limits.js';

/** What a WebSocket needs of the port that it belongs to. */
export interface WebSocketOwner {
  readonly transport: 'WS' | 'WSS';
  readonly address: HostPort;
  readonly events: TransportEvents;
  readonly limits: StreamLimits;
  flowTo(remote: HostPort): Flow;
  ended(connection: WebSocketConnection): void;
}

/** RFC 6455 §7.4.1. */
const goingAway = 1001;

/** A masked frame of up to 125 bytes (RFC 6455 §5.2). */
const controlFrameHeadBytes = 6;

/** One WebSocket, opened by a client, as a flow: a SIP message is a WebSocket message (RFC 7118 §5). */
export class WebSocketConnection implements Connection {
  readonly id = nextFlowId();
  readonly transport: 'WS' | 'WSS';
  readonly reliable = true;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly #owner: WebSocketOwner;
  readonly #webSocket: WebSocket;
  /** What the frames are written to; corked while one turn of the event loop sends. */
  readonly #stream: Socket;
  readonly #liveness: Liveness;
  /** How many of the bytes that came belong to whole frames of whole messages, and since when there are more; 0: there aren't. */
  #wholeBytes: number;
  #begunAtMs = 0;
  #closed = false;
  #reason = 'peer-closed';
  #linger: NodeJS.Timeout | undefined;

  constructor(owner: WebSocketOwner, webSocket: WebSocket, stream: Socket, remote: HostPort) {
    this.#owner = owner;
    this.#webSocket = webSocket;
    this.#stream = stream;
    this.#liveness = new Liveness(owner.limits, true);
    this.transport = owner.transport;
    this.local = owner.address;
    this.remote = remote;
    this.#wholeBytes = stream.bytesRead;
    webSocket.on('message', (data) => this.#received(data as Buffer));
    webSocket.on('ping', (data) => this.#heardControl(data));
    webSocket.on('pong', (data) => this.#heardControl(data));
    webSocket.on('error', (error: NodeJS.ErrnoException) => this.#markClosed(`error-${error.code ?? error.name}`));
    webSocket.on('close', () => this.#ended());
  }

  get closed(): boolean {
    return this.#closed || this.#webSocket.readyState !== this.#webSocket.OPEN;
  }

  send(raw: string): boolean {
    if (this.closed) return false;
    if (this.#webSocket.bufferedAmount + raw.length > this.#owner.limits.maxQueuedBytes) {
      this.abort('peer-not-reading');
      return false;
    }
    // What one turn of the event loop sends leaves in one write.
    if (this.#stream.writableCorked === 0) {
      this.#stream.cork();
      process.nextTick(uncork, this.#stream);
    }
    const bytes = Buffer.from(raw, 'latin1');
    // RFC 6455 §5.6: a text frame is UTF-8, so a body of other bytes takes a binary one.
    this.#webSocket.send(bytes, { binary: !isUtf8(bytes) });
    this.#liveness.sent();
    return true;
  }

  flowTo(remote: HostPort): Flow {
    return this.#owner.flowTo(remote);
  }

  close(): void {
    this.end('closed');
  }

  end(reason: string): void {
    if (this.#closed) return;
    this.#markClosed(reason);
    this.#webSocket.close(goingAway);
    this.#linger = setTimeout(() => this.#webSocket.terminate(), this.#owner.limits.lingerMs);
  }

  /** Closes at once; what is queued is lost. */
  abort(reason: string): void {
    this.#markClosed(reason);
    this.#webSocket.terminate();
  }

  sweep(nowMs: number): void {
    const due = this.#isRestOverdue(nowMs) ? 'message-timeout' : this.#liveness.sweep(nowMs);
    if (due === 'ping') this.#webSocket.ping();
    else if (due !== 'nothing') this.abort(due);
  }

  whenEnded(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#webSocket.readyState === this.#webSocket.CLOSED) resolve();
      else this.#webSocket.once('close', () => resolve());
    });
  }

  #received(data: Buffer): void {
    if (this.#closed) return;
    this.#liveness.heard();
    this.#wholeBytes = this.#stream.bytesRead;
    this.#begunAtMs = 0;
    const raw = data.toString('latin1');
    // RFC 5626 §3.5.1, which RFC 7118 §6 allows here: a double CRLF is answered with a single one.
    if (raw === '\r\n\r\n') this.send('\r\n');
    else if (raw !== '\r\n' && raw !== '') this.#owner.events.message(raw, this, undefined);
  }

  /** Control frames may come between the fragments of a message (RFC 6455 §5.5), so they don't show that it goes on. */
  #heardControl(data: Buffer): void {
    this.#liveness.heard();
    this.#wholeBytes = Math.min(this.#stream.bytesRead, this.#wholeBytes + controlFrameHeadBytes + data.length);
  }

  /** A peer that begins a message and never ends it would otherwise hold its buffer by sending a byte or a pong now and then. */
  #isRestOverdue(nowMs: number): boolean {
    if (this.#stream.bytesRead === this.#wholeBytes) this.#begunAtMs = 0;
    else if (this.#begunAtMs === 0) this.#begunAtMs = nowMs;
    else return nowMs - this.#begunAtMs >= this.#owner.limits.messageTimeoutMs;
    return false;
  }

  #markClosed(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason = reason;
  }

  #ended(): void {
    this.#markClosed(this.#reason);
    clearTimeout(this.#linger);
    this.#owner.ended(this);
    this.#owner.events.flowClosed(this, this.#reason);
  }
}

function uncork(stream: Socket): void {
  stream.uncork();
}
