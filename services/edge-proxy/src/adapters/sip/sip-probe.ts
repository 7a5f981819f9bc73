import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { BlockList, connect, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { isWildcard } from '@ringdown/platform';
import { formatHostPort, type HostPort } from '@ringdown/sip-transport';
import type { OpenListener } from './open-listener.js';

export interface SipProbeOptions {
  /** Those that have to answer now. */
  readonly listeners: () => readonly OpenListener[];
  /** Time for all answers. */
  readonly timeoutMs: number;
}

/** RFC 3261 §17.1.2.2: a datagram may be lost, on loopback too when the queue of the socket is full. */
const repeatMs = 250;
/** What a listener takes where its setting says nothing. */
const usualConnections = 50_000;

/**
 * Sends an OPTIONS to each of the edge's own listeners, through the sockets that phones use, and waits for the answer. Over WebSocket, and where a client
 * has to show a certificate, a connection that is accepted has to do.
 */
export class SipProbe {
  readonly #options: SipProbeOptions;
  #underWay: Promise<void> | undefined;

  constructor(options: SipProbeOptions) {
    this.#options = options;
  }

  /** Rejects with a sentence that names the first listener that didn't answer in time. Who asks while a probe is under way gets its result. */
  check(): Promise<void> {
    this.#underWay ??= this.#probe().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #probe(): Promise<void> {
    const { listeners, timeoutMs } = this.#options;
    await Promise.all(listeners().map((listener) => probe(listener, timeoutMs)));
  }
}

function probe(opened: OpenListener, timeoutMs: number): Promise<void> {
  const at = reachable(opened);
  if (opened.transport === 'UDP') return overUdp(at, timeoutMs);
  // A listener that has all the connections that it may have works; a new one would be refused.
  if (opened.port.size >= (opened.listener.maxConnections ?? usualConnections)) return Promise.resolve();
  return overStream(opened, at, timeoutMs);
}

/** Where this machine itself reaches the listener. */
function reachable({ bound, family, port }: OpenListener): HostPort {
  const host = isWildcard(bound.host) ? (family === 6 ? '::1' : '127.0.0.1') : bound.host;
  return { host, port: bound.port === 0 ? port.address.port : bound.port };
}

function overUdp(at: HostPort, timeoutMs: number): Promise<void> {
  const socket = createSocket(isIPv6(at.host) ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const tag = randomBytes(8).toString('hex');
  const fail = (reason: string) =>
    reject(new Error(`no answer to OPTIONS over UDP at ${formatHostPort(at)}: ${reason}`));
  socket.on('error', (error) => fail(error.message));
  socket.on('message', (answer) => {
    if (isAnswer(answer.toString('latin1'), tag)) resolve();
  });
  socket.connect(at.port, at.host, () => {
    const { address, port } = socket.address();
    const request = options({ transport: 'UDP', at, from: { host: address, port }, tag });
    const send = () => socket.send(request, (error) => error !== null && fail(error.message));
    const repeat = setInterval(send, repeatMs);
    socket.once('close', () => clearInterval(repeat));
    send();
  });
  return within(promise, timeoutMs, () => fail(`none within ${timeoutMs} ms`)).finally(() => socket.close());
}

function overStream({ transport, listener }: OpenListener, at: HostPort, timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const tag = randomBytes(8).toString('hex');
  const asksOptions = (transport === 'TCP' || transport === 'TLS') && !listener.clientRequired;
  const fail = (reason: string) =>
    reject(
      new Error(
        `no ${asksOptions ? 'answer to OPTIONS' : 'connection'} over ${transport} at ${formatHostPort(at)}: ${reason}`,
      ),
    );
  const raw = connect({ host: at.host, port: at.port });
  const sockets: Socket[] = [raw];
  const ask = (socket: Socket) => {
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
      if (isAnswer(received, tag)) resolve();
    });
    const from = { host: raw.localAddress ?? at.host, port: raw.localPort ?? 0 };
    socket.write(options({ transport, at, from, tag }));
  };
  raw.on('error', (error) => fail(error.message));
  raw.on('close', () => fail('the connection was closed'));
  raw.on('connect', () => {
    if (!asksOptions) return resolve();
    // From where balancers are every connection has to begin with a header: one that says nothing.
    if (isIn(listener.proxyFrom, raw.localAddress ?? '')) raw.write('PROXY UNKNOWN\r\n');
    if (transport === 'TCP') return ask(raw);
    // Whose certificate it is is for phones to see; here the name is an address.
    const secured = connectTls({ socket: raw, rejectUnauthorized: false }, () => ask(secured));
    secured.on('error', (error) => fail(error.message));
    sockets.push(secured);
  });
  return within(promise, timeoutMs, () => fail(`none within ${timeoutMs} ms`)).finally(() => {
    for (const socket of sockets) socket.destroy();
  });
}

async function within(work: Promise<void>, timeoutMs: number, late: () => void): Promise<void> {
  const timer = setTimeout(late, timeoutMs);
  try {
    await work;
  } finally {
    clearTimeout(timer);
  }
}

/** RFC 3261 §11: for the edge itself, which is where Max-Forwards ends it too. */
function options({
  transport,
  at,
  from,
  tag,
}: {
  transport: string;
  at: HostPort;
  from: HostPort;
  tag: string;
}): string {
  const own = `sip:${formatHostPort(at)}${transport === 'UDP' ? '' : `;transport=${transport.toLowerCase()}`}`;
  return [
    `OPTIONS ${own} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${formatHostPort(from)};branch=z9hG4bK${tag};rport`,
    'Max-Forwards: 0',
    `From: <sip:probe@invalid>;tag=${tag}`,
    `To: <${own}>`,
    `Call-ID: ${tag}`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

function isAnswer(text: string, tag: string): boolean {
  return text.startsWith('SIP/2.0 200 ') && text.includes(tag) && text.includes('\r\n\r\n');
}

function isIn(networks: readonly string[], address: string): boolean {
  const list = new BlockList();
  const familyOf = (host: string) => (isIPv6(host) ? 'ipv6' : 'ipv4');
  for (const network of networks) {
    const [host = '', length] = network.split('/');
    if (length === undefined) list.addAddress(host, familyOf(host));
    else list.addSubnet(host, Number(length), familyOf(host));
  }
  return list.check(address, familyOf(address));
}
