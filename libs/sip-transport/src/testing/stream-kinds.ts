import { once } from 'node:events';
import { connect as connectTcp, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { formatHostPort, type HostPort } from '../host-port.js';
import { ServerCertificates } from '../server-certificates.js';
import type { StreamPort, StreamPortOptions } from '../stream-port.js';
import { TcpPort } from '../tcp-port.js';
import { TlsPort } from '../tls-port.js';
import { WebSocketPort } from '../web-socket-port.js';
import { TestAuthority } from './test-authority.js';

/** The kinds of stream port, which pass one suite. */
export const streamKinds = ['TCP', 'TLS', 'WS', 'WSS'] as const;
export type StreamKind = (typeof streamKinds)[number];

export const testAuthority = await TestAuthority.open();
const own = await testAuthority.issue(['localhost', '127.0.0.1', '::1']);
export const testCertificates = ServerCertificates.of([own]);

/** Opens a port that trusts, and is trusted by, all others opened here. */
export function openStream(kind: StreamKind, options: StreamPortOptions): Promise<StreamPort> {
  const certificates = testCertificates;
  if (kind === 'TCP') return TcpPort.open(options);
  if (kind === 'TLS') return TlsPort.open({ ...options, certificates, ca: [testAuthority.certPem] });
  return WebSocketPort.open({ ...options, certificates: kind === 'WSS' ? certificates : undefined });
}

/** A phone's end of a connection: what it sends and gets are latin1 strings. */
export interface StreamPeer {
  /** Sends one message or keepalive. */
  send(raw: string): void;
  /** What has come: the text of a stream, the messages of a WebSocket put together. */
  received(): string;
  /** Ends its side in the way its protocol has. */
  end(): void;
  /** Goes without a word. */
  destroy(): void;
  pause(): void;
  readonly closed: boolean;
  /** The address that it has itself. */
  readonly address: HostPort;
}

/** Connects and does all handshakes. Rejects when that fails. `before` is sent before anything else, such as a PROXY header. */
export async function dialStream(kind: StreamKind, to: HostPort, before?: Buffer): Promise<StreamPeer> {
  const socket = connectTcp({ host: to.host, port: to.port });
  await once(socket, 'connect');
  const address = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
  if (before !== undefined) socket.write(before);
  if (kind === 'WS' || kind === 'WSS') return dialWebSocket(kind, to, socket, address);
  const stream = kind === 'TLS' ? await secured(socket) : socket;
  stream.on('error', () => {});
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  return {
    send: (raw) => stream.write(raw, 'latin1'),
    received: () => text,
    end: () => stream.end(),
    destroy: () => socket.destroy(),
    pause: () => {
      stream.pause();
      socket.pause();
    },
    get closed() {
      return stream.closed || stream.readableEnded;
    },
    address,
  };
}

async function secured(socket: Socket): Promise<Socket> {
  const tls = connectTls({ socket, servername: 'localhost', ca: [testAuthority.certPem] });
  await once(tls, 'secureConnect');
  return tls;
}

async function dialWebSocket(kind: StreamKind, to: HostPort, socket: Socket, address: HostPort): Promise<StreamPeer> {
  const host = isIPv6(to.host) ? formatHostPort(to) : `localhost:${to.port}`;
  const stream = kind === 'WSS' ? await secured(socket) : socket;
  const webSocket = new WebSocket(`ws://${host}`, 'sip', { createConnection: () => stream });
  webSocket.on('error', () => {});
  let text = '';
  webSocket.on('message', (data) => {
    text += (data as Buffer).toString('latin1');
  });
  await once(webSocket, 'open');
  return {
    send: (raw) => webSocket.send(Buffer.from(raw, 'latin1')),
    received: () => text,
    end: () => webSocket.close(),
    destroy: () => socket.destroy(),
    pause: () => {
      webSocket.pause();
      stream.pause();
      socket.pause();
    },
    get closed() {
      return webSocket.readyState === WebSocket.CLOSED;
    },
    address,
  };
}
