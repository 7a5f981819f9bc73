import { createHash, randomBytes } from 'node:crypto';
import { openPhoneWire, type PhoneWire, type WireTransport } from '@ringdown/testkit';

const answerMs = 10_000;
const domain = 'demo.ringdown.test';

export interface RequestOptions {
  readonly from?: string;
  readonly to?: string;
  /** Answers the challenge with these; without, the challenge is the answer. */
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly headers?: readonly string[];
  readonly callId?: string;
  /** Of the far end, within a dialog. */
  readonly toTag?: string;
}

/** A phone that writes its SIP by hand, for what no real phone would send and for reading what comes back word for word. */
export class RawPhone {
  readonly #unread: string[] = [];
  readonly #waiting = new Set<() => void>();
  #cseq = 0;

  #wire: PhoneWire | undefined;
  /** Whether its connection has ended. */
  closed = false;

  /** Takes any free port at loopback. `sip` is `host:port`, IPv6 in brackets; `ca` is whom TLS and WSS trust. */
  static async open(sip: string, transport: WireTransport = 'UDP', ca?: string): Promise<RawPhone> {
    const at = sip.lastIndexOf(':');
    const server = { host: sip.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(sip.slice(at + 1)) };
    const phone = new RawPhone();
    phone.#wire = await openPhoneWire({
      transport,
      server,
      ca,
      closed: () => {
        phone.closed = true;
      },
      received: (text) => {
        phone.#unread.push(text);
        for (const wake of phone.#waiting) wake();
      },
    });
    return phone;
  }

  /** As it stands in Via. */
  get address(): string {
    return this.#opened.sentBy;
  }

  get contact(): string {
    const transport = this.#opened.transport.toLowerCase().replace('wss', 'ws');
    return transport === 'udp' ? this.address : `${this.address};transport=${transport}`;
  }

  get #opened(): PhoneWire {
    if (this.#wire === undefined) throw new Error('the phone is not open');
    return this.#wire;
  }

  /**
   * Registers this phone as `username@domain`, as the first flow of a device (RFC 5626 §4.2) if an instance is given; resolves with the final
   * response.
   */
  async register(username: string, password: string, at = domain, instance?: string): Promise<string> {
    const address = `sip:${username}@${at}`;
    const device = instance === undefined ? '' : `;+sip.instance="<${instance}>";reg-id=1`;
    const headers = [`Contact: <sip:${username}@${this.contact}>${device}`];
    if (instance !== undefined) headers.push('Supported: outbound, path');
    return this.request('REGISTER', `sip:${at}`, {
      from: address,
      to: address,
      credentials: { username, password },
      headers,
    });
  }

  /** Removes every binding of the user (RFC 3261 §10.2.2); resolves with the final response. */
  async unregister(username: string, password: string): Promise<string> {
    const address = `sip:${username}@${domain}`;
    return this.request('REGISTER', `sip:${domain}`, {
      from: address,
      to: address,
      credentials: { username, password },
      headers: ['Contact: *', 'Expires: 0'],
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
    this.#send([`SIP/2.0 ${status}`, ...lines, `Contact: <sip:${this.contact}>`]);
  }

  close(): void {
    void this.#wire?.close();
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
      this.#via(),
      'Max-Forwards: 70',
      `From: <${from}>;tag=${callId.slice(0, 8)}`,
    ];
    const contact = method === 'INVITE' ? [`Contact: <sip:${this.contact}>`] : [];
    const rest = [`Call-ID: ${callId}`, ...contact, ...(options.headers ?? []), ...further];
    this.#send([
      ...head,
      `To: <${options.to ?? uri}>${options.toTag === undefined ? '' : `;tag=${options.toTag}`}`,
      `CSeq: ${cseq} ${method}`,
      ...rest,
    ]);
    const final = await this.message(new RegExp(`^SIP/2\\.0 [2-6][^]*\\r\\nCSeq: ${cseq} ${method}\\r\\n`));
    if (method === 'INVITE') {
      const to = /^To: .*$/m.exec(final)?.[0] ?? '';
      const end = [to.trim(), `CSeq: ${cseq} ACK`, `Call-ID: ${callId}`];
      // RFC 3261 §13.2.2.4: the ACK of a 2xx is a request of its own, along the route set.
      if (final.startsWith('SIP/2.0 2'))
        this.#send([`ACK ${contactIn(final)} SIP/2.0`, this.#via(), ...head.slice(2), ...routeOf(final), ...end]);
      else this.#send([`ACK ${uri} SIP/2.0`, ...head.slice(1), ...end]);
    }
    return final;
  }

  #send(lines: readonly string[]): void {
    const text = `${[...lines, 'Content-Length: 0'].join('\r\n')}\r\n\r\n`;
    this.#opened.send(text);
  }

  #via(): string {
    const branch = `z9hG4bK${randomBytes(8).toString('hex')}`;
    return `Via: SIP/2.0/${this.#opened.transport} ${this.address};branch=${branch};rport`;
  }
}

/** The URI that a message gives for requests to its sender. */
export function contactIn(message: string): string {
  return /^Contact: <([^>]+)>/m.exec(message)?.[1] ?? '';
}

/** The Route lines of who has sent the request that this answers (RFC 3261 §12.1.2). */
export function routeOf(answer: string): string[] {
  const values = [...answer.matchAll(/^Record-Route: (.*?)\r?$/gm)].flatMap(([, line = '']) => line.split(/,\s*/));
  return values.length === 0 ? [] : [`Route: ${values.reverse().join(', ')}`];
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
