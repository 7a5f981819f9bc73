import { randomUUID } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { nextBranch } from '../load/asking.js';
import { credentials, type Nonce, nonceOf } from '../load/digest.js';
import { type HeardMessage, hear } from '../load/heard-message.js';
import { answerTo } from '../load/messages.js';
import type { StormCounts } from './storm-counts.js';
import type { StormPhoneOptions, StormPlan } from './storm-plan.js';
import { openStreamWire, type StreamWire } from './stream-wire.js';

/** RFC 5626 §4.5, while no flow works: base-time and max-time. */
const baseMs = 30_000;
const maxMs = 1_800_000;
/** RFC 5626 §4.4.1: without a Flow-Timer a ping every 95 to 120 s. */
const usualFlowTimerSec = 120;
/** RFC 3261 §17.1.2.2: timer F. */
const answerTimeoutMs = 32_000;
const maxChallenges = 3;

/** One phone that keeps a registered connection (RFC 5626), pings over it, and comes back when it breaks. It takes no calls. */
export class StormPhone {
  readonly #options: StormPhoneOptions;
  readonly #plan: StormPlan;
  readonly #counts: StormCounts;
  readonly #trusted: SecureContext;
  /** The ways to the platform; those in a row that could not be had. */
  #edge = 0;
  #unreachable = 0;
  readonly #instance = randomUUID();
  readonly #callId = `storm-${this.#instance}`;
  #wire: StreamWire | undefined;
  #giveUp: (() => void) | undefined;
  #session: Buffer | undefined;
  #nonce: Nonce | undefined;
  #cseq = 0;
  #challenges = 0;
  #isRegistered = false;
  /** Consecutive ones. */
  #failures = 0;
  #lostAtMs: number | undefined;
  #askedAtMs = 0;
  /** What it does next: connects, registers again, or stops waiting for an answer. */
  #next: NodeJS.Timeout | undefined;
  #ping: NodeJS.Timeout | undefined;

  constructor(options: StormPhoneOptions, plan: StormPlan, counts: StormCounts, trusted: SecureContext) {
    this.#options = options;
    this.#plan = plan;
    this.#counts = counts;
    this.#trusted = trusted;
  }

  /** Connects to the edge whose turn it is and registers. */
  start(): void {
    const { transport, localHost } = this.#options;
    const beganAtMs = performance.now();
    const { host, ports } = this.#plan.edges[this.#edge % this.#plan.edges.length] as StormPlan['edges'][number];
    this.#giveUp = openStreamWire({
      transport,
      localHost,
      remote: { host, port: ports[transport] ?? 0 },
      trusted: this.#trusted,
      session: this.#plan.resumesSessions ? this.#session : undefined,
      sessionMade: (session) => {
        this.#session = session;
      },
      opened: (wire) => {
        this.#wire = wire;
        this.#counts.connected += 1;
        this.#counts.connectsMs.push(performance.now() - beganAtMs);
        if (wire.isResumed) this.#counts.resumed += 1;
        this.#challenges = 0;
        this.#unreachable = 0;
        this.#register();
      },
      received: (raw) => this.#receive(raw),
      lost: (reason) => this.#lost(reason),
    });
  }

  /** Its network is gone for a moment. */
  drop(): void {
    if (this.#giveUp === undefined) return;
    this.#giveUp();
    this.#lost('dropped');
  }

  #lost(reason: string): void {
    const wasOpen = this.#wire !== undefined;
    const wasRegistered = this.#isRegistered;
    this.#giveUp = undefined;
    this.#wire = undefined;
    this.#isRegistered = false;
    clearTimeout(this.#ping);
    this.#edge += 1;
    if (wasOpen) this.#counts.connected -= 1;
    else this.#counts.connectFailed(reason);
    if (wasRegistered) {
      this.#counts.registered -= 1;
      this.#counts.dropped += 1;
      this.#failures = 0;
    }
    this.#lostAtMs ??= performance.now();
    // RFC 3263 §4.3: a server that can't be reached is no failure while there is another one.
    if (!wasOpen && (this.#unreachable += 1) < this.#plan.edges.length) {
      this.#after(0, () => this.start());
      return;
    }
    this.#unreachable = 0;
    if (!wasRegistered) this.#failures += 1;
    this.#after(wasRegistered ? Math.random() * this.#plan.reconnectWithinMs : this.#backOffMs(), () => this.start());
  }

  /** RFC 5626 §4.5: between 50 % and 100 % of a bound that doubles with each failure. */
  #backOffMs(): number {
    return Math.min(maxMs, baseMs * 2 ** this.#failures) * (0.5 + 0.5 * Math.random());
  }

  #after(delayMs: number, callback: () => void): void {
    clearTimeout(this.#next);
    this.#next = setTimeout(callback, delayMs);
  }

  #register(): void {
    const { username, password, transport } = this.#options;
    const { domain, expiresSec } = this.#plan;
    const wire = this.#wire as StreamWire;
    this.#cseq += 1;
    const uri = `sip:${domain}`;
    const address = `<sip:${username}@${domain}>`;
    // RFC 7118 §5.1: "ws" also over TLS.
    const contact = `<sip:${username}@${wire.sentBy};transport=${transport === 'WSS' ? 'ws' : transport.toLowerCase()}>`;
    const lines = [
      `REGISTER ${uri} SIP/2.0`,
      `Via: SIP/2.0/${transport} ${wire.sentBy};branch=${nextBranch()}`,
      'Max-Forwards: 70',
      `From: ${address};tag=${this.#callId}`,
      `To: ${address}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${this.#cseq} REGISTER`,
      'Supported: outbound, path',
      `Contact: ${contact};reg-id=1;+sip.instance="<urn:uuid:${this.#instance}>"`,
      `Expires: ${expiresSec}`,
      ...(this.#nonce === undefined
        ? []
        : [`Authorization: ${credentials(this.#nonce, username, password, 'REGISTER', uri)}`]),
      'Content-Length: 0',
    ];
    this.#askedAtMs = performance.now();
    wire.send(`${lines.join('\r\n')}\r\n\r\n`);
    this.#after(answerTimeoutMs, () => this.#failed('no answer'));
  }

  #receive(raw: string): void {
    const message = hear(raw);
    if (message === undefined) return;
    if (message.status !== undefined) {
      if (message.cseqMethod === 'REGISTER' && message.cseq === this.#cseq && message.status >= 200)
        this.#answered(message, message.status);
    } else if (message.method !== 'ACK') {
      const status = message.method === 'OPTIONS' ? 200 : 480;
      this.#wire?.send(answerTo(message, status, 'storm', [], ''));
    }
  }

  #answered(answer: HeardMessage, status: number): void {
    this.#counts.answered(status, performance.now() - this.#askedAtMs);
    const retryAfterSec = Number(answer.values('retry-after')[0] ?? Number.NaN);
    if (status === 200) this.#accepted(answer);
    else if (status === 401 && this.#challenges < maxChallenges) {
      this.#challenges += 1;
      this.#nonce = nonceOf(answer.values('www-authenticate'), this.#options.digestAlgorithm);
      if (this.#nonce === undefined) this.#failed('no challenge that it knows');
      else this.#register();
    } else if (status === 503 && retryAfterSec > 0) {
      this.#counts.deferred += 1;
      this.#after(retryAfterSec * 1_000, () => this.#register());
    } else this.#failed(String(status));
  }

  #accepted(answer: HeardMessage): void {
    this.#failures = 0;
    this.#challenges = 0;
    if (!this.#isRegistered) {
      this.#isRegistered = true;
      this.#counts.registered += 1;
      if (this.#lostAtMs !== undefined) this.#counts.returnsMs.push(performance.now() - this.#lostAtMs);
      this.#lostAtMs = undefined;
      this.#pingEvery(Number(answer.values('flow-timer')[0] ?? usualFlowTimerSec));
    }
    this.#after((this.#plan.expiresSec * 1_000) / 2, () => this.#register());
  }

  /** RFC 5626 §4.4.1: between 80 % and 100 % of what the registrar said. */
  #pingEvery(flowTimerSec: number): void {
    this.#ping = setTimeout(
      () => {
        this.#wire?.send('\r\n\r\n');
        this.#pingEvery(flowTimerSec);
      },
      flowTimerSec * 1_000 * (0.8 + 0.2 * Math.random()),
    );
  }

  /** RFC 5626 §4.2.1: a flow that can't be registered is closed, and another one tried after a while. */
  #failed(reason: string): void {
    this.#counts.registrationFailed(this.#options.username, reason);
    if (this.#isRegistered) {
      this.#isRegistered = false;
      this.#counts.registered -= 1;
    }
    this.#giveUp?.();
    this.#lost(reason);
  }
}
