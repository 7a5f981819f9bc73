import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { StreamLimits } from './stream-limits.js';

/** What becomes of the streams that a handshake was begun on. */
export interface WebSocketHandshakeOptions {
  readonly limits: StreamLimits;
  /** The origins whose pages may connect, such as `https://phone.example.com`; undefined: all. */
  readonly origins: readonly string[] | undefined;
  opened(webSocket: WebSocket, stream: Socket): void;
  /** The stream is answered and closes. */
  failed(reason: string): void;
}

/** RFC 7118 §4. */
const subprotocol = 'sip';

/** SIP needs one frame a message; more are allowed (RFC 6455 §5.4), but not one a byte. */
const maxFragments = 256;

/**
 * The server's side of WebSocket handshakes (RFC 6455 §4.2, RFC 7118 §4.2) on streams that something else accepts. Requests for
 * anything else are told what this port is for.
 */
export class WebSocketHandshake {
  readonly #options: WebSocketHandshakeOptions;
  readonly #http: Server;
  readonly #webSockets: WebSocketServer;
  readonly #deadlines = new Map<Duplex, NodeJS.Timeout>();
  readonly #origins: ReadonlySet<string> | undefined;

  constructor(options: WebSocketHandshakeOptions) {
    const { limits, origins } = options;
    this.#options = options;
    this.#origins = origins === undefined ? undefined : new Set(origins.map((origin) => origin.toLowerCase()));
    this.#http = createServer({ maxHeaderSize: 8_192, keepAliveTimeout: 1 });
    this.#http.on('request', (request, response) => {
      this.#options.failed('plain-http');
      response.writeHead(426, { Upgrade: 'websocket', Connection: 'close', 'Content-Type': 'text/plain' });
      response.end('This port speaks SIP over WebSocket (RFC 7118): connect with the subprotocol "sip".\n');
      request.resume();
    });
    this.#http.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
    this.#http.on('clientError', (_error, stream) => {
      this.#refuse(stream, 400, 'bad-request', 'This is no HTTP request.');
    });
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: limits.maxMessageBytes,
      maxFragments,
      maxBufferedChunks: maxFragments * 2,
      handleProtocols: () => subprotocol,
    });
    this.#webSockets.on('wsClientError', (error, stream) => {
      this.#refuse(stream, 400, 'bad-handshake', `${error.message}.`);
    });
  }

  /** Begins the handshake. */
  accept(stream: Socket): void {
    const late = (): void => {
      this.#options.failed('timeout');
      stream.destroy();
    };
    this.#deadlines.set(stream, setTimeout(late, this.#options.limits.handshakeTimeoutMs));
    stream.once('close', () => this.#settled(stream));
    this.#http.emit('connection', stream);
  }

  /** Ends the handshakes under way. */
  close(): void {
    for (const stream of this.#deadlines.keys()) stream.destroy();
  }

  #settled(stream: Duplex): void {
    clearTimeout(this.#deadlines.get(stream));
    this.#deadlines.delete(stream);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { origin } = request.headers;
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim());
    if (!offered?.includes(subprotocol)) {
      this.#refuse(stream, 400, 'no-subprotocol', 'The subprotocol "sip" is required (RFC 7118, section 4.1).');
      return;
    }
    // Whoever isn't a browser sends no origin, and could send any.
    if (this.#origins !== undefined && origin !== undefined && !this.#origins.has(origin.toLowerCase())) {
      this.#refuse(stream, 403, 'origin', 'Pages of this origin may not connect.');
      return;
    }
    this.#webSockets.handleUpgrade(request, stream, head, (webSocket) => {
      this.#settled(stream);
      // Node's type is wider than what `accept` takes.
      this.#options.opened(webSocket, stream as Socket);
    });
  }

  #refuse(stream: Duplex, status: number, reason: string, sentence: string): void {
    this.#options.failed(reason);
    if (!stream.writable) {
      stream.destroy();
      return;
    }
    const body = `${sentence}\n`;
    stream.once('finish', () => stream.destroy());
    stream.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
  }
}
