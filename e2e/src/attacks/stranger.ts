import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { HostPort } from '../peers/recording-relay.js';
import { WireMessage } from '../peers/wire-message.js';
import { credentials, readChallenge } from '../rfc3665/digest.js';
import type { HeaderLine } from '../rfc3665/scripted-phone.js';

/** A request as it is written; what is absent is as an honest phone of the stranger's would write it. */
export interface WrittenRequest {
  readonly from: string;
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
  /** All Via values; one of the stranger's own where absent. */
  readonly vias?: readonly string[];
  readonly headers?: readonly HeaderLine[];
}

/** Whose digest a challenge is answered with. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

const answerMs = 10_000;
/** As long as anything on loopback takes that is going to come. */
const silenceMs = 300;

/** Somebody at a host of its own: writes whatever it likes, and keeps all that comes to its port, over UDP and as connections over TCP. */
export class Stranger {
  /** Datagrams as they came, in order, and the first bytes of each connection. */
  readonly heard: string[] = [];
  private wake: () => void = () => {};
  private read = 0;

  private constructor(
    private readonly socket: UdpSocket,
    private readonly server: Server,
    readonly address: HostPort,
  ) {}

  static async at(host: string, port = 0): Promise<Stranger> {
    const server = createServer();
    server.listen(port, host);
    await once(server, 'listening');
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new Error('a TCP server has a port after it listens');
    const socket = createSocket('udp4');
    socket.bind(bound.port, host);
    await once(socket, 'listening');
    const stranger = new Stranger(socket, server, { host, port: bound.port });
    socket.on('message', (bytes, { address, port }) => {
      const text = bytes.toString('latin1');
      stranger.hear(text);
      // Whoever calls it shall not have to wait.
      if (text.startsWith('INVITE ')) stranger.send(busy(new WireMessage(text)), { host: address, port });
    });
    server.on('connection', (connection) => {
      connection.on('error', () => {});
      connection.once('data', (bytes: Buffer) => {
        stranger.hear(bytes.toString('latin1'));
        connection.destroy();
      });
    });
    return stranger;
  }

  get hostPort(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  /** A Via of its own. */
  via(transport = 'UDP'): string {
    return `SIP/2.0/${transport} ${this.hostPort};rport;branch=z9hG4bK${randomBytes(8).toString('hex')}`;
  }

  /** Writes a request, without sending it. */
  write(method: string, requestUri: string, request: WrittenRequest): string {
    const { from, to = `<${requestUri}>`, cseq = 1, vias = [this.via()], headers = [] } = request;
    const lines: HeaderLine[] = [
      ...vias.map((via): HeaderLine => ['Via', via]),
      ['Max-Forwards', '70'],
      ['From', from.includes('tag=') ? from : `<${from}>;tag=${randomBytes(4).toString('hex')}`],
      ['To', to],
      ['Call-ID', request.callId ?? randomBytes(9).toString('hex')],
      ['CSeq', `${cseq} ${method}`],
      ...headers,
      ['Content-Length', '0'],
    ];
    return `${method} ${requestUri} SIP/2.0\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  }

  send(text: string, to: HostPort): void {
    this.socket.send(Buffer.from(text, 'latin1'), to.port, to.host);
  }

  /** Sends a request and resolves with its final response; a challenge is answered once where there is a login, and acknowledged. */
  async ask(edge: HostPort, method: string, requestUri: string, request: WrittenRequest, login?: Login) {
    const callId = request.callId ?? randomBytes(9).toString('hex');
    const from = request.from.includes('tag=') ? request.from : `<${request.from}>;tag=${callId.slice(0, 8)}`;
    const { headers = [], cseq = 1 } = request;
    const first = this.write(method, requestUri, { ...request, callId, from });
    this.send(first, edge);
    const answered = await this.final(method);
    this.acknowledge(edge, first, answered);
    if (login === undefined || (answered.statusCode !== 401 && answered.statusCode !== 407)) return answered;
    const [ask, answer] =
      answered.statusCode === 401
        ? ['WWW-Authenticate', 'Authorization']
        : ['Proxy-Authenticate', 'Proxy-Authorization'];
    const value = credentials(readChallenge(answered.lines(ask)), login, { method, uri: requestUri, nonceCount: 1 });
    const again = [...headers, [answer, value] as const];
    const second = this.write(method, requestUri, { ...request, callId, from, cseq: cseq + 1, headers: again });
    this.send(second, edge);
    const outcome = await this.final(method);
    this.acknowledge(edge, second, outcome);
    return outcome;
  }

  /** The next final response to a request of this method; everything else that comes before it has been heard, and that is all. */
  async final(method: string): Promise<WireMessage> {
    const deadline = performance.now() + answerMs;
    for (;;) {
      while (this.read < this.heard.length) {
        const message = new WireMessage(this.heard[this.read] ?? '');
        this.read += 1;
        if ((message.statusCode ?? 0) >= 200 && message.method === method) return message;
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`no answer to ${method} came; heard:\n${this.heard.join('\n')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** What has come since the beginning or the last time, when nothing more comes. */
  async settled(): Promise<readonly string[]> {
    await new Promise((resolve) => setTimeout(resolve, silenceMs));
    this.read = 0;
    return this.heard.splice(0);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.socket.close(resolve));
    this.server.close();
  }

  private acknowledge(edge: HostPort, request: string, response: WireMessage): void {
    if (response.method !== 'INVITE') return;
    const { requestUri, callId, cseq } = new WireMessage(request);
    const sent = new WireMessage(request);
    const [via, from, to] = [sent.lines('Via')[0] ?? '', sent.header('From'), response.header('To')];
    this.send(this.write('ACK', requestUri, { vias: [via], from, to, callId, cseq }), edge);
  }

  private hear(text: string): void {
    this.heard.push(text);
    this.wake();
  }
}

function busy(invite: WireMessage): string {
  const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].flatMap((name) =>
    invite.lines(name).map((value) => `${name}: ${value}${name === 'To' ? ';tag=busy' : ''}`),
  );
  return ['SIP/2.0 486 Busy Here', ...copied, 'Content-Length: 0', '', ''].join('\r\n');
}
