import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const timeoutMs = 5_000;

interface Waiting {
  readonly resolve: (arrivedAtMs: number) => void;
  readonly reject: (error: Error) => void;
}

/** Sends requests to an edge and takes them at the other end: a caller and a phone in one, one request at a time. */
export class RouteProber {
  readonly #waiting = new Map<string, Waiting>();
  #sent = 0;

  private constructor(
    private readonly caller: Socket,
    private readonly phone: Socket,
    private readonly proxy: string,
  ) {
    phone.on('message', (bytes, from) => {
      const arrivedAtMs = performance.now();
      const request = bytes.toString('latin1');
      phone.send(accepted(request), from.port, from.address);
      this.#waiting.get(callIdOf(request))?.resolve(arrivedAtMs);
    });
    caller.on('message', (bytes) => {
      const response = bytes.toString('latin1');
      const status = /^SIP\/2\.0 ([3-6]\d{2} .*)$/m.exec(response)?.[1];
      if (status !== undefined) this.#waiting.get(callIdOf(response))?.reject(new Error(`the answer was ${status}`));
    });
  }

  /** Sends from `callerPort` of loopback, and to `proxy`. */
  static async open(proxy: string, callerPort: number): Promise<RouteProber> {
    const [caller, phone] = [createSocket('udp4'), createSocket('udp4')];
    caller.bind(callerPort, '127.0.0.1');
    phone.bind(0, '127.0.0.1');
    await Promise.all([once(caller, 'listening'), once(phone, 'listening')]);
    return new RouteProber(caller, phone, proxy);
  }

  /** The contact of every phone that is to be reached. */
  contactOf(username: string): string {
    return `sip:${username}@127.0.0.1:${this.phone.address().port}`;
  }

  /** Milliseconds from sending a request to `username@domain` until it arrives at the phone. Rejects when it is refused, or after 5 s. */
  async delayMs(username: string, domain: string, callerDomain: string): Promise<number> {
    this.#sent += 1;
    const callId = `probe-${this.#sent}-${this.caller.address().port}`;
    const [host = '', port = ''] = this.proxy.split(':');
    const own = `127.0.0.1:${this.caller.address().port}`;
    const lines = [
      `MESSAGE sip:${username}@${domain} SIP/2.0`,
      `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${callId};rport`,
      'Max-Forwards: 70',
      `From: <sip:prober@${callerDomain}>;tag=${callId}`,
      `To: <sip:${username}@${domain}>`,
      `Call-ID: ${callId}`,
      'CSeq: 1 MESSAGE',
      'Content-Type: text/plain',
      'Content-Length: 0',
      '\r\n',
    ];
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#waiting.set(callId, { resolve, reject });
    const late = setTimeout(() => reject(new Error(`nothing arrived at ${username}@${domain}`)), timeoutMs);
    const sentAtMs = performance.now();
    this.caller.send(lines.join('\r\n'), Number(port), host);
    try {
      return (await promise) - sentAtMs;
    } finally {
      clearTimeout(late);
      this.#waiting.delete(callId);
    }
  }

  close(): void {
    this.caller.close();
    this.phone.close();
  }
}

function callIdOf(message: string): string {
  return /^Call-ID: (\S+)$/im.exec(message.replaceAll('\r', ''))?.[1] ?? '';
}

/** RFC 3261 §8.2.6.2. */
function accepted(request: string): string {
  const copied = request.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/i.test(line));
  const tagged = copied.map((line) => (/^To:/i.test(line) ? `${line};tag=phone` : line));
  return ['SIP/2.0 200 OK', ...tagged, 'Content-Length: 0', '\r\n'].join('\r\n');
}
