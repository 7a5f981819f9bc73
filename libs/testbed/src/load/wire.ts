import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What a phone sends and receives over. */
export interface Wire {
  readonly transport: 'UDP' | 'TCP';
  readonly isReliable: boolean;
  readonly localHost: string;
  readonly localPort: number;
  send(text: string): void;
  close(): void;
}

export interface WireOptions {
  readonly localHost: string;
  readonly remoteHost: string;
  readonly remotePort: number;
  readonly received: (raw: string) => void;
  /** The connection has ended, whoever ended it but the phone itself. */
  readonly lost: () => void;
}

/** A UDP socket with a port of its own. */
export async function openUdp({ localHost, remoteHost, remotePort, received }: WireOptions): Promise<Wire> {
  // Without its own lookup, dgram resolves the address with every datagram.
  const type = localHost.includes(':') ? 'udp6' : 'udp4';
  const family = type === 'udp6' ? 6 : 4;
  const socket = createSocket({
    type,
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
    localHost,
    localPort: socket.address().port,
    send: (text) => socket.send(Buffer.from(text, 'latin1'), remotePort, remoteHost, () => {}),
    close: () => socket.close(),
  };
}

/** A TCP connection to the platform. Rejects when it can't be had. */
export async function openTcp({ localHost, remoteHost, remotePort, received, lost }: WireOptions): Promise<Wire> {
  const socket = connect({ host: remoteHost, port: remotePort, localAddress: localHost, noDelay: true });
  await once(socket, 'connect');
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    lost();
  };
  socket.on('error', end);
  socket.on('close', end);
  readMessages(socket, received);
  return {
    transport: 'TCP',
    isReliable: true,
    localHost,
    localPort: socket.localPort ?? 0,
    send: (text) => void socket.write(text, 'latin1'),
    close: () => {
      isOver = true;
      socket.destroy();
    },
  };
}

/** RFC 3261 §18.3: messages by their Content-Length; empty lines between them are keep-alives. */
function readMessages(socket: Socket, received: (raw: string) => void): void {
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
