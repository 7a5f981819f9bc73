import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { WireTransport } from '../peers/recording.js';
import type { HostPort } from '../peers/recording-relay.js';
import { parameterOf, WireFramer, WireMessage } from '../peers/wire-message.js';
import { credentials, type DigestChallenge, readChallenge } from './digest.js';

export interface ScriptedPhoneOptions {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly transport: WireTransport;
  /** Where it sends to, unless told otherwise. */
  readonly proxy: HostPort;
}

export type HeaderLine = readonly [name: string, value: string];

export interface PhoneRequest {
  readonly requestUri: string;
  /** The To without a tag, as a URI; the Request-URI where absent. */
  readonly to?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly headers?: readonly HeaderLine[];
  readonly sdp?: string;
}

const receiveMs = 10_000;
/** RFC 3261 §12.1, 3515, 6665. */
const dialogMethods: ReadonlySet<string> = new Set(['INVITE', 'REFER', 'SUBSCRIBE']);
/** RFC 3261 §17.1.1.2: timer B is 64*T1. */
const timerBInT1 = 64;

/** A phone that does what a test's script says, message by message, and nothing by itself: what a figure shows can so be asserted. */
export class ScriptedPhone {
  readonly tag = randomBytes(6).toString('hex');
  /** By realm, where it isn't the phone's one password. */
  readonly passwords = new Map<string, string>();
  /** Where everything goes that it sends over UDP, whomever it is meant for: the server that a balancer has chosen. */
  balancedTo: HostPort | undefined;
  /** What its Contact names instead of its own address: that of a relay before it. */
  reachedAt: HostPort | undefined;
  /** Takes a request that has come, instead of leaving it to be read: whether it did. */
  takes: (request: WireMessage) => boolean = () => false;
  private readonly unread: WireMessage[] = [];
  private readonly seen = new Set<string>();
  private readonly givenUp = new Set<string>();
  private readonly wayBack = new WeakMap<WireMessage, (text: string) => void>();
  private readonly sentTo = new WeakMap<WireMessage, HostPort>();
  private readonly open = new Set<Socket>();
  private readonly connections = new Map<string, Socket>();
  private readonly challenges = new Map<string, { readonly challenge: DigestChallenge; used: number }>();
  private udp: UdpSocket | undefined;
  private server: Server | undefined;
  private readonly wakers = new Set<() => void>();
  private port = 0;

  private constructor(readonly options: ScriptedPhoneOptions) {}

  static async open(options: ScriptedPhoneOptions): Promise<ScriptedPhone> {
    const phone = new ScriptedPhone(options);
    if (options.transport === 'UDP') await phone.bind();
    else {
      await phone.listen();
      await phone.connect(options.proxy);
    }
    return phone;
  }

  get addressOfRecord(): string {
    return `sip:${this.options.user}@${this.options.domain}`;
  }

  /** Where it listens. */
  get address(): HostPort {
    return { host: '127.0.0.1', port: this.port };
  }

  get contact(): string {
    const { host, port } = this.reachedAt ?? this.address;
    return `sip:${this.options.user}@${host}:${port}${this.options.transport === 'TCP' ? ';transport=tcp' : ''}`;
  }

  /** Whether a connection stands, whoever has opened it. */
  get isConnected(): boolean {
    return this.open.size > 0;
  }

  /** Opens a connection to another proxy; does nothing for UDP. */
  async connect(proxy: HostPort): Promise<void> {
    if (this.options.transport === 'UDP') return;
    const socket = connect(proxy.port, proxy.host);
    await once(socket, 'connect');
    this.attend(socket);
    this.connections.set(`${proxy.host}:${proxy.port}`, socket);
  }

  /** Writes a request of its own, outside of any dialog. */
  compose(method: string, request: PhoneRequest): WireMessage {
    const { requestUri, to = requestUri, cseq = 1, headers = [], sdp = '' } = request;
    return this.write(method, requestUri, sdp, [
      ['Max-Forwards', '70'],
      ['From', `<${this.addressOfRecord}>;tag=${this.tag}`],
      ['To', `<${to}>`],
      ['Call-ID', request.callId ?? `${randomBytes(9).toString('hex')}@${this.options.domain}`],
      ['CSeq', `${cseq} ${method}`],
      ...headers,
    ]);
  }

  /** Puts a Via of this phone's and the body's headers around what a request says. */
  write(method: string, requestUri: string, sdp: string, headers: readonly HeaderLine[]): WireMessage {
    const via = `SIP/2.0/${this.options.transport} 127.0.0.1:${this.port};rport;branch=z9hG4bK${randomBytes(8).toString('hex')}`;
    const content: readonly HeaderLine[] = sdp === '' ? [] : [['Content-Type', 'application/sdp']];
    return written(`${method} ${requestUri} SIP/2.0`, [['Via', via], ...headers, ...content], sdp);
  }

  /** The Contact header of this phone. */
  contactLine(): HeaderLine {
    return ['Contact', `<${this.contact}>`];
  }

  /** Sends as it is. */
  send(message: WireMessage, to = this.options.proxy): WireMessage {
    const proxy = this.balancedTo ?? to;
    this.sentTo.set(message, proxy);
    if (this.udp === undefined) this.connections.get(`${proxy.host}:${proxy.port}`)?.write(message.raw, 'latin1');
    else this.udp.send(Buffer.from(message.raw, 'latin1'), proxy.port, proxy.host);
    return message;
  }

  /**
   * Sends an INVITE to one who doesn't answer: repeats it by timer A over UDP and gives up by timer B (RFC 3261 §17.1.1.2), with a T1 of its own.
   * Rejects when something comes.
   */
  async sendUnanswered(invite: WireMessage, t1Ms: number): Promise<void> {
    const givenUp = performance.now() + timerBInT1 * t1Ms;
    this.send(invite);
    for (let timerAMs = t1Ms; performance.now() + timerAMs < givenUp; timerAMs *= 2) {
      await this.quiet(timerAMs);
      if (this.udp !== undefined) this.send(invite);
    }
    await this.quiet(givenUp - performance.now());
    // The transaction is over: a late answer matches none (RFC 3261 §17.1.3).
    this.givenUp.add(branchOf(invite));
  }

  /** Answers a request on the way it came. A Record-Route is mirrored where the answer makes a dialog (RFC 3261 §12.1.1). */
  respond(
    request: WireMessage,
    statusCode: number,
    reason: string,
    sdp = '',
    headers: readonly HeaderLine[] = [],
  ): WireMessage {
    const makesDialog = dialogMethods.has(request.method) && statusCode > 100 && statusCode < 300;
    const to = request.header('To');
    const fields: HeaderLine[] = request.lines('Via').map((via) => ['Via', via]);
    if (makesDialog) fields.push(...request.lines('Record-Route').map((route): HeaderLine => ['Record-Route', route]));
    fields.push(
      ['From', request.header('From')],
      ['To', statusCode === 100 || request.toTag !== undefined ? to : `${to};tag=${this.tag}`],
      ['Call-ID', request.callId],
      ['CSeq', request.header('CSeq')],
      ...(makesDialog ? [this.contactLine()] : []),
      ...headers,
      ...(sdp === '' ? [] : [['Content-Type', 'application/sdp'] as const]),
    );
    const response = written(`SIP/2.0 ${statusCode} ${reason}`, fields, sdp);
    if (this.balancedTo === undefined) this.wayBack.get(request)?.(response.raw);
    else this.send(response, this.balancedTo);
    return response;
  }

  /** RFC 3261 §17.1.1.3: the ACK of an answer other than 2xx belongs to the INVITE's transaction and goes to the next hop. */
  acknowledge(invite: WireMessage, response: WireMessage): WireMessage {
    return this.send(this.ofSameTransaction('ACK', invite, response.header('To')), this.sentTo.get(invite));
  }

  /** RFC 3261 §9.1. */
  cancel(invite: WireMessage): WireMessage {
    return this.send(this.ofSameTransaction('CANCEL', invite, invite.header('To')), this.sentTo.get(invite));
  }

  /**
   * The next message that has not been read, which must be this one (`INVITE`, `180 INVITE`). Retransmissions don't count, nor does a 100 that
   * is not asked for: it comes only when the rest takes its time (RFC 3261 §17.2.1).
   */
  async receive(label: string, timeoutMs = receiveMs): Promise<WireMessage> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const message = this.unread.shift();
      if (message?.label === label) return message;
      if (message !== undefined && message.statusCode !== 100)
        throw new Error(`${this.options.user} waits for ${label} and got\n${message.raw}`);
      const leftMs = deadline - performance.now();
      if (leftMs <= 0)
        throw new Error(`${this.options.user} waits for ${label} and got nothing within ${timeoutMs} ms`);
      if (message === undefined) await this.nextArrival(leftMs);
    }
  }

  /** The next unread message that fits, whatever else has come: that stays unread. `name` says in the rejection what was missing. */
  async find(fits: (message: WireMessage) => boolean, name: string, timeoutMs = receiveMs): Promise<WireMessage> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const index = this.unread.findIndex(fits);
      const found = index < 0 ? undefined : this.unread.splice(index, 1)[0];
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        const unread = this.unread.map(({ raw }) => raw).join('\n');
        throw new Error(`${this.options.user} waits for ${name} in vain; unread are\n${unread}`);
      }
      await this.nextArrival(leftMs);
    }
  }

  /** The next final answer; `ringing` is called for each 180 before it. */
  async final(method: string, ringing: () => void, timeoutMs = receiveMs): Promise<WireMessage> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const message = this.unread.shift();
      if (message?.method === method && (message.statusCode ?? 0) >= 200) return message;
      if (message?.statusCode === 180) ringing();
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`${this.options.user} waits for the end of ${method}, in vain`);
      if (message === undefined) await this.nextArrival(leftMs);
    }
  }

  /** Lets go of what has come and was not asked for. */
  forgetUnread(): void {
    this.unread.length = 0;
  }

  /** Every message that has come, as it came. */
  get everything(): readonly string[] {
    return [...this.seen];
  }

  /** Throws if something has come that was not asked for. */
  nothingUnread(): void {
    if (this.unread.length > 0) throw new Error(`${this.options.user} got what is not for it\n${this.unread[0]?.raw}`);
  }

  /** Keeps the challenge of a 401 or 407, to be answered in any later request. */
  learn(response: WireMessage): DigestChallenge {
    const name = response.statusCode === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
    const challenge = readChallenge(response.lines(name));
    this.challenges.set(challenge.realm, { challenge, used: 0 });
    return challenge;
  }

  /** Forgets the challenge of a realm: what goes elsewhere has no use for credentials for here. */
  forget(realm: string): void {
    this.challenges.delete(realm);
  }

  /** Credentials for every challenge that was learnt (RFC 3261 §22.3: one for each realm), each nonce with its next count. */
  credentials(method: string, uri: string, password?: string): readonly HeaderLine[] {
    const name = method === 'REGISTER' ? 'Authorization' : 'Proxy-Authorization';
    return [...this.challenges.values()].map((known) => {
      known.used += 1;
      const { challenge, used: nonceCount } = known;
      const right = this.passwords.get(challenge.realm) ?? this.options.password;
      const user = { username: this.options.user, password: password ?? right };
      return [name, credentials(challenge, user, { method, uri, nonceCount })];
    });
  }

  /** Registers the phone, as the scripts of calls need it: the challenge is answered, and kept for what follows. */
  async register(q = 1, proxy = this.options.proxy): Promise<void> {
    const requestUri = `sip:${this.options.domain}`;
    const [to, callId] = [this.addressOfRecord, randomBytes(9).toString('hex')];
    const common: readonly HeaderLine[] = [
      ['Contact', `<${this.contact}>;q=${q}`],
      ['Expires', '600'],
    ];
    this.send(this.compose('REGISTER', { requestUri, to, callId, headers: common }), proxy);
    this.learn(await this.receive('401 REGISTER'));
    const headers = [...common, ...this.credentials('REGISTER', requestUri)];
    this.send(this.compose('REGISTER', { requestUri, to, callId, cseq: 2, headers }), proxy);
    await this.receive('200 REGISTER');
  }

  /** Registers these Contact values instead of its own, with a nonce that it has; resolves with the 200. None asks what there is (RFC 3261 §10.2.3). */
  async registerAs(contacts: readonly string[], headers: readonly HeaderLine[] = []): Promise<WireMessage> {
    const requestUri = `sip:${this.options.domain}`;
    const values = contacts.map((contact): HeaderLine => ['Contact', contact]);
    const all = [...values, ...headers, ...this.credentials('REGISTER', requestUri)];
    this.send(this.compose('REGISTER', { requestUri, to: this.addressOfRecord, headers: all }));
    return this.receive('200 REGISTER');
  }

  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    const { udp, server } = this;
    if (udp !== undefined) await new Promise<void>((resolve) => udp.close(resolve));
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  private async bind(): Promise<void> {
    const socket = createSocket('udp4');
    const listening = once(socket, 'listening');
    socket.bind(0, '127.0.0.1');
    await listening;
    socket.on('message', (bytes, source) => {
      this.take(bytes.toString('latin1'), (text) =>
        socket.send(Buffer.from(text, 'latin1'), source.port, source.address),
      );
    });
    socket.on('error', () => {});
    this.udp = socket;
    this.port = socket.address().port;
  }

  private async listen(): Promise<void> {
    const server = createServer((socket) => this.attend(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port after it listens');
    this.server = server;
    this.port = address.port;
  }

  private attend(socket: Socket): void {
    const framer = new WireFramer();
    this.open.add(socket);
    socket.on('data', (chunk: Buffer) => {
      for (const raw of framer.push(chunk)) this.take(raw, (text) => socket.write(text, 'latin1'));
    });
    socket.on('error', () => {});
    socket.on('close', () => this.open.delete(socket));
  }

  private take(raw: string, answer: (text: string) => void): void {
    if (this.seen.has(raw)) return;
    this.seen.add(raw);
    const message = new WireMessage(raw);
    if (this.givenUp.has(branchOf(message))) return;
    this.wayBack.set(message, answer);
    if (message.statusCode === undefined && this.takes(message)) return;
    this.unread.push(message);
    for (const wake of this.wakers) wake();
  }

  private nextArrival(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      this.wakers.add(wake);
    });
  }

  private async quiet(forMs: number): Promise<void> {
    if (this.unread.length === 0) await this.nextArrival(forMs);
    if (this.unread.length > 0)
      throw new Error(`${this.options.user} expected silence and got\n${this.unread[0]?.raw}`);
  }

  private ofSameTransaction(method: 'ACK' | 'CANCEL', invite: WireMessage, to: string): WireMessage {
    const fields: readonly HeaderLine[] = [
      ['Via', invite.header('Via')],
      ...invite.lines('Route').map((route): HeaderLine => ['Route', route]),
      ['Max-Forwards', '70'],
      ['From', invite.header('From')],
      ['To', to],
      ['Call-ID', invite.callId],
      ['CSeq', `${invite.cseq} ${method}`],
    ];
    return written(`${method} ${invite.requestUri} SIP/2.0`, fields, '');
  }
}

function branchOf(message: WireMessage): string {
  return parameterOf(message.list('Via')[0] ?? '', 'branch') ?? '';
}

function written(startLine: string, fields: readonly HeaderLine[], body: string): WireMessage {
  const lines = [...fields, ['Content-Length', String(Buffer.byteLength(body))]].map(
    ([name, value]) => `${name}: ${value}`,
  );
  return new WireMessage(`${[startLine, ...lines].join('\r\n')}\r\n\r\n${body}`);
}
