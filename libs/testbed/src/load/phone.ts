import { type Asking, type CallSide, nextBranch } from './asking.js';
import { ClientRequest } from './client-request.js';
import { credentials, type Nonce, nonceOf } from './digest.js';
import { type HeardMessage, hear } from './heard-message.js';
import type { LoadCounts } from './load-counts.js';
import type { LoadPhone, LoadPlan } from './load-plan.js';
import { acknowledgementOf, answerTo, cancelOf } from './messages.js';
import { monotonicMs } from './monotonic-clock.js';
import { deviceParameter, registrationHeaders } from './registration-headers.js';
import { openWire, usualPorts, type Wire } from './wire.js';

const maxChallenges = 3;
const leaveMs = 5_000;

/** A phone of the load: registers, answers challenges, comes back when its connection breaks, and hands calls to their sides. */
export class Phone {
  readonly #plan: LoadPlan;
  readonly #counts: LoadCounts;
  readonly #open = new Map<string, ClientRequest>();
  readonly #sides = new Map<string, CallSide>();
  readonly #nonces: { www?: Nonce | undefined; proxy?: Nonce | undefined } = {};
  readonly #registerCallId: string;
  #wire: Wire | undefined;
  #isRegistered = false;
  #registerCseq = 0;
  #refresh: NodeJS.Timeout | undefined;
  #whenReady: (() => void)[] = [];
  #isClosed = false;
  /** Takes an INVITE for a call that isn't known. */
  called: (invite: HeardMessage) => void = (invite) => this.respond(invite, 480, '');

  constructor(
    readonly options: LoadPhone,
    plan: LoadPlan,
    counts: LoadCounts,
  ) {
    this.#plan = plan;
    this.#counts = counts;
    this.#registerCallId = `reg-${options.username}-${process.pid}-${Math.random().toString(36).slice(2)}`;
  }

  get addressOfRecord(): string {
    return `sip:${this.options.username}@${this.#plan.domain}`;
  }

  get contact(): string {
    const { sentBy, transport } = this.#wire as Wire;
    // RFC 7118 §5.1: "ws" also over TLS.
    const parameter = transport === 'UDP' ? '' : `;transport=${transport === 'WSS' ? 'ws' : transport.toLowerCase()}`;
    return `<sip:${this.options.username}@${sentBy}${parameter}>${deviceParameter(this.options)}`;
  }

  get isRegistered(): boolean {
    return this.#isRegistered;
  }

  /** Opens the socket or connection and registers; comes back by itself whenever the connection breaks. */
  async start(): Promise<void> {
    try {
      await this.#connect();
      this.#register();
    } catch {
      this.#comeBack();
    }
  }

  /** Unregisters and closes; resolves when that was answered, or when it has waited long enough. */
  async leave(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#refresh);
    await new Promise<void>((resolve) => {
      setTimeout(resolve, leaveMs);
      if (this.#isRegistered) this.ask(this.#registration(0, { final: () => resolve(), unanswered: () => resolve() }));
      else resolve();
    });
    for (const request of this.#open.values()) request.abandon();
    this.#wire?.close();
  }

  /** Calls back when the phone is connected and registered, now or later. */
  whenReady(callback: () => void): void {
    if (this.#isRegistered) callback();
    else this.#whenReady.push(callback);
  }

  addSide(callId: string, side: CallSide): void {
    this.#sides.set(callId, side);
  }

  removeSide(callId: string): void {
    this.#sides.delete(callId);
  }

  /** Sends a request, with credentials once they were asked for. */
  ask(asking: Asking, challenges = 0): void {
    const wire = this.#wire;
    if (wire === undefined) {
      asking.unanswered('not connected', false);
      return;
    }
    const cseq = asking.nextCseq();
    const branch = nextBranch();
    const text = this.#write(asking, cseq, branch);
    const request: ClientRequest = new ClientRequest(wire, {
      method: asking.method,
      branch,
      text,
      ...(asking.provisional === undefined ? {} : { provisional: asking.provisional }),
      final: (response) => {
        this.#open.delete(branch);
        if (asking.method === 'INVITE' && (response.status ?? 0) >= 300) this.send(acknowledgementOf(text, response));
        if ((response.status === 401 || response.status === 407) && challenges < maxChallenges) {
          const isProxy = response.status === 407;
          const nonce = nonceOf(response.values(isProxy ? 'proxy-authenticate' : 'www-authenticate'));
          if (nonce !== undefined) {
            this.#nonces[isProxy ? 'proxy' : 'www'] = nonce;
            this.ask(asking, challenges + 1);
            return;
          }
        }
        asking.final(response, cseq);
      },
      unanswered: (why) => {
        this.#open.delete(branch);
        if (why === 'connection lost') this.#counts.broke(asking.method);
        asking.unanswered(why, request.hasProvisional);
      },
      retransmitted: () => {
        this.#counts.retransmissions += 1;
      },
    });
    this.#open.set(branch, request);
  }

  /** Cancels the INVITE of a call that is still open; false where there is none. The answer to the INVITE says how it ends. */
  cancel(callId: string): boolean {
    const invite = [...this.#open.values()].find(
      (each) => each.method === 'INVITE' && each.text.includes(`\r\nCall-ID: ${callId}\r\n`),
    );
    const wire = this.#wire;
    if (invite === undefined || wire === undefined) return false;
    const key = `${invite.branch} CANCEL`;
    const over = () => void this.#open.delete(key);
    this.#open.set(
      key,
      new ClientRequest(wire, {
        method: 'CANCEL',
        branch: invite.branch,
        text: cancelOf(invite.text),
        final: over,
        unanswered: (why) => {
          over();
          if (why === 'connection lost') this.#counts.broke('CANCEL');
        },
        retransmitted: () => {
          this.#counts.retransmissions += 1;
        },
      }),
    );
    return true;
  }

  /** Sends what has no transaction: an ACK for a 2xx, or an answer. Without a connection it is lost. */
  send(text: string): void {
    this.#wire?.send(text);
  }

  /** The Via value for a request outside of `ask`. */
  via(branch: string): string {
    const { transport, sentBy } = this.#wire as Wire;
    return `SIP/2.0/${transport} ${sentBy};branch=${branch}${transport === 'UDP' ? ';rport' : ''}`;
  }

  /** What it is connected by; undefined while its connection is gone. */
  get wire(): Wire | undefined {
    return this.#wire;
  }

  /** Answers a request and returns what was sent, so that it can be sent again. */
  respond(request: HeardMessage, status: number, toTag: string, further: readonly string[] = [], body = ''): string {
    const text = answerTo(request, status, toTag, further, body);
    this.send(text);
    return text;
  }

  #write(asking: Asking, cseq: number, branch: string): string {
    const { method, uri, headers, body = '' } = asking;
    const { username, password } = this.options;
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: ${this.via(branch)}`,
      'Max-Forwards: 70',
      ...headers,
      `CSeq: ${cseq} ${method}`,
    ];
    const { www, proxy } = this.#nonces;
    if (www !== undefined && method === 'REGISTER')
      lines.push(`Authorization: ${credentials(www, username, password, method, uri)}`);
    if (proxy !== undefined && method !== 'REGISTER')
      lines.push(`Proxy-Authorization: ${credentials(proxy, username, password, method, uri)}`);
    return `${lines.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }

  #receive(raw: string): void {
    const message = hear(raw);
    if (message === undefined) return;
    if (message.status === undefined) {
      this.#receiveRequest(message);
      return;
    }
    const key = message.cseqMethod === 'CANCEL' ? `${message.branch} CANCEL` : message.branch;
    const request = this.#open.get(key);
    if (request !== undefined) request.receive(message);
    else if (message.cseqMethod === 'INVITE' && message.status >= 200 && message.status < 300)
      this.#sides.get(message.callId)?.repeatedAnswer(message);
  }

  #receiveRequest(request: HeardMessage): void {
    const side = this.#sides.get(request.callId);
    if (side !== undefined) side.request(request);
    else if (request.method === 'INVITE' && request.toTag === '') this.called(request);
    else if (request.method === 'OPTIONS') this.respond(request, 200, 'options');
    else if (request.method !== 'ACK') this.respond(request, 481, 'unknown');
  }

  async #connect(): Promise<void> {
    const { remoteIpv4, remoteIpv6, ports } = this.#plan;
    const { localHost, transport, username } = this.options;
    const wire = await openWire({
      transport,
      localHost,
      name: username,
      remoteHost: localHost.includes(':') ? remoteIpv6 : remoteIpv4,
      remotePort: ports?.[transport] ?? usualPorts[transport],
      received: (raw) => this.#receive(raw),
      lost: () => this.#lost(),
    });
    if (this.#isClosed) {
      wire.close();
      return;
    }
    this.#wire = wire;
    this.#counts.sources.add(`${transport} ${wire.sentBy}`);
  }

  #lost(): void {
    this.#wire = undefined;
    this.#setRegistered(false);
    for (const request of this.#open.values()) request.connectionLost();
    this.#comeBack();
  }

  #comeBack(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#refresh);
    this.#counts.reconnects += 1;
    this.#refresh = setTimeout(() => void this.start(), Math.random() * this.#plan.reconnectWithinMs);
  }

  #register(): void {
    const { expiresSec, refreshSec } = this.#plan;
    clearTimeout(this.#refresh);
    if (this.#isClosed) return;
    const failed = (reason: string) => {
      this.#counts.registrationsFailed.push({ username: this.options.username, atMs: monotonicMs(), reason });
      if (this.#wire !== undefined) this.#refresh = setTimeout(() => this.#register(), 1_000 + Math.random() * 1_000);
    };
    const final = ({ status }: HeardMessage) => {
      if (status !== 200) {
        failed(String(status));
        return;
      }
      this.#counts.registrationsDone += 1;
      this.#setRegistered(true);
      if (this.#isClosed) return;
      this.#refresh = setTimeout(() => this.#register(), refreshSec * 1_000 * (0.8 + Math.random() * 0.4));
    };
    // A connection that broke is told by `#lost`, which comes back by itself.
    const unanswered = (why: string) => {
      if (why === 'timeout') failed(why);
    };
    this.ask(this.#registration(expiresSec, { final, unanswered }));
  }

  #registration(expiresSec: number, outcome: Pick<Asking, 'final' | 'unanswered'>): Asking {
    return {
      method: 'REGISTER',
      uri: `sip:${this.#plan.domain}`,
      headers: registrationHeaders(this.options, this.addressOfRecord, this.contact, this.#registerCallId, expiresSec),
      nextCseq: () => (this.#registerCseq += 1),
      ...outcome,
    };
  }

  #setRegistered(is: boolean): void {
    if (is !== this.#isRegistered) this.#counts.registered += is ? 1 : -1;
    this.#isRegistered = is;
    if (is) for (const callback of this.#whenReady.splice(0)) callback();
  }
}
