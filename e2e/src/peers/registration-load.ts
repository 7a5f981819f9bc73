import { createHash } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** How one phone's registration went. */
export interface RegistrationResult {
  readonly username: string;
  readonly contact: string;
  /** The final status; undefined: no answer at all. */
  readonly statusCode: number | undefined;
  readonly hasRetryAfter: boolean;
  /** From `start` on, in milliseconds: when it was sent first, and when its final answer came. */
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
}

export interface RegistrationLoadOptions {
  /** `127.0.0.1:port` of an edge. */
  readonly proxy: string;
  readonly domain: string;
  /** Each registers once, in this order. */
  readonly phones: readonly (readonly [username: string, password: string])[];
  readonly registrationsPerSec: number;
}

interface Registration {
  readonly username: string;
  readonly password: string;
  readonly callId: string;
  readonly contact: string;
  readonly sentAtMs: number;
  readonly socket: Socket;
  cseq: number;
  request: string;
  repeatAtMs: number;
  repeatAfterMs: number;
  givenUpAtMs: number;
}

const socketCount = 16;
const tickMs = 5;
/** RFC 3261 §17.1.2.2: timers E and F with the default T1 and T2; F is shortened, since nothing here has to be waited for so long. */
const t1Ms = 500;
const t2Ms = 4_000;
const timerFMs = 12_000;

/** Phones that register with digest (RFC 3665 §2.1) over UDP, so many a second, each once; what each was told is counted. */
export class RegistrationLoad {
  readonly results: RegistrationResult[] = [];
  readonly #options: RegistrationLoadOptions;
  readonly #host: string;
  readonly #port: number;
  readonly #sockets: Socket[] = [];
  readonly #underWay = new Map<string, Registration>();
  readonly #done = Promise.withResolvers<void>();
  #startedAtMs = 0;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Opens the sockets and begins. */
  static async start(options: RegistrationLoadOptions): Promise<RegistrationLoad> {
    const load = new RegistrationLoad(options);
    for (let i = 0; i < socketCount; i += 1) {
      const socket = createSocket('udp4');
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      socket.on('message', (bytes) => load.#received(bytes.toString('latin1')));
      load.#sockets.push(socket);
    }
    load.#startedAtMs = performance.now();
    load.#timer = setInterval(() => load.#tick(), tickMs);
    return load;
  }

  private constructor(options: RegistrationLoadOptions) {
    this.#options = options;
    const colon = options.proxy.lastIndexOf(':');
    this.#host = options.proxy.slice(0, colon);
    this.#port = Number(options.proxy.slice(colon + 1));
  }

  /** Milliseconds since the start. */
  get elapsedMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  /** Resolves when every phone has its answer or has given up. */
  async finished(): Promise<readonly RegistrationResult[]> {
    await this.#done.promise;
    return this.results;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets.splice(0)) socket.close();
    this.#done.resolve();
  }

  #tick(): void {
    const now = this.elapsedMs;
    const { phones, registrationsPerSec } = this.#options;
    const due = Math.min(phones.length, Math.floor((now * registrationsPerSec) / 1_000));
    for (; this.#next < due; this.#next += 1) this.#begin(this.#next, now);
    for (const registration of this.#underWay.values()) {
      if (registration.givenUpAtMs <= now) this.#end(registration, undefined, false);
      else if (registration.repeatAtMs <= now) {
        registration.repeatAfterMs = Math.min(registration.repeatAfterMs * 2, t2Ms);
        registration.repeatAtMs = now + registration.repeatAfterMs;
        this.#send(registration);
      }
    }
    if (this.#next === phones.length && this.#underWay.size === 0) this.close();
  }

  #begin(index: number, now: number): void {
    const [username, password] = this.#options.phones[index] as readonly [string, string];
    const socket = this.#sockets[index % socketCount] as Socket;
    const registration: Registration = {
      username,
      password,
      callId: `load-${username}-${this.#port}`,
      contact: `sip:${username}@127.0.0.1:${socket.address().port}`,
      sentAtMs: now,
      socket,
      cseq: 0,
      request: '',
      repeatAtMs: 0,
      repeatAfterMs: 0,
      givenUpAtMs: 0,
    };
    this.#underWay.set(registration.callId, registration);
    this.#ask(registration, '');
  }

  #ask(registration: Registration, authorization: string): void {
    const { domain } = this.#options;
    const { username, callId, contact, socket } = registration;
    registration.cseq += 1;
    registration.request = [
      `REGISTER sip:${domain} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bK${callId}-${registration.cseq};rport`,
      'Max-Forwards: 70',
      `From: <sip:${username}@${domain}>;tag=${callId}`,
      `To: <sip:${username}@${domain}>`,
      `Call-ID: ${callId}`,
      `CSeq: ${registration.cseq} REGISTER`,
      `Contact: <${contact}>`,
      'Expires: 3600',
      ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
      'Content-Length: 0',
      '\r\n',
    ].join('\r\n');
    const now = this.elapsedMs;
    registration.repeatAfterMs = t1Ms;
    registration.repeatAtMs = now + t1Ms;
    registration.givenUpAtMs = now + timerFMs;
    this.#send(registration);
  }

  #send({ socket, request }: Registration): void {
    socket.send(request, this.#port, this.#host);
  }

  #received(response: string): void {
    const statusCode = Number(/^SIP\/2\.0 (\d{3}) /.exec(response)?.[1]);
    const registration = this.#underWay.get(/^Call-ID: (\S+)\r$/im.exec(response)?.[1] ?? '');
    const cseq = Number(/^CSeq: (\d+) REGISTER\r$/im.exec(response)?.[1]);
    // A repeated answer to the first request is old when the second is under way.
    if (registration === undefined || cseq !== registration.cseq || !(statusCode >= 200)) return;
    if (statusCode === 401 && cseq === 1)
      this.#ask(registration, credentials(response, registration, this.#options.domain));
    else this.#end(registration, statusCode, /^Retry-After: \d+/im.test(response));
  }

  #end(registration: Registration, statusCode: number | undefined, hasRetryAfter: boolean): void {
    const { username, contact, sentAtMs, callId } = registration;
    this.#underWay.delete(callId);
    this.results.push({ username, contact, statusCode, hasRetryAfter, sentAtMs, answeredAtMs: this.elapsedMs });
  }
}

/** RFC 7616 §3.4.1 with MD5 and qop=auth. */
function credentials(challenge: string, { username, password }: Registration, domain: string): string {
  const nonce = /nonce="([^"]*)"/.exec(challenge)?.[1] ?? '';
  const realm = /realm="([^"]*)"/.exec(challenge)?.[1] ?? '';
  const uri = `sip:${domain}`;
  const cnonce = md5(nonce + username).slice(0, 12);
  const secret = md5(`${username}:${realm}:${password}`);
  const response = md5(`${secret}:${nonce}:00000001:${cnonce}:auth:${md5(`REGISTER:${uri}`)}`);
  return `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="${cnonce}"`;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
