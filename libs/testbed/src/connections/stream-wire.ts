import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { inUri, readMessages } from '../load/wire.js';
import type { StreamTransport } from './storm-plan.js';
import { clientFrame, upgradeRequest, WebSocketReader } from './web-socket-frames.js';

/** A phone's connection that is open. */
export interface StreamWire {
  /** `host:port` of this side, as it stands in Via and Contact. */
  readonly sentBy: string;
  /** Whether TLS resumed a session. */
  readonly isResumed: boolean;
  send(text: string): void;
  /** Closes without a word, and without telling `lost`. */
  abort(): void;
}

export interface StreamWireOptions {
  readonly transport: StreamTransport;
  readonly localHost: string;
  readonly remote: { readonly host: string; readonly port: number };
  /** What TLS trusts; one for all phones. */
  readonly trusted: SecureContext;
  readonly session: Buffer | undefined;
  readonly sessionMade: (session: Buffer) => void;
  readonly opened: (wire: StreamWire) => void;
  readonly received: (raw: string) => void;
  /** It broke, or could not be had, by the system's or OpenSSL's code or a word of our own. */
  readonly lost: (reason: string) => void;
}

/** A phone's patience with a connection, all handshakes included; RFC 3261's timer B. */
const connectTimeoutMs = 32_000;

/** Begins to open a connection. `opened` is told once, or `lost`, or first the one and later the other. Returns what gives it up. */
export function openStreamWire(options: StreamWireOptions): () => void {
  const { transport, localHost, remote, lost } = options;
  const isSecure = transport === 'TLS' || transport === 'WSS';
  const where = { ...remote, localAddress: localHost };
  const socket = isSecure
    ? connectTls({
        ...where,
        secureContext: options.trusted,
        ...(options.session === undefined ? {} : { session: options.session }),
      })
    : connectTcp(where);
  let isOver = false;
  const over = (reason: string | undefined): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(patience);
    socket.destroy();
    if (reason !== undefined) lost(reason);
  };
  const patience = setTimeout(() => over('timeout'), connectTimeoutMs);
  const abort = (): void => over(undefined);
  socket.setNoDelay(true);
  socket.on('error', (error: NodeJS.ErrnoException) => over(error.code ?? error.message));
  socket.on('close', () => over('closed'));
  if (isSecure) socket.on('session', options.sessionMade);
  const opened = (sentBy: string, send: (text: string) => void): void => {
    clearTimeout(patience);
    options.opened({ sentBy, isResumed: isSecure && (socket as TLSSocket).isSessionReused(), send, abort });
  };
  socket.once(isSecure ? 'secureConnect' : 'connect', () => {
    if (transport === 'WS' || transport === 'WSS') openWebSocket(socket, options, opened, over);
    else {
      readMessages(socket, options.received);
      opened(`${inUri(localHost)}:${socket.localPort}`, (text) => void socket.write(text, 'latin1'));
    }
  });
  return abort;
}

function openWebSocket(
  socket: Socket,
  { remote, received }: StreamWireOptions,
  opened: (sentBy: string, send: (text: string) => void) => void,
  over: (reason: string) => void,
): void {
  const reader = new WebSocketReader();
  socket.on('data', (chunk: Buffer) => {
    for (const frame of reader.push(chunk)) {
      if (frame.kind === 'message') received(frame.text);
      else if (frame.kind === 'ping') socket.write(clientFrame('pong', frame.payload));
      else if (frame.kind === 'closed') over('closed');
      else
        opened(
          `${Math.random().toString(36).slice(2)}.invalid`,
          (text) => void socket.write(clientFrame('text', Buffer.from(text, 'latin1'))),
        );
    }
  });
  socket.write(upgradeRequest(inUri(remote.host)));
}
