import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import {
  buildResponse,
  Header,
  parseMessage,
  type ResponseOptions,
  type SipMessage,
  SipRequest,
  SipResponse,
  StreamFramer,
} from '@ringdown/sip-message';
import type { HostPort } from '@ringdown/sip-transport';
import { openPhoneWire, type WireTransport } from '@ringdown/testkit';

const patienceMs = 3_000;

/** A raw SIP peer on a loopback socket: sends text, and hands out what came, each message once and in order. */
export class Peer {
  readonly inbox: SipMessage[] = [];
  /** What came and is no SIP message. */
  readonly unreadable: string[] = [];
  /** Whether the edge has closed the connection. */
  closed = false;
  readonly #waiting: (() => void)[] = [];
  #sequence = 0;

  private constructor(
    readonly transport: WireTransport,
    readonly edge: HostPort,
    readonly address: HostPort,
    private readonly write: (text: string) => void,
    readonly close: () => Promise<void>,
    private readonly end: () => void = () => undefined,
    readonly sentBy: string = `${address.host}:${address.port}`,
  ) {}

  /** A phone over any transport and either family; `ca` is whom it trusts over TLS and WSS. */
  static async over(transport: WireTransport, edge: HostPort, ca: string | undefined): Promise<Peer> {
    const wire = await openPhoneWire({
      transport,
      server: edge,
      ca,
      received: (text) => peer.#received(text),
      closed: () => {
        peer.closed = true;
        peer.#wake();
      },
    });
    const { address, sentBy } = wire;
    const peer: Peer = new Peer(transport, edge, address, wire.send, wire.close, wire.end, sentBy);
    return peer;
  }

  static async udp(edge: HostPort, at: HostPort = { host: '127.0.0.1', port: 0 }): Promise<Peer> {
    const socket: DatagramSocket = createSocket('udp4');
    socket.bind(at.port, at.host);
    await once(socket, 'listening');
    const { port } = socket.address();
    const peer: Peer = new Peer(
      'UDP',
      edge,
      { host: at.host, port },
      (text) => socket.send(Buffer.from(text, 'latin1'), edge.port, edge.host),
      async () => {
        socket.close();
        await once(socket, 'close');
      },
    );
    socket.on('message', (bytes) => peer.#received(bytes.toString('latin1')));
    return peer;
  }

  static async tcp(edge: HostPort): Promise<Peer> {
    const socket: Socket = connect(edge.port, edge.host);
    await once(socket, 'connect');
    const peer: Peer = new Peer(
      'TCP',
      edge,
      { host: '127.0.0.1', port: socket.localPort ?? 0 },
      (text) => socket.write(text, 'latin1'),
      () => ended(socket),
      () => socket.end(),
    );
    peer.#read(socket);
    return peer;
  }

  /** A server that the edge connects to; what it sends goes to whoever connected last. */
  static async tcpServer(edge: HostPort): Promise<Peer> {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      peer.#read(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer: Peer = new Peer(
      'TCP',
      edge,
      { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
      (text) => sockets.at(-1)?.write(text, 'latin1'),
      async () => {
        server.close();
        await Promise.all(sockets.map(ended));
      },
    );
    return peer;
  }

  static open(transport: 'UDP' | 'TCP', edge: HostPort): Promise<Peer> {
    return transport === 'UDP' ? Peer.udp(edge) : Peer.tcp(edge);
  }

  /** The contact of a user at this peer. */
  contact(user: string): string {
    // RFC 7118 §5.1: in a URI "ws" stands for WSS too.
    const transport = this.transport === 'WSS' ? 'ws' : this.transport.toLowerCase();
    return `sip:${user}@${this.sentBy}${transport === 'udp' ? '' : `;transport=${transport}`}`;
  }

  /** The token by which the edge names its UDP flow to this peer. */
  udpFlowToken(): string {
    return `udp/${this.address.host}/${this.address.port}`;
  }

  /** A Via of this peer's with a branch that was never used. */
  via(): string {
    this.#sequence += 1;
    const branch = `z9hG4bK${this.sentBy.replace(/\W/g, '')}x${this.#sequence}`;
    return `SIP/2.0/${this.transport} ${this.sentBy};branch=${branch};rport`;
  }

  send(text: string): void {
    this.write(text);
  }

  /** Answers a request; a To tag names this peer. */
  reply(request: SipRequest, statusCode: number, options: ResponseOptions = {}): void {
    const toTag = request.toTag === undefined && statusCode > 100 ? { toTag: `t${this.address.port}` } : {};
    this.write(buildResponse(request, statusCode, { ...toTag, ...options }));
  }

  /** The next message that fits; the ones before it stay. Rejects after a while. */
  async take<M extends SipMessage>(what: string, fits: (message: SipMessage) => message is M): Promise<M> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const at = this.inbox.findIndex(fits);
      if (at >= 0) return this.inbox.splice(at, 1)[0] as M;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`no ${what} came, but ${JSON.stringify(this.inbox.map(firstLine))}`);
      await this.#somethingNew(left);
    }
  }

  request(method: string): Promise<SipRequest> {
    return this.take(
      method,
      (message): message is SipRequest => message instanceof SipRequest && message.method === method,
    );
  }

  /** The next response with this status to a request of this method. */
  response(statusCode: number, method?: string): Promise<SipResponse> {
    return this.take(
      `${statusCode}`,
      (message): message is SipResponse =>
        message instanceof SipResponse &&
        message.statusCode === statusCode &&
        (method === undefined || message.cseq.method === method),
    );
  }

  /** The next final response to the transaction of this request. */
  final(request: string | SipRequest): Promise<SipResponse> {
    const sent = typeof request === 'string' ? parseMessage(request) : request;
    if (sent.kind !== 'request') throw new Error('only a request has a response');
    return this.take(
      `final response to ${sent.method}`,
      (message): message is SipResponse =>
        message instanceof SipResponse &&
        message.statusCode >= 200 &&
        message.cseq.method === sent.method &&
        message.topmostVia.branch === sent.topmostVia.branch,
    );
  }

  /** Everything that the edge sent before has arrived: its answer to an OPTIONS has. What came besides stays in the inbox. */
  async settled(): Promise<void> {
    const { host, port } = this.edge;
    const ask = [
      `OPTIONS sip:${host}:${port} SIP/2.0`,
      `Via: ${this.via()}`,
      'Max-Forwards: 70',
      `From: <sip:settled@${host}>;tag=settled`,
      `To: <sip:${host}:${port}>`,
      `Call-ID: settled-${this.address.port}-${this.#sequence}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
    this.write(ask);
    await this.final(ask);
  }

  /** First lines of what came and was not taken, apart from repetitions of what was. */
  get left(): readonly string[] {
    return this.inbox.map(firstLine);
  }

  /** Sends no more over the connection, but reads on. */
  halfClose(): void {
    this.end();
  }

  /** Resolves when the edge has closed the connection. */
  async whenClosed(): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (!this.closed) {
      const left = deadline - performance.now();
      if (left <= 0) throw new Error('the edge keeps the connection');
      await this.#somethingNew(left);
    }
  }

  #read(socket: Socket): void {
    const framer = new StreamFramer({ maxMessageBytes: 65_536 });
    socket.on('data', (chunk: Buffer) => {
      framer.push(chunk);
      for (let frame = framer.next(); frame.kind !== 'incomplete'; frame = framer.next()) {
        if (frame.kind === 'error') throw new Error(`the edge sent what can't be framed: ${frame.code}`);
        if (frame.kind === 'message') this.#received(frame.raw);
      }
    });
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  #received(text: string): void {
    const message = parseMessage(text);
    // An answer to what can't be read repeats what can't be read (RFC 3261 §8.2.6.2).
    if (message.kind === 'failure') this.unreadable.push(text);
    else this.inbox.push(message);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  #somethingNew(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timeout = setTimeout(resolve, withinMs);
      this.#waiting.push(() => {
        clearTimeout(timeout);
        resolve();
      });
    });
  }
}

async function ended(socket: Socket): Promise<void> {
  if (socket.closed) return;
  socket.destroy();
  await once(socket, 'close');
}

export function firstLine(message: SipMessage): string {
  return message instanceof SipRequest
    ? `${message.method} ${message.requestUri}`
    : `${(message as SipResponse).statusCode} ${message.value(Header.CSeq)?.split(' ')[1] ?? ''}`;
}
