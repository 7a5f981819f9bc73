import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6, type Socket, connect as tcpConnect } from 'node:net';
import { getCACertificates, setDefaultCACertificates, connect as tlsConnect } from 'node:tls';
import { StreamFramer } from '@ringdown/sip-message';
import type { HostPort, TransportName } from '@ringdown/sip-transport';

export type WireTransport = Exclude<TransportName, 'SIPLINK'>;

export interface PhoneWireOptions {
  readonly transport: WireTransport;
  readonly server: HostPort;
  /** PEM: whom TLS and WSS trust; absent: everybody over TLS. */
  readonly ca?: string | undefined;
  readonly received: (text: string) => void;
  readonly closed?: () => void;
}

/** One phone's wire to a server, over any of the five transports: sends text, and hands out each message that comes. */
export interface PhoneWire {
  readonly transport: WireTransport;
  /** Host and port as the phone writes them into Via and Contact: IPv6 in brackets, a name below `.invalid` without a port over WebSocket (RFC 7118 §5). */
  readonly sentBy: string;
  readonly address: HostPort;
  send(text: string): void;
  /** Sends no more over a connection, but reads on. */
  end(): void;
  close(): Promise<void>;
}

/** Opens the wire; rejects where the server can't be reached, or isn't trusted. */
export function openPhoneWire(options: PhoneWireOptions): Promise<PhoneWire> {
  switch (options.transport) {
    case 'UDP':
      return openDatagrams(options);
    case 'TCP':
    case 'TLS':
      return openStream(options);
    default:
      return openWebSocket(options);
  }
}

async function openDatagrams({ server, received }: PhoneWireOptions): Promise<PhoneWire> {
  const socket = createSocket(isIPv6(server.host) ? 'udp6' : 'udp4');
  socket.bind(0, isIPv6(server.host) ? '::1' : '127.0.0.1');
  await once(socket, 'listening');
  socket.on('message', (bytes) => received(bytes.toString('latin1')));
  const { address, port } = socket.address();
  return {
    transport: 'UDP',
    address: { host: address, port },
    sentBy: written({ host: address, port }),
    send: (text) => socket.send(Buffer.from(text, 'latin1'), server.port, server.host),
    end: () => undefined,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

async function openStream({ transport, server, ca, received, closed }: PhoneWireOptions): Promise<PhoneWire> {
  const socket: Socket =
    transport === 'TLS'
      ? tlsConnect({ ...server, ...(ca === undefined ? { rejectUnauthorized: false } : { ca }) })
      : tcpConnect(server);
  await once(socket, transport === 'TLS' ? 'secureConnect' : 'connect');
  const framer = new StreamFramer({ maxMessageBytes: 65_536 });
  socket.on('data', (chunk: Buffer) => {
    framer.push(chunk);
    for (let frame = framer.next(); frame.kind !== 'incomplete'; frame = framer.next()) {
      if (frame.kind === 'error') throw new Error(`the server sent what can't be framed: ${frame.code}`);
      if (frame.kind === 'message') received(frame.raw);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => closed?.());
  const address = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
  return {
    transport,
    address,
    sentBy: written(address),
    send: (text) => socket.write(text, 'latin1'),
    end: () => socket.end(),
    close: async () => {
      if (socket.closed) return;
      socket.destroy();
      await once(socket, 'close');
    },
  };
}

async function openWebSocket({ transport, server, ca, received, closed }: PhoneWireOptions): Promise<PhoneWire> {
  // The platform's own client takes authorities from the process alone.
  if (ca !== undefined) setDefaultCACertificates([...getCACertificates('default'), ca]);
  const socket = new WebSocket(`${transport.toLowerCase()}://${written(server)}`, 'sip');
  socket.binaryType = 'arraybuffer';
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error(`no WebSocket to ${socket.url}`)));
  });
  socket.addEventListener('message', ({ data }) =>
    received(Buffer.from(data as string | ArrayBuffer as string).toString('latin1')),
  );
  const over = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()));
  void over.then(() => closed?.());
  const host = `${randomBytes(6).toString('hex')}.invalid`;
  return {
    transport,
    address: { host, port: 0 },
    sentBy: host,
    send: (text) => socket.send(Buffer.from(text, 'latin1')),
    end: () => socket.close(),
    close: async () => {
      socket.close();
      await over;
    },
  };
}

function written({ host, port }: HostPort): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}
