import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { LoadTransport } from './load-plan.js';

/** What a phone sends and receives over. */
export interface Wire {
  readonly transport: LoadTransport;
  readonly isReliable: boolean;
  /** `host:port` of this side, as it stands in Via and Contact. */
  readonly sentBy: string;
  send(text: string): void;
  close(): void;
}

export interface WireOptions {
  readonly transport: LoadTransport;
  readonly localHost: string;
  /** Stands for a WebSocket's host, and stays when it is opened anew (RFC 7118 §B.1). */
  readonly name: string;
  readonly remoteHost: string;
  readonly remotePort: number;
  readonly received: (raw: string) => void;
  /** The connection has ended, whoever ended it but the phone itself. */
  readonly lost: () => void;
}

/** Where the platform takes each of them unless it is told otherwise. */
export const usualPorts: Readonly<Record<LoadTransport, number>> = {
  UDP: 5060,
  TCP: 5060,
  TLS: 5061,
  WS: 5080,
  WSS: 5443,
};

/** Opens a socket or a connection. Rejects when it can't be had. */
export function openWire(options: WireOptions): Promise<Wire> {
  switch (options.transport) {
    case 'UDP':
      return openUdp(options);
    case 'WS':
    case 'WSS':
      return openWebSocket(options);
    default:
      return openStream(options);
  }
}

/** A host as it stands in a URI. */
export function inUri(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

async function openUdp({ localHost, remoteHost, remotePort, received }: WireOptions): Promise<Wire> {
  const type = localHost.includes(':') ? 'udp6' : 'udp4';
  const family = type === 'udp6' ? 6 : 4;
  const socket = createSocket({
    type,
    // Without its own lookup, dgram resolves the address with every datagram.
    lookup: (host, _options, done) => done(null, host, family),
    recvBufferSize: 1 << 20,
  });
  socket.on('message', (bytes) => received(bytes.toString('latin1')));
  // ICMP of an edge that is gone: the retransmissions see to it.
  socket.on('error', () => {});
  const listening = once(socket, 'listening');
  socket.bind(0, localHost);
  await listening;
  return {
    transport: 'UDP',
    isReliable: false,
    sentBy: `${inUri(localHost)}:${socket.address().port}`,
    send: (text) => socket.send(Buffer.from(text, 'latin1'), remotePort, remoteHost, () => {}),
    close: () => socket.close(),
  };
}

async function openStream({
  transport,
  localHost,
  remoteHost,
  remotePort,
  received,
  lost,
}: WireOptions): Promise<Wire> {
  const where = { host: remoteHost, port: remotePort, localAddress: localHost };
  const socket = transport === 'TLS' ? connectTls(where) : connectTcp(where);
  socket.setNoDelay(true);
  await once(socket, transport === 'TLS' ? 'secureConnect' : 'connect');
  const end = onlyOnce(() => {
    socket.destroy();
    lost();
  });
  socket.on('error', end.call);
  socket.on('close', end.call);
  readMessages(socket, received);
  return {
    transport,
    isReliable: true,
    sentBy: `${inUri(localHost)}:${socket.localPort}`,
    send: (text) => void socket.write(text, 'latin1'),
    close: () => {
      end.forget();
      socket.destroy();
    },
  };
}

/** RFC 7118: a message a frame; the phone's own address is unknown to it. */
async function openWebSocket({ transport, name, remoteHost, remotePort, received, lost }: WireOptions): Promise<Wire> {
  const socket = new WebSocket(`${transport.toLowerCase()}://${inUri(remoteHost)}:${remotePort}`, 'sip');
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('close', () => reject(new Error('no WebSocket to be had')));
  });
  const end = onlyOnce(lost);
  socket.addEventListener('close', end.call);
  socket.addEventListener('message', ({ data }) => received(String(data)));
  return {
    transport,
    isReliable: true,
    sentBy: `${name}.invalid`,
    send: (text) => socket.send(text),
    close: () => {
      end.forget();
      socket.close();
    },
  };
}

function onlyOnce(callback: () => void): { call(): void; forget(): void } {
  let isDone = false;
  return {
    call: () => {
      if (isDone) return;
      isDone = true;
      callback();
    },
    forget: () => {
      isDone = true;
    },
  };
}

/** RFC 3261 §18.3: messages by their Content-Length; empty lines between them are keep-alives. */
export function readMessages(socket: Socket, received: (raw: string) => void): void {
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString('latin1');
    for (;;) {
      text = text.replace(/^(?:\r\n)+/, '');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const length = Number(/\r\n(?:content-length|l)\s*:\s*(\d+)/i.exec(text.slice(0, headEnd + 2))?.[1] ?? 0);
      const end = headEnd + 4 + length;
      if (text.length < end) return;
      received(text.slice(0, end));
      text = text.slice(end);
    }
  });
}
