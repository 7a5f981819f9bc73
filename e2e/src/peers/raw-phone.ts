import { createHash, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const answerMs = 10_000;
const domain = 'demo.ringdown.test';

export interface RequestOptions {
  readonly from?: string;
  readonly to?: string;
  /** Answers the challenge with these; without, the challenge is the answer. */
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly headers?: readonly string[];
  readonly callId?: string;
}

/** A phone that writes its SIP by hand over UDP, for what no real phone would send and for reading what comes back word for word. */
export class RawPhone {
  readonly #unread: string[] = [];
  readonly #waiting = new Set<() => void>();
  #cseq = 0;

  private constructor(
    private readonly socket: Socket,
    private readonly server: { readonly host: string; readonly port: number },
  ) {
    socket.on('message', (datagram) => {
      this.#unread.push(datagram.toString('latin1'));
      for (const wake of this.#waiting) wake();
    });
  }

  /** Takes any free port at the address from which `sip` (`host:port`) is reached. */
  static async open(sip: string): Promise<RawPhone> {
    const at = sip.lastIndexOf(':');
    const host = sip.slice(0, at);
    const socket = createSocket('udp4');
    const listening = once(socket, 'listening');
    socket.bind(0, host);
    await listening;
    return new RawPhone(socket, { host, port: Number(sip.slice(at + 1)) });
  }

  get address(): string {
    const { address, port } = this.socket.address();
    return `${address}:${port}`;
  }

  /** Registers this phone as `username@domain`; resolves with the final response. */
  async register(username: string, password: string, at = domain): Promise<string> {
    const address = `sip:${username}@${at}`;
    const headers = [`Contact: <sip:${username}@${this.address}>`];
    return this.request('REGISTER', `sip:${at}`, {
      from: address,
      to: address,
      credentials: { username, password },
      headers,
    });
  }

  /** The Contact lines of what is registered for the user (RFC 3261 §10.2.3: a REGISTER without Contact asks). */
  async bindings(username: string, password: string): Promise<string[]> {
    const address = `sip:${username}@${domain}`;
    const response = await this.request('REGISTER', `sip:${domain}`, {
      from: address,
      to: address,
      credentials: { username, password },
    });
    return response.split('\r\n').filter((line) => line.startsWith('Contact:'));
  }

  /** Sends a request and resolves with its final response, having answered one challenge where credentials were given. */
  async request(method: string, uri: string, options: RequestOptions = {}): Promise<string> {
    const callId = options.callId ?? randomBytes(9).toString('hex');
    const first = await this.#attempt(method, uri, callId, options, []);
    const challenge = /^(WWW|Proxy)-Authenticate: Digest (.*algorithm=MD5.*)$/m.exec(first);
    if (options.credentials === undefined || challenge === null) return first;
    const name = challenge[1] === 'WWW' ? 'Authorization' : 'Proxy-Authorization';
    const answer = digest(challenge[2] ?? '', method, uri, options.credentials);
    return this.#attempt(method, uri, callId, options, [`${name}: Digest ${answer}`]);
  }

  /** Resolves with the next message that `pattern` matches; others stay for later. */
  async message(pattern: RegExp): Promise<string> {
    const deadline = performance.now() + answerMs;
    for (;;) {
      const index = this.#unread.findIndex((text) => pattern.test(text));
      if (index >= 0) return this.#unread.splice(index, 1)[0] ?? '';
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`nothing like ${pattern} came; unread are:\n${this.#unread.join('\n')}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, leftMs);
        this.#waiting.add(wake);
      });
    }
  }

  /** Answers a request that came, e.g. with `180 Ringing`. */
  respond(request: string, status: string): void {
    const copied = request.split('\r\n').filter((line) => /^(Via|Record-Route|From|To|Call-ID|CSeq):/.test(line));
    const lines = copied.map((line) => (line.startsWith('To:') && !line.includes(';tag=') ? `${line};tag=raw` : line));
    this.#send([`SIP/2.0 ${status}`, ...lines, `Contact: <sip:${this.address}>`]);
  }

  close(): void {
    this.socket.close();
  }

  async #attempt(
    method: string,
    uri: string,
    callId: string,
    options: RequestOptions,
    further: readonly string[],
  ): Promise<string> {
    this.#cseq += 1;
    const cseq = this.#cseq;
    const from = options.from ?? `sip:stranger@${domain}`;
    const head = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.address};branch=z9hG4bK${randomBytes(8).toString('hex')};rport`,
      'Max-Forwards: 70',
      `From: <${from}>;tag=${callId.slice(0, 8)}`,
    ];
    const contact = method === 'INVITE' ? [`Contact: <sip:${this.address}>`] : [];
    const rest = [`Call-ID: ${callId}`, ...contact, ...(options.headers ?? []), ...further];
    this.#send([...head, `To: <${options.to ?? uri}>`, `CSeq: ${cseq} ${method}`, ...rest]);
    const final = await this.message(new RegExp(`^SIP/2\\.0 [2-6][^]*\\r\\nCSeq: ${cseq} ${method}\\r\\n`));
    if (method === 'INVITE') {
      const to = /^To: .*$/m.exec(final)?.[0] ?? '';
      this.#send([`ACK ${uri} SIP/2.0`, ...head.slice(1), to.trim(), `CSeq: ${cseq} ACK`, `Call-ID: ${callId}`]);
    }
    return final;
  }

  #send(lines: readonly string[]): void {
    const text = `${[...lines, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`;
    this.socket.send(Buffer.from(text, 'latin1'), this.server.port, this.server.host);
  }
}

/** RFC 7616 §3.4 with MD5 and qop=auth. */
function digest(
  challenge: string,
  method: string,
  uri: string,
  { username, password }: { readonly username: string; readonly password: string },
): string {
  const parameter = (name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(challenge)?.[1] ?? '';
  const [realm, nonce] = [parameter('realm'), parameter('nonce')];
  const cnonce = randomBytes(8).toString('hex');
  const ha1 = md5(`${username}:${realm}:${password}`);
  const response = md5(`${ha1}:${nonce}:00000001:${cnonce}:auth:${md5(`${method}:${uri}`)}`);
  return [
    `username="${username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    `cnonce="${cnonce}"`,
    'algorithm=MD5, qop=auth, nc=00000001',
  ].join(', ');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
