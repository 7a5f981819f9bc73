import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Recording, WireTransport } from './recording.js';
import { sentByOf, WireFramer, WireMessage } from './wire-message.js';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface RecordingRelayOptions {
  readonly recording: Recording;
  /** What the element behind the relay is called in the recording. */
  readonly name: string;
  /** Where that element listens, for UDP and TCP. */
  readonly element: HostPort;
  /** Where the relay listens in its place, for UDP and TCP; port 0 is any. */
  readonly listen: HostPort;
}

/** One who sends to the element through the relay, with a way of its own to the element. */
interface Client {
  readonly name: string;
}

type Way = 'to element' | 'to client';

/**
 * Stands before one SIP element, as a balancer would, and passes every datagram and every byte on unchanged, both ways: each client has a
 * socket of its own towards the element, which sees that socket's address as the client's. What passes is recorded.
 */
export class RecordingRelay {
  private readonly uplinks = new Map<
    string,
    Client & { readonly socket: UdpSocket; readonly ready: Promise<unknown> }
  >();
  private readonly connections = new Set<Socket>();

  private constructor(
    private readonly options: RecordingRelayOptions,
    private readonly udp: UdpSocket,
    private readonly tcp: Server,
  ) {
    udp.on('message', (bytes, source) => this.datagram(bytes, { host: source.address, port: source.port }));
    tcp.on('connection', (socket) => this.connection(socket));
  }

  /** Where it listens. */
  get address(): HostPort {
    const { address, port } = this.udp.address();
    return { host: address, port };
  }

  /** Rejects with Node's error when the address can't be had. */
  static async open(options: RecordingRelayOptions): Promise<RecordingRelay> {
    const { udp, tcp } = await bothOf(options.listen);
    udp.on('error', () => {});
    return new RecordingRelay(options, udp, tcp);
  }

  async close(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    const closed = once(this.tcp, 'close');
    this.tcp.close();
    const sockets = [this.udp, ...[...this.uplinks.values()].map(({ socket }) => socket)];
    await Promise.all([closed, ...sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve)))]);
  }

  private datagram(bytes: Buffer, source: HostPort): void {
    const { element } = this.options;
    const key = `${source.host}:${source.port}`;
    let client = this.uplinks.get(key);
    if (client === undefined) {
      const socket = createSocket('udp4');
      const name = clientName(new WireMessage(bytes.toString('latin1')), this.options.recording);
      client = { name, socket, ready: once(socket, 'listening') };
      socket.bind(0, this.hostOf(name));
      this.uplinks.set(key, client);
      const opened = client;
      // A client that has gone leaves an ICMP error behind, which concerns nobody.
      socket.on('error', () => {});
      socket.on('message', (answer) => {
        this.record('UDP', opened, 'to client', answer.toString('latin1'));
        this.udp.send(answer, source.port, source.host);
      });
    }
    const { socket, ready } = client;
    this.record('UDP', client, 'to element', bytes.toString('latin1'));
    void ready.then(() => socket.send(bytes, element.port, element.host));
  }

  private connection(socket: Socket): void {
    this.connections.add(socket);
    socket.on('error', () => socket.destroy());
    // Who it is must be known before the element sees a connection, which has that one's address.
    socket.once('data', (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      const name = clientName(new WireMessage(first.toString('latin1')), this.options.recording);
      const { host, port } = this.options.element;
      const uplink = connect({ host, port, localAddress: this.hostOf(name) });
      this.pass(socket, uplink, { name }, 'to element');
      this.pass(uplink, socket, { name }, 'to client');
      socket.resume();
    });
  }

  /** A proxy that has been named keeps its own address, by which others know it; phones have any. */
  private hostOf(name: string): string {
    return this.options.recording.hostOf(name) ?? '127.0.0.1';
  }

  private pass(from: Socket, to: Socket, client: Client, way: Way): void {
    const framer = new WireFramer();
    this.connections.add(from);
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      for (const raw of framer.push(chunk)) this.record('TCP', client, way, raw);
      to.write(chunk);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.connections.delete(from);
      to.destroy();
    });
  }

  private record(transport: WireTransport, client: Client, way: Way, raw: string): void {
    // Keepalives are no messages.
    if (!raw.includes('SIP/2.0')) return;
    const { recording, name } = this.options;
    if (way === 'to element') recording.add(transport, client.name, name, raw);
    else recording.add(transport, name, client.name, raw);
  }
}

/**
 * A client's first message is a request. Its topmost Via tells a proxy that has been named; phones are called by the letters of their user:
 * `bob7` is the seventh test's Bob.
 */
function clientName(first: WireMessage, recording: Recording): string {
  const proxy = recording.elementAt(sentByOf(first.list('Via')[0] ?? ''));
  return proxy ?? /sips?:([a-z]+)\d*@/.exec(first.header('From'))?.[1] ?? 'unknown';
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port after it listens');
  return address.port;
}

/** A UDP and a TCP socket of the same port. One that is free for TCP may be somebody's for UDP: of free ports another is tried then. */
async function bothOf(
  { host, port }: HostPort,
  attempts = 10,
): Promise<{ readonly udp: UdpSocket; readonly tcp: Server }> {
  const tcp = createServer();
  tcp.listen(port, host);
  await once(tcp, 'listening');
  const udp = createSocket('udp4');
  try {
    const listening = once(udp, 'listening');
    udp.bind(portOf(tcp), host);
    await listening;
    return { udp, tcp };
  } catch (error) {
    udp.close();
    tcp.close();
    if (port !== 0 || attempts === 1) throw error;
    return bothOf({ host, port }, attempts - 1);
  }
}
